"""What `check_workshop` looks at in logistics: benefits and their dates, missing translations, travel and entry rules."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.models import Workshop
from registration.rules.findings import Finding, Level, missing_translations

from ..models import Airport, Benefit, Entitlement, Payer, TravelRules
from .entitlements import load_rules, to_look_at
from .history_words import Words


def check(workshop: Workshop) -> Iterator[Finding]:
    """Benefits, payers, airports and rules for travelling of one workshop."""
    benefits = list(Benefit.objects.filter(workshop=workshop).prefetch_related("terms"))
    airports = list(Airport.objects.filter(workshop=workshop))
    rules = TravelRules.objects.filter(workshop=workshop).first()
    payers = Payer.objects.filter(benefits__workshop=workshop).distinct()
    yield from _led_to("payer", missing_translations(payers))
    yield from _led_to("benefit", missing_translations(benefits), workshop)
    yield from _led_to("airport", missing_translations(airports), workshop)
    if rules:
        found = missing_translations([rules], lambda _rules: str(TravelRules._meta.verbose_name))
        yield from _led_to("travelrules", found)
    yield from _led_to("benefit", _benefits(workshop, benefits), workshop)
    yield from _led_to("benefit", _differences(workshop), workshop)
    yield from _led_to("entitlement", _acted_on(workshop))
    yield from _led_to("travelrules", _travel(workshop, rules))
    if any(benefit.is_flight for benefit in benefits) and not airports:
        message = _("tickets are bought, but there is no airport to choose.")
        yield from _led_to("airport", [Finding(Level.WARNING, _("Airports"), message)], workshop)


def _led_to(model: str, found: Iterable[Finding], workshop: Workshop | None = None) -> Iterator[Finding]:
    """The same with the staff list where they are mended, of one workshop where the list can be narrowed."""
    url = reverse(f"admin:logistics_{model}_changelist")
    if workshop:
        url += f"?{urlencode({'workshop__id__exact': workshop.pk})}"
    return (replace(finding, url=url) for finding in found)


def _benefits(workshop: Workshop, benefits: list[Benefit]) -> Iterator[Finding]:
    """Nights and meals lie within the workshop, from the night before it; a benefit covers somebody."""
    for benefit in benefits:
        if not benefit.terms.all():
            yield Finding(Level.ERROR, str(benefit), _("it has no scope: nobody gets it."))
        for day in map(date.fromisoformat, benefit.dates):
            if not workshop.starts_on - timedelta(days=1) <= day <= workshop.ends_on:
                message = _("%(day)s is neither a day of the workshop nor the day before it.")
                yield Finding(Level.ERROR, str(benefit), message % {"day": _day(day)})


def _differences(workshop: Workshop) -> Iterator[Finding]:
    """Where a closed list and an income rule treat a party differently."""
    words = Words([workshop])
    for found in load_rules(workshop).disagreements():
        yield Finding(Level.WARNING, _("List and income group"), words.disagreement(workshop, found))


def _acted_on(workshop: Workshop) -> Iterator[Finding]:
    """Tickets, bookings and confirmations that do not agree with the rules any more."""
    count = Entitlement.objects.filter(to_look_at(), benefit__workshop=workshop).count()
    if count:
        message = ngettext(
            "%(count)d was acted on and does not agree with the rules any more: see the list in the admin.",
            "%(count)d were acted on and do not agree with the rules any more: see the list in the admin.",
            count,
        )
        where = str(Entitlement._meta.verbose_name_plural).capitalize()
        yield Finding(Level.WARNING, where, message % {"count": count})


def _travel(workshop: Workshop, rules: TravelRules | None) -> Iterator[Finding]:
    where = str(TravelRules._meta.verbose_name).capitalize()
    if rules is None:
        yield Finding(Level.WARNING, where, _("there are none."))
        return
    if rules.outward_not_before and rules.outward_not_before > workshop.starts_on:
        message = _("outward flights from %(day)s only, after the workshop begins.")
        yield Finding(Level.ERROR, where, message % {"day": _day(rules.outward_not_before)})
    if rules.return_not_before:
        day = rules.return_not_before.astimezone(workshop.zone).date()
        if day != workshop.ends_on:
            message = _("return flights from %(day)s on, which is not the last day.")
            yield Finding(Level.WARNING, where, message % {"day": _day(day)})
    if (rules.visa_required or rules.visa_exempt) and not rules.confirmed:
        message = _("the entry rules of %(day)s are not confirmed by staff.")
        yield Finding(Level.WARNING, where, message % {"day": _day(rules.as_of) if rules.as_of else "?"})


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"
