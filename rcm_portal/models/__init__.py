from .access import AccessAction, AccessRecord
from .mail import MailAttachment, MailState, OutgoingMail

__all__ = ["AccessAction", "AccessRecord", "MailAttachment", "MailState", "OutgoingMail"]
