from .access import AccessAction, AccessRecord
from .health import Heartbeat
from .keys import KeyCheck
from .mail import AddressFault, MailAttachment, MailState, OutgoingMail, UndeliverableAddress
from .staff import StaffProfile

__all__ = [
    "AccessAction",
    "AccessRecord",
    "AddressFault",
    "Heartbeat",
    "KeyCheck",
    "MailAttachment",
    "MailState",
    "OutgoingMail",
    "StaffProfile",
    "UndeliverableAddress",
]
