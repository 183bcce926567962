"""The shared modules' part of the admin."""

from .staff import access_log_admin, mail_admin, undeliverable_admin
from .staff.accounts import users_admin

__all__ = ["access_log_admin", "mail_admin", "undeliverable_admin", "users_admin"]
