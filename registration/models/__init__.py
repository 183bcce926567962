from .delegates import Delegate, Delegation, StatusChange
from .letters import Acceptance, AcceptanceExtension, InvitationLetter, LetterRefusal
from .passports import Passport, PassportCopy, PendingUpload
from .presets import PresetRecord
from .reminders import Reminder, ReminderRule
from .texts import LetterText
from .workshops import IncomeClassification, Party, Workshop

__all__ = [
    "Acceptance",
    "AcceptanceExtension",
    "Delegate",
    "Delegation",
    "IncomeClassification",
    "InvitationLetter",
    "LetterRefusal",
    "LetterText",
    "Party",
    "Passport",
    "PassportCopy",
    "PendingUpload",
    "PresetRecord",
    "Reminder",
    "ReminderRule",
    "StatusChange",
    "Workshop",
]
