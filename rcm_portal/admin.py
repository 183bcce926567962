"""The shared modules' part of the admin."""

from . import mail_admin, staff_admin

__all__ = ["mail_admin", "staff_admin"]
