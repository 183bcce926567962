"""What a delegate is told of their own passport: what to look at, how to enter the country, the name on the ticket."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from ...enums import HOLDING, DelegateStatus
from ...models import Delegate
from ...questions import flight_entitled
from ...rules.details import Expiry
from ..visa_advice import Entry, entry_of, months_of, rules_of, short_passport_words
from .comparison import Papers, papers_of
from .ticket_name import TicketName, ticket_name


@dataclass(frozen=True)
class OwnPapers:
    """The passport's part of the delegate's page; empty parts are left out."""

    papers: Papers | None
    entry: Entry | None
    ticket: TicketName | None
    short: str

    @property
    def worth_showing(self) -> bool:
        return bool(self.entry or self.ticket or self.short or (self.papers and self.papers.differences))


def ticket_is_bought_for(delegate: Delegate) -> bool:
    """Whether tickets are bought for the people of this delegation."""
    return any(
        answer(delegations=[delegate.delegation]).get(delegate.delegation_id) for answer in flight_entitled
    )


def own_papers(delegate: Delegate, now: datetime) -> OwnPapers | None:
    """What to tell a delegate whose registration stands; None where there is nothing."""
    if delegate.status not in (*HOLDING, DelegateStatus.WAITLISTED):
        return None
    passport = getattr(delegate, "passport", None)
    if passport is None:
        return None
    today = timezone.localdate(now, delegate.workshop.zone)
    rules = rules_of(delegate.workshop)
    ends_on = delegate.workshop.ends_on
    papers = papers_of(delegate, passport, today=today, workshop_ends=ends_on, months=months_of(rules))
    found = OwnPapers(
        papers=papers,
        entry=entry_of(delegate, passport, rules),
        ticket=ticket_name(delegate, passport) if ticket_is_bought_for(delegate) else None,
        short=short_passport_words(rules) if papers.expiry == Expiry.SHORT else "",
    )
    return found if found.worth_showing else None
