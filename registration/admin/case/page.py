"""One person's case: where it stands, the one next step, and everything that belongs to it on one page."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rcm_portal import perms as portal_perms
from rcm_portal.templatetags.portal import until

from ... import perms
from ...enums import APPROVED, ENDED, DelegateStatus
from ...models import Delegate
from ...queries import case as queries
from ...queries.progress import accept_until, facts_by_delegate
from ...queries.workshop_checks import letters_wait_for
from ...questions import CasePart, case_parts
from ...rules.next_step import Standing, Step, next_steps
from ...rules.todo import MISSING, Owing, owed
from ...services.transitions import seen_state
from ..asking import FILTERS, DelegatePages, Offer, keeping_filters, list_address


def context_of(
    request: HttpRequest, delegate: Delegate, offers: Iterable[Offer], siblings: Iterable[DelegatePages]
) -> dict:
    """What the template shows of one delegate (from `with_progress` and `with_papers`): the sections, the next step and the other steps."""
    parts = [answer(delegate=delegate, user=request.user) for answer in case_parts]
    case = queries.case_of(
        delegate, mails=portal_perms.may_see_mails(request.user) and not delegate.purged_at
    )
    context: dict = {}
    offers = list(offers)
    for pages in siblings:
        offers += pages.offers(request, delegate)
        context |= pages.panel(request, delegate)
    offers += _own_offers(request, delegate, case)
    for part in parts:
        offers += [
            Offer(link.url, link.label, not link.posts, link.code) for link in (*part.steps, *part.links)
        ]
    waiting = [code for part in parts for code in (step.code for step in part.steps)]
    todo = [*next_steps(_standing(delegate, case, context)), *waiting]
    facts = facts_by_delegate([delegate])[delegate.pk]
    return {
        **context,
        **_chosen(request, offers, todo),
        "seen": seen_state(delegate),
        "case": case,
        "events": queries.newest_first(
            event
            for events in (queries.events_of(case, delegate), *(part.events for part in parts))
            for event in events
        ),
        "panels": sorted((panel for part in parts for panel in part.panels), key=lambda panel: panel.order),
        "waits": _waits(delegate, case, parts),
        "missing": [MISSING[item.code] for item in owed(facts)],
        "letters_wait_for": letters_wait_for(delegate.workshop)
        if delegate.status == DelegateStatus.SUBMITTED
        else [],
        "to_list": list_address(request) if request.GET.get(FILTERS) else "",
        "may_see_letters": perms.may_see_letters(request.user),
        "passport_missing": any(item.code == Owing.PASSPORT for item in owed(facts)),
    }


def _standing(delegate: Delegate, case: queries.Case, shown: dict) -> Standing:
    current = case.current
    return Standing(
        status=delegate.status,
        passport_to_compare=delegate.passport_to_compare,
        changes_waiting=bool(shown.get("detail_changes")),
        letter_problem=bool(current and not current.rendered_at and current.problem),
        scan_waiting=bool(_waiting_scan(case)),
    )


def _waiting_scan(case: queries.Case):
    scans = case.current.scans.all() if case.current else ()
    return next((scan for scan in scans if scan.waits), None)


def _own_offers(request: HttpRequest, delegate: Delegate, case: queries.Case) -> list[Offer]:
    """The steps about the letter, and the way to what was changed."""
    found = []
    if perms.may_decide(request.user):
        found.append(Offer("#changes", _("Look at what was changed"), True, Step.CHANGES))
    letter = case.current
    if letter is None or delegate.purged_at or not perms.may_decide(request.user):
        return found
    if scan := _waiting_scan(case):
        url = reverse("admin:registration_signedscan_change", args=[scan.pk])
        found.append(Offer(url, _("Look at the letter signed by hand"), True, Step.SCAN))
    if letter.problem and not letter.rendered_at:
        url = reverse("admin:registration_lettertext_workshop", args=[delegate.workshop.slug])
        found.append(Offer(url, _("Write what the letter lacks"), True, Step.PROBLEM))
    if delegate.status in APPROVED:
        url = reverse("admin:registration_invitationletter_reissue", args=[letter.pk])
        found.append(Offer(url, _("Issue the letter anew"), True, "reissue"))
    if letter.awaits:
        url = reverse("admin:registration_invitationletter_extend", args=[letter.pk])
        found.append(Offer(url, _("Extend the time to accept"), True, "extend"))
    return found


def _chosen(request: HttpRequest, offers: list[Offer], todo: list[str]) -> dict:
    """The next step, which is the only filled button, and the other steps for the menu."""
    by_code = {offer.code: offer for offer in reversed(offers) if offer.code}
    first = next((by_code[code] for code in todo if code in by_code), None)
    hidden = {Step.CHANGES}  # no step of its own where nothing was changed
    rest = [offer for offer in offers if offer is not first and offer.code not in hidden]

    def kept(offer: Offer) -> Offer:
        own = not offer.url.startswith("#")
        return offer._replace(url=keeping_filters(request, offer.url)) if own else offer

    return {"next_step": kept(first) if first else None, "other_steps": [kept(offer) for offer in rest]}


def _waits(delegate: Delegate, case: queries.Case, parts: list[CasePart]) -> str:
    """For whom the case waits, in a sentence, where no step is due."""
    if delegate.status in ENDED:
        return gettext("This registration has ended.")
    letter = case.current
    if delegate.status == DelegateStatus.APPROVED and letter:
        if not letter.rendered_at:
            return gettext("The letter is being made.")
        words = gettext("The delegate is asked to accept the letter, until %(until)s.")
        return words % {"until": until(accept_until(delegate, letter), delegate.workshop)}
    return next((part.waits for part in parts if part.waits), gettext("Nothing is to be done."))
