from .access import AccessAction, AccessRecord
from .mail import AddressFault, MailAttachment, MailState, OutgoingMail, UndeliverableAddress

__all__ = [
    "AccessAction",
    "AccessRecord",
    "AddressFault",
    "MailAttachment",
    "MailState",
    "OutgoingMail",
    "UndeliverableAddress",
]
