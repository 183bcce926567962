"""What is to be done next with one registration, for staff: the one step that their page puts first.

Pure: plain facts in, codes of steps out, the most urgent first. The page shows the first that its reader may take.
"""

from dataclasses import dataclass

from django.db.models import TextChoices

from ..enums import APPROVED, DelegateStatus


class Step(TextChoices):
    """Steps by the code that their button carries (admin.asking.Offer)."""

    PROMOTE = "promote"
    COMPARE = "compare"
    APPROVE = "approve"
    CHANGES = "changes"
    PROBLEM = "problem"
    SCAN = "scan"


@dataclass(frozen=True)
class Standing:
    """Where a registration stands: what waits for somebody to look at it."""

    status: str
    passport_to_compare: bool = False
    changes_waiting: bool = False
    letter_problem: bool = False
    scan_waiting: bool = False


def next_steps(standing: Standing) -> list[Step]:
    """The steps that are due, the most urgent first; nothing of one that has ended.

    A passport is compared before the approval, because an approval is for one person (SWAP-1); what was changed after it
    comes before everything else.
    """
    changes = [Step.CHANGES] if standing.changes_waiting else []
    compare = [Step.COMPARE] if standing.passport_to_compare else []
    match standing.status:
        case DelegateStatus.WAITLISTED:
            return [Step.PROMOTE]
        case DelegateStatus.SUBMITTED:
            return [*compare, Step.APPROVE, *changes]
        case status if status in APPROVED:
            problem = [Step.PROBLEM] if standing.letter_problem else []
            return [*changes, *problem, *([Step.SCAN] if standing.scan_waiting else []), *compare]
    return []
