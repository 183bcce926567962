from .delegates import Delegate, Delegation, StatusChange
from .letters import Acceptance, InvitationLetter
from .passports import Passport, PassportCopy, PendingUpload
from .presets import PresetRecord
from .workshops import IncomeClassification, Party, Workshop

__all__ = [
    "Acceptance",
    "Delegate",
    "Delegation",
    "IncomeClassification",
    "InvitationLetter",
    "Party",
    "Passport",
    "PassportCopy",
    "PendingUpload",
    "PresetRecord",
    "StatusChange",
    "Workshop",
]
