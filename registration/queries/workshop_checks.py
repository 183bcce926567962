"""What `check_workshop` looks at in registration's own data, and in the texts of the invitation letter."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rcm_portal.output.i18n import LANGUAGES

from ..enums import REQUIRED_LETTER_TEXTS, LetterTextKey, PartyKind
from ..models import (
    BackgroundSection,
    Delegation,
    IncomeClassification,
    LetterText,
    Party,
    PracticalPart,
    Workshop,
)
from ..rules.findings import Finding, Level, missing_text, missing_translations
from ..rules.letter_placeholders import stand_ins
from ..rules.practical import still_to_write


def check(workshop: Workshop) -> Iterator[Finding]:
    """Texts, dates, delegations and income groups of one workshop."""
    delegations = list(Delegation.objects.filter(workshop=workshop).select_related("party"))
    own = reverse("admin:registration_workshop_change", args=[workshop.pk])
    listed = f"{reverse('admin:registration_delegation_changelist')}?{urlencode({'workshop__id__exact': workshop.pk})}"
    parties = reverse("admin:registration_party_changelist")
    income = reverse("admin:registration_incomeclassification_changelist")
    yield from _led_to(own, missing_translations([workshop]))
    yield from _led_to(parties, missing_translations(Party.objects.filter(delegations__workshop=workshop)))
    yield from _led_to(listed, missing_translations(delegations))
    yield from _led_to(own, _dates(workshop))
    yield from _led_to(listed, _delegations(delegations))
    yield from _led_to(own, _roles(workshop))
    yield from _led_to(income, _income_groups(workshop, delegations))


def _led_to(url: str, found: Iterable[Finding]) -> Iterator[Finding]:
    """The same with the page where they are mended."""
    return (replace(finding, url=url) for finding in found)


def check_letter_texts(workshop: Workshop) -> Iterator[Finding]:
    """A text that a letter cannot do without stops the letters of its language; others are only told."""
    where = _("Letter texts")
    page = f"{reverse('admin:registration_lettertext_changelist')}?{urlencode({'workshop__id__exact': workshop.pk})}"
    rows = {(row.key, row.language): row for row in LetterText.objects.filter(workshop=workshop)}
    for key in LetterTextKey:
        level = Level.ERROR if key in REQUIRED_LETTER_TEXTS else Level.WARNING
        for language in LANGUAGES:
            row = rows.get((key.value, language))
            if row is None or not row.text.strip():
                yield replace(missing_text(where, key.label, language), level=level, url=page)
    for row in letters_wait_for(workshop):
        message = _("%(what)s: “%(words)s” is still to be replaced. Until then no letter is issued.")
        values = {"what": row.get_key_display(), "words": ", ".join(stand_ins(row.text))}
        url = reverse("admin:registration_lettertext_change", args=[row.pk])
        yield Finding(Level.ERROR, f"{where} ({row.language})", message % values, url)


def check_practical(workshop: Workshop) -> Iterator[Finding]:
    """Parts of the practical information that nobody sees yet, and texts of it and of the background in one language only."""
    where = _("Practical information")
    for row in PracticalPart.objects.filter(workshop=workshop):
        url = reverse("admin:registration_practicalpart_change", args=[row.pk])
        yield from _led_to(url, missing_translations([row], lambda row: f"{where}: {row}"))
        words = dict.fromkeys(words for found in still_to_write(row.plain()).values() for words in found)
        if words:
            message = _("“%(words)s” is still to be replaced. Until then this part is shown to nobody.")
            yield Finding(Level.WARNING, f"{where}: {row}", message % {"words": ", ".join(words)}, url)
    where = pgettext("of the workshop", "Background")
    for section in BackgroundSection.objects.filter(workshop=workshop):
        url = reverse("admin:registration_backgroundsection_change", args=[section.pk])
        yield from _led_to(url, missing_translations([section], lambda each: f"{where}: {each}"))


def letters_wait_for(workshop: Workshop) -> list[LetterText]:
    """Texts in which staff are still to write something, in either language: no letter is issued before."""
    rows = LetterText.objects.filter(workshop=workshop, text__contains="[").order_by("key", "language")
    return [row for row in rows if stand_ins(row.text)]


def _dates(workshop: Workshop) -> Iterator[Finding]:
    where = _("Dates")
    local = workshop.deadline.astimezone(workshop.zone)
    if local.date() > workshop.starts_on:
        message = _("registration closes on %(deadline)s, after the first day (%(first)s).")
        yield Finding(
            Level.ERROR, where, message % {"deadline": _day(local.date()), "first": _day(workshop.starts_on)}
        )
    if workshop.income_date != workshop.starts_on:
        message = _("income groups are those of %(day)s, not of the first day (%(first)s).")
        values = {"day": _day(workshop.income_date), "first": _day(workshop.starts_on)}
        yield Finding(Level.WARNING, where, message % values)


def _delegations(delegations: list[Delegation]) -> Iterator[Finding]:
    where = _("Delegations")
    if not delegations:
        yield Finding(Level.ERROR, where, _("no party is invited."))
    without = [delegation for delegation in delegations if not delegation.focal_point_email]
    if without:
        yield Finding(Level.WARNING, where, _("without a focal point: %s.") % _names(without))
    unconfirmed = [delegation for delegation in delegations if delegation.focal_point_to_confirm]
    if unconfirmed:
        message = _("focal points taken over from an earlier workshop, still to be confirmed: %s.")
        yield Finding(Level.WARNING, where, message % _names(unconfirmed))
    locked_out = [delegation for delegation in without if delegation.link_required]
    if locked_out:
        message = _("accept registrations only through their link, which nobody can be sent: %s.")
        yield Finding(Level.ERROR, where, message % _names(locked_out))


def _roles(workshop: Workshop) -> Iterator[Finding]:
    where = _("Delegations")
    for role, party in ((_("host"), workshop.host), (_("Presidency Pro-Témpore"), workshop.presidency)):
        if party is None:
            yield Finding(Level.WARNING, where, _("no party is named as %s.") % role)


def _income_groups(workshop: Workshop, delegations: list[Delegation]) -> Iterator[Finding]:
    """A Member Country without an income group gets none of the benefits that depend on it."""
    day = workshop.income_date
    in_force = Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))
    known = set(IncomeClassification.objects.filter(in_force).values_list("party_id", flat=True))
    without = [
        delegation
        for delegation in delegations
        if delegation.party.kind == PartyKind.MEMBER_COUNTRY and delegation.party_id not in known
    ]
    if without:
        message = _("none in force on %(day)s: %(names)s.")
        yield Finding(Level.ERROR, _("Income groups"), message % {"day": _day(day), "names": _names(without)})


def _names(delegations: list[Delegation]) -> str:
    return ", ".join(delegation.party.short_name for delegation in delegations)


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"
