"""The shared modules' part of the admin."""

from .mail import admin as mail_admin
from .mail import undeliverable_admin
from .security import access_log_admin
from .staff import users_admin

__all__ = ["access_log_admin", "mail_admin", "undeliverable_admin", "users_admin"]
