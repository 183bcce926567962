"""The shared modules' part of the admin."""

from . import access_admin, address_admin, mail_admin, staff_admin

__all__ = ["access_admin", "address_admin", "mail_admin", "staff_admin"]
