"""What logistics tells of one person's case: benefits with their reasons, the journey, the ticket, the room, and what became
of them."""

from collections.abc import Iterator

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from rcm_portal.output.dates import dates_in_words
from rcm_portal.output.i18n import localized
from rcm_portal.perms import User
from registration import perms as registration_perms
from registration import questions
from registration.enums import APPROVED, EntryBasis
from registration.forms.by_staff import ENTRY
from registration.models import Delegate
from registration.queries import visa_advice
from registration.queries.case import name_of_user
from registration.rules.countries import country_name

from . import perms
from .enums import BOUGHT, BenefitKind, FlightPlan, Outcome
from .forms.travel_by_staff import PLANS
from .models import Entitlement, RoomStay, RuleChangeEffect, Ticket, TravelNeed
from .queries import attendance
from .queries.entitlements import DelegateBenefit, benefits_of
from .rules.stays import SENTENCES, when_in_words
from .rules.visa_answers import doubt_of, sentence_of
from .services.travel_needs import need_of, open_travel
from .tickets.itinerary import airports_of, in_words

COLOURS = {
    Outcome.ENTITLED: "ok",
    Outcome.NOT_NEEDED: "ok",
    Outcome.OVER_LIMIT: "warning",
    Outcome.NOT_ENTITLED: "bad",
}


@questions.case_parts.answer("logistics")
def case_part(*, delegate: Delegate, user: User) -> questions.CasePart:
    """All of it in a constant number of queries; nothing for who may not see decisions about benefits."""
    if not perms.may_see_entitlements(user):
        return questions.CasePart()
    rows = {
        row.benefit_id: row
        for row in Entitlement.objects.filter(delegate=delegate).select_related(
            "benefit__payer", "override_by", "confirmed_by"
        )
    }
    lines = benefits_of([delegate])[delegate.pk]
    need, ticket = need_of(delegate), _ticket_of(delegate)
    approved = delegate.status in APPROVED
    panels = [_benefits(delegate, lines, rows)]
    links: tuple[questions.CaseLink, ...] = ()
    waits = ""
    if approved:
        travel_url = ""
        if registration_perms.may_decide(user):
            travel_url = reverse("admin:logistics_travel", args=[delegate.public_id])
            links = (questions.CaseLink(travel_url, _("Key in the travel needs"), "travel"),)
        panels += [_travel(delegate, need, travel_url), _room(delegate, user)]
        if any(line.granted and line.benefit.kind == BenefitKind.AIR_TICKET for line in lines):
            waits = _waits_for_ticket(ticket)
        if open_travel([delegate]).get(delegate.pk):
            waits = _("The delegate is asked how they travel.")
    if approved or ticket:
        panels.append(_ticket(delegate, ticket, user))
    return questions.CasePart(
        panels=tuple(panels),
        events=tuple(_events(delegate, rows.values(), need, ticket)),
        links=links,
        waits=waits,
    )


def _ticket_of(delegate: Delegate) -> Ticket | None:
    tickets = Ticket.objects.filter(entitlement__delegate=delegate).prefetch_related("segments", "notices")
    return tickets.order_by("-pk").first()


def _waits_for_ticket(ticket: Ticket | None) -> str:
    if ticket is not None and ticket.status in BOUGHT:
        return ""
    return _("The ticket is to be bought.")


def _panel(order: int, anchor: str, title: str, **context: object) -> questions.Panel:
    html = render_to_string(f"admin/logistics/case/{anchor}.html", context)
    return questions.Panel(order=order, anchor=anchor, title=title, html=html)


def _benefits(
    delegate: Delegate, lines: list[DelegateBenefit], rows: dict[int, Entitlement]
) -> questions.Panel:
    shown = [
        {
            "line": line,
            "row": rows.get(line.benefit.pk),
            "decision": Outcome(line.outcome).label,
            "colour": "ok" if line.open_to_all else COLOURS[Outcome(line.outcome)],
            "when": when_in_words(line.benefit.unit, line.dates) if line.granted else "",
        }
        for line in lines
    ]
    return _panel(10, "benefits", _("Benefits"), lines=shown, decided=delegate.status in APPROVED)


def _travel(delegate: Delegate, need: TravelNeed | None, url: str) -> questions.Panel:
    answered = need if need and need.answered_at else None
    nights = dates_in_words(attendance.days_of(answered.nights)) if answered and answered.nights else ""
    return _panel(
        20,
        "travel",
        _("Travel needs"),
        need=answered,
        plan=PLANS.get(FlightPlan(answered.flight_plan), answered.get_flight_plan_display())
        if answered
        else "",
        nights=nights,
        # What they reveal of religion or health stands on the pages of who buys, not here.
        asks_for_more=bool(answered and answered.sensitive_consent_at),
        **(_entry(delegate) if answered else {}),
        workshop=delegate.workshop,
        url=url,
    )


