"""The operations that change registrations: four doors (views, admin, tasks, commands) lead to these."""

from .addresses import confirm_email
from .decisions import approve, cancel, confirm_accepted, move, reject, reopen, set_seat_limit, take_back
from .delegation_links import revoke_link, send_delegation_link, set_head
from .drafts import forget_draft, save_draft
from .duplicates import dismiss_pair, merge_pair
from .erasing import withdraw
from .nominating import nominate, register_nominated, register_through_link, withdraw_nomination
from .passport_checks import ask_for_correction, confirm_ticket_name, verify_passport, withdraw_verification
from .registering import register, replace_passport_copy, send_link, substitute, update_details
from .reminders import pause_reminders, resume_reminders
from .seat_sweep import tend_seats
from .waiting_list import promote, reorder, take_seat

__all__ = [
    "approve",
    "ask_for_correction",
    "cancel",
    "confirm_accepted",
    "confirm_email",
    "confirm_ticket_name",
    "dismiss_pair",
    "forget_draft",
    "merge_pair",
    "move",
    "nominate",
    "pause_reminders",
    "promote",
    "register",
    "register_nominated",
    "register_through_link",
    "reject",
    "reopen",
    "reorder",
    "replace_passport_copy",
    "resume_reminders",
    "revoke_link",
    "save_draft",
    "send_link",
    "send_delegation_link",
    "set_head",
    "set_seat_limit",
    "substitute",
    "take_back",
    "take_seat",
    "tend_seats",
    "update_details",
    "verify_passport",
    "withdraw",
    "withdraw_verification",
    "withdraw_nomination",
]
