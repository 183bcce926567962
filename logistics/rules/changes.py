"""What became of decisions and of what they are read from, as plain data: before, after, and for whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..enums import GRANTED


@dataclass(frozen=True)
class Change:
    """What one decision was and became. `before` is empty where there was none; `acted_on` is what staff must look at."""

    delegate_id: int
    benefit_id: int
    before: str
    after: str
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict, compare=False, hash=False)
    acted_on: str = ""

    @property
    def gained(self) -> bool:
        return self.after in GRANTED and self.before not in GRANTED

    @property
    def lost(self) -> bool:
        return self.before in GRANTED and self.after not in GRANTED


@dataclass(frozen=True)
class Written:
    """A decision as it stands in the database."""

    outcome: str
    reason: str
    detail: Mapping[str, Any]
    confirmed: bool


Facts = dict[tuple[str, str], Any]


def differences(before: Facts, after: Facts) -> list[dict[str, Any]]:
    """What is another value now, in the order of the facts: the workshop's days, benefits, income groups."""
    keys = [*before, *(key for key in after if key not in before)]
    return [
        {"field": name, "of": of, "before": before.get((name, of)), "after": after.get((name, of))}
        for name, of in keys
        if before.get((name, of)) != after.get((name, of))
    ]


def people(changes: Iterable[Change], what: str) -> int:
    """How many people gained, lost or are to be looked at, each once whatever the number of benefits."""
    return len({change.delegate_id for change in changes if getattr(change, what)})
