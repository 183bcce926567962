from .access import AccessAction, AccessRecord
from .keys import KeyCheck
from .mail import AddressFault, MailAttachment, MailState, OutgoingMail, UndeliverableAddress

__all__ = [
    "AccessAction",
    "AccessRecord",
    "AddressFault",
    "KeyCheck",
    "MailAttachment",
    "MailState",
    "OutgoingMail",
    "UndeliverableAddress",
]
