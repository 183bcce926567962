"""The operations that change registrations: four doors (views, admin, tasks, commands) lead to these."""

from .decisions import approve, confirm_accepted, reject, reopen, take_back
from .registering import confirm_email, register, replace_passport_copy, send_link, update_details
from .seats import cancel, set_seat_limit

__all__ = [
    "approve",
    "cancel",
    "confirm_accepted",
    "confirm_email",
    "register",
    "reject",
    "reopen",
    "replace_passport_copy",
    "send_link",
    "set_seat_limit",
    "take_back",
    "update_details",
]
