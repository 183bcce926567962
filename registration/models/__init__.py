from .batches import Batch, BatchEntry
from .delegates import Delegate, Delegation, StatusChange
from .duplicates import DuplicateDecision
from .letters import Acceptance, AcceptanceExtension, InvitationLetter, LetterRefusal, SealedLetter
from .links import DelegationLinkUse, Nomination
from .passports import DestructionReport, Passport, PassportCopy, PendingUpload, RegistrationDraft
from .presets import PresetRecord
from .reminders import Reminder, ReminderRule
from .signing import SignatoryImage, SignedScan
from .texts import LetterText
from .workshops import IncomeClassification, Party, Workshop

__all__ = [
    "Acceptance",
    "AcceptanceExtension",
    "Batch",
    "BatchEntry",
    "Delegate",
    "Delegation",
    "DestructionReport",
    "DelegationLinkUse",
    "DuplicateDecision",
    "IncomeClassification",
    "InvitationLetter",
    "LetterRefusal",
    "LetterText",
    "Nomination",
    "Party",
    "Passport",
    "PassportCopy",
    "PendingUpload",
    "PresetRecord",
    "RegistrationDraft",
    "Reminder",
    "ReminderRule",
    "SealedLetter",
    "SignatoryImage",
    "SignedScan",
    "StatusChange",
    "Workshop",
]