def _entry(delegate: Delegate) -> dict[str, str]:
    """What the delegate says they enter the country with, and what the rules say against it ("" for nothing)."""
    passport = getattr(delegate, "passport", None)
    if passport is None or not passport.entry_basis:
        return {"entry": "", "contradicted": ""}
    rules = visa_advice.rules_of(delegate.workshop)
    doubt = doubt_of(passport.entry_basis, visa_advice.need_of(delegate, passport, rules))
    said = ENTRY.get(EntryBasis(passport.entry_basis), passport.get_entry_basis_display())
    if doubt is None or rules is None:
        return {"entry": str(said), "contradicted": ""}
    against = sentence_of(
        doubt,
        nationality=country_name(delegate.nationality),
        country=visa_advice.place_name(rules.destination),
    )
    return {"entry": str(said), "contradicted": against}


def _ticket(delegate: Delegate, ticket: Ticket | None, user: User) -> questions.Panel:
    segments = list(ticket.segments.all()) if ticket else []
    url = ""
    if ticket and perms.may_see_flights(user):
        url = reverse("admin:logistics_flightentitlement_change", args=[ticket.entitlement_id])
    return _panel(
        30,
        "ticket",
        _("Ticket and itinerary"),
        ticket=ticket,
        flights=in_words(segments, airports_of(delegate.workshop)) if segments else (),
        workshop=delegate.workshop,
        url=url,
    )


def _room(delegate: Delegate, user: User) -> questions.Panel:
    found = attendance.attendance_of(delegate.workshop, only=[delegate.pk])
    guest = found.guests[0] if found.guests else None
    stay = guest.stay if guest else None
    url = ""
    if guest and perms.may_decide_rooms(user):
        url = reverse("admin:logistics_host_room", args=[delegate.public_id])
    return _panel(
        40,
        "room",
        _("Room and nights"),
        nights=dates_in_words(stay.nights) if stay else "",
        unfunded=dates_in_words(stay.unfunded) if stay else "",
        flags=[str(SENTENCES[flag.code]) % {"days": dates_in_words(flag.days)} for flag in stay.flags]
        if stay
        else [],
        reason=guest.decided_reason if guest else "",
        url=url,
    )


def _events(
    delegate: Delegate, rows, need: TravelNeed | None, ticket: Ticket | None
) -> Iterator[questions.CaseEvent]:
    for row in rows:
        url = reverse("admin:logistics_entitlement_change", args=[row.pk])
        name = {"benefit": localized(row.benefit, "name")}
        if row.override_at:
            what = _("Decided by staff: %(benefit)s, %(what)s") % {
                **name,
                "what": row.get_override_display() if row.override is not None else _("left to the rule"),
            }
            yield questions.CaseEvent(
                row.override_at, what, name_of_user(row.override_by), row.override_reason, url
            )
        if row.confirmed_at:
            what = _("Confirmed by the payer: %(benefit)s") % name
            yield questions.CaseEvent(row.confirmed_at, what, name_of_user(row.confirmed_by), url=url)
    effects = RuleChangeEffect.objects.filter(delegate=delegate).select_related("change__by", "benefit")
    for effect in effects:
        url = reverse("admin:logistics_rulechange_change", args=[effect.change_id])
        before = effect.get_before_display() if effect.before else ""
        changes = ((localized(effect.benefit, "name"), before, effect.get_after_display()),)
        what = str(effect.change.get_kind_display())
        yield questions.CaseEvent(
            effect.change.at, what, name_of_user(effect.change.by), effect.change.note, url, changes
        )
    if need and need.answered_at:
        yield questions.CaseEvent(need.answered_at, _("Travel needs given"))
    stay = RoomStay.objects.filter(delegate=delegate).select_related("decided_by").first()
    if stay:
        nights = dates_in_words(attendance.days_of(stay.nights)) or _("no room")
        changes = ((_("Nights"), "", nights),)
        yield questions.CaseEvent(
            stay.decided_at, _("Room decided"), name_of_user(stay.decided_by), stay.reason, changes=changes
        )
    if ticket:
        yield questions.CaseEvent(ticket.created_at, _("Ticket asked for"))
        for notice in ticket.notices.all():
            yield questions.CaseEvent(
                notice.at, _("Ticket: %(what)s") % {"what": notice.get_kind_display()}, note=ticket.number
            )
        if ticket.passenger_changed_at:
            yield questions.CaseEvent(
                ticket.passenger_changed_at, _("The ticket no longer agrees with the passport")
            )
