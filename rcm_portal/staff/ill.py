"""What the staff's home page says of parts that are ill: to each who can act, in their language."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.urls import reverse

from .. import perms
from ..health import readiness, states
from ..health.judging import Part, State
from ..health.words import ASK, words_of
from ..output.dates import instant_in_words


@dataclass(frozen=True)
class Line:
    """One part that is ill."""

    name: str
    says: str
    advice: str
    since: str
    until: str
    url: str


def ill_parts(user: perms.User, now: datetime) -> list[Line]:
    """One line for each part that this user can do something about; empty for everybody else, and when all is well.

    What stands in the database is read in two queries, and nothing outside is waited for.
    """
    runs = perms.may_run_portal(user)
    if not (runs or perms.may_see_health(user)):
        return []
    found = states.states(now) + readiness.static_part()
    return [
        _line(part, runs)
        for part in found
        if part.state == State.FAILED and (runs or words_of(part.name).people)
    ]


def _line(part: Part, runs: bool) -> Line:
    words = words_of(part.name)
    ends = datetime.fromtimestamp(part.value, UTC) if part.name == "seal" and part.value else None
    return Line(
        part.name,
        str(words.ill),
        str(words.repair if runs else ASK),
        f"{instant_in_words(part.since, UTC)} UTC" if part.since else "",
        f"{instant_in_words(ends, UTC)} UTC" if ends else "",
        reverse(words.page) if words.page else "",
    )
