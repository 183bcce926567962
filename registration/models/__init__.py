from .arrivals import Arrival
from .background import BackgroundSection
from .batches import Batch, BatchEntry
from .changes import Correction, DetailChange, StatusChange
from .choices import ChosenWorkshop
from .delegates import NEEDS, Delegate
from .delegations import Delegation
from .duplicates import DuplicateDecision
from .findings import FindingSeen
from .letters import (
    Acceptance,
    AcceptanceExtension,
    InvitationLetter,
    LetterDoubt,
    LetterRefusal,
    SealedLetter,
)
from .links import DelegationLinkUse, Nomination
from .messages import Message, MessageRecipient, SavedText
from .passports import DestructionReport, Passport, PassportCopy, PendingUpload, RegistrationDraft
from .practical import PracticalNotice, PracticalPart
from .presets import PresetRecord
from .reminders import DailySummary, Reminder, ReminderPause, ReminderRule
from .signing import SignatoryImage, SignedScan
from .texts import LetterText
from .visa_letters import VisaLetter
from .workshops import IncomeClassification, Party, Workshop

__all__ = [
    "NEEDS",
    "Acceptance",
    "AcceptanceExtension",
    "BackgroundSection",
    "Batch",
    "BatchEntry",
    "Arrival",
    "ChosenWorkshop",
    "DailySummary",
    "Correction",
    "Delegate",
    "Delegation",
    "DestructionReport",
    "DetailChange",
    "DelegationLinkUse",
    "DuplicateDecision",
    "FindingSeen",
    "IncomeClassification",
    "InvitationLetter",
    "LetterDoubt",
    "LetterRefusal",
    "LetterText",
    "Message",
    "MessageRecipient",
    "Nomination",
    "Party",
    "Passport",
    "PassportCopy",
    "PendingUpload",
    "PracticalNotice",
    "PracticalPart",
    "PresetRecord",
    "RegistrationDraft",
    "Reminder",
    "ReminderPause",
    "ReminderRule",
    "SavedText",
    "SealedLetter",
    "SignatoryImage",
    "SignedScan",
    "StatusChange",
    "VisaLetter",
    "Workshop",
]
