"""What the delegate's own page looks at, as plain data for its rule, in a number of queries that does not grow."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import get_language

from rcm_portal.output.i18n import language_code

from ..enums import APPROVED
from ..models import VisaLetter
from ..questions import Owed, journeys
from ..rules.todo import Own
from ..rules.visas import VisaNeed
from .passports.panel import OwnPapers
from .progress import delegations_asked_for_passport, facts_of, was_let_go

if TYPE_CHECKING:
    from ..models import Delegate
    from .progress import DelegateWithProgress


def own_facts(
    delegate: "DelegateWithProgress",
    now: datetime,
    *,
    papers: OwnPapers | None,
    elsewhere: Iterable[Owed],
    visa_letter: VisaLetter | None,
) -> Own:
    """One delegate from `with_progress`; `papers` as `own_papers` found them, `elsewhere` what other apps ask."""
    asked = delegations_asked_for_passport(delegate.workshop.passport_required_for, [delegate.delegation])
    passport = getattr(delegate, "passport", None)
    offered_until = delegate.seat_offer_until if delegate.seat_number else None
    return Own(
        facts=facts_of(delegate, passport_required=delegate.delegation_id in asked),
        over=delegate.workshop.is_over(now),
        let_go=was_let_go(delegate),
        offered=bool(offered_until and offered_until > now),
        in_line=delegate.waiting_position is not None,
        has_passport=passport is not None,
        ticket_bought=bool(papers and papers.ticket) and _has_buyer(delegate),
        ticket_name_confirmed=bool(passport and passport.airline_name),
        elsewhere=tuple((item.code, item.done) for item in elsewhere),
        visa_need=VisaNeed(papers.entry.advice.need) if papers and papers.entry else None,
        entry_basis=passport.entry_basis if passport else "",
        visa_letter_issued=bool(visa_letter and visa_letter.key and visa_letter.voided_at is None),
        comparable=bool(passport and passport.comparable(delegate.has_copy)),
        compared=bool(passport and passport.verified_at),
    )


def _has_buyer(delegate: "Delegate") -> bool:
    """Whether somebody buys this delegate's ticket; before the approval, whether they may."""
    if delegate.status not in APPROVED:
        return True
    language = language_code(get_language())
    found = [answer(delegates=[delegate], language=language).get(delegate.pk) for answer in journeys]
    return any(journey.buyer for journey in found if journey)
