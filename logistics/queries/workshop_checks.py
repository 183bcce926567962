"""What `check_workshop` looks at in logistics: benefits and their dates, missing translations, travel and entry rules."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.models import Workshop
from registration.rules.findings import Finding, Level, missing_translations, page_of

from ..models import Airport, Benefit, Entitlement, Payer, TravelRules
from .entitlements import load_rules, to_look_at
from .history_words import Words

FIRST_TERM = "terms-0-effect"  # of the lines that say who gets a benefit


def check(workshop: Workshop) -> Iterator[Finding]:
    """Benefits, payers, airports and rules for travelling of one workshop."""
    benefits = list(Benefit.objects.filter(workshop=workshop).prefetch_related("terms"))
    airports = list(Airport.objects.filter(workshop=workshop))
    rules = TravelRules.objects.filter(workshop=workshop).first()
    payers = Payer.objects.filter(benefits__workshop=workshop).distinct()
    yield from missing_translations([*payers, *benefits, *airports])
    if rules:
        yield from missing_translations([rules], lambda _rules: str(TravelRules._meta.verbose_name))
    yield from _benefits(workshop, benefits)
    yield from _differences(workshop, benefits)
    yield from _acted_on(workshop)
    yield from _travel(workshop, rules)
    if any(benefit.is_flight for benefit in benefits) and not airports:
        message = _("tickets are bought, but there is no airport to choose.")
        yield Finding(Level.WARNING, _("Airports"), message, _new("airport", workshop, "code"))


def _new(model: str, workshop: Workshop, field: str) -> str:
    """The page on which the first of something is made for the workshop, at its first field."""
    return f"{reverse(f'admin:logistics_{model}_add')}?workshop={workshop.pk}#id_{field}"


def _benefits(workshop: Workshop, benefits: list[Benefit]) -> Iterator[Finding]:
    """Nights and meals lie within the workshop, from the night before it; a benefit covers somebody."""
    for benefit in benefits:
        if not benefit.terms.all():
            message = _("it has no scope: nobody gets it.")
            yield Finding(Level.ERROR, str(benefit), message, page_of(benefit, FIRST_TERM))
        for day in map(date.fromisoformat, benefit.dates):
            if not workshop.starts_on - timedelta(days=1) <= day <= workshop.ends_on:
                message = _("%(day)s is neither a day of the workshop nor the day before it.")
                url = page_of(benefit, "dates")
                yield Finding(Level.ERROR, str(benefit), message % {"day": _day(day)}, url)


def _differences(workshop: Workshop, benefits: list[Benefit]) -> Iterator[Finding]:
    """Where a closed list and an income rule treat a party differently."""
    words = Words([workshop])
    by_code = {benefit.code: benefit for benefit in benefits}
    for found in load_rules(workshop).disagreements():
        url = page_of(by_code[found.listed_benefit], FIRST_TERM)
        yield Finding(Level.WARNING, _("List and income group"), words.disagreement(workshop, found), url)


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
        url = f"{reverse('admin:logistics_entitlement_changelist')}?acted_on=any"
        yield Finding(Level.WARNING, where, message % {"count": count}, url)


def _travel(workshop: Workshop, rules: TravelRules | None) -> Iterator[Finding]:
    where = str(TravelRules._meta.verbose_name).capitalize()
    if rules is None:
        yield Finding(
            Level.WARNING, where, _("there are none."), _new("travelrules", workshop, "outward_not_before")
        )
        return
    if rules.outward_not_before and rules.outward_not_before > workshop.starts_on:
        message = _("outward flights from %(day)s only, after the workshop begins.")
        url = page_of(rules, "outward_not_before")
        yield Finding(Level.ERROR, where, message % {"day": _day(rules.outward_not_before)}, url)
    if rules.return_not_before:
        day = rules.return_not_before.astimezone(workshop.zone).date()
        if day != workshop.ends_on:
            message = _("return flights from %(day)s on, which is not the last day.")
            url = page_of(rules, "return_not_before")
            yield Finding(Level.WARNING, where, message % {"day": _day(day)}, url)
    if (rules.visa_required or rules.visa_exempt) and not rules.confirmed:
        message = _("the entry rules of %(day)s are not confirmed by staff.")
        values = {"day": _day(rules.as_of) if rules.as_of else "?"}
        yield Finding(Level.WARNING, where, message % values, page_of(rules, "confirmed"))


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"
