"""The operations that change registrations: four doors (views, admin, tasks, commands) lead to these."""

from .decisions import approve, confirm_accepted, reject, reopen, take_back
from .papers import ask_for_correction, confirm_ticket_name, verify_passport, withdraw_verification
from .registering import confirm_email, register, replace_passport_copy, send_link, update_details
from .seats import cancel, set_seat_limit

__all__ = [
    "approve",
    "ask_for_correction",
    "cancel",
    "confirm_accepted",
    "confirm_email",
    "confirm_ticket_name",
    "register",
    "reject",
    "reopen",
    "replace_passport_copy",
    "send_link",
    "set_seat_limit",
    "take_back",
    "update_details",
    "verify_passport",
    "withdraw_verification",
]
