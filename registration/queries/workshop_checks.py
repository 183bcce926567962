"""What `check_workshop` looks at in registration's own data, and in the texts of the invitation letter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

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
from ..rules.findings import Finding, Level, about_each, missing_text, missing_translations, page_of
from ..rules.letter_placeholders import stand_ins
from ..rules.practical import still_to_write


def check(workshop: Workshop) -> Iterator[Finding]:
    """Texts, dates, delegations and income groups of one workshop."""
    delegations = list(Delegation.objects.filter(workshop=workshop).select_related("party"))
    yield from missing_translations([workshop])
    yield from missing_translations(Party.objects.filter(delegations__workshop=workshop))
    yield from missing_translations(delegations)
    yield from _dates(workshop)
    yield from _delegations(workshop, delegations)
    yield from _roles(workshop)
    yield from _income_groups(workshop, delegations)


def letter_text_page(workshop: Workshop, key: str, language: str) -> str:
    """The page of the workshop's letter texts, at one of them."""
    return f"{reverse('admin:registration_lettertext_workshop', args=[workshop.slug])}#id_{key}_{language}"


def check_letter_texts(workshop: Workshop) -> Iterator[Finding]:
    """A text that a letter cannot do without stops the letters of its language; others are only told."""
    where = _("Letter texts")
    rows = {(row.key, row.language): row for row in LetterText.objects.filter(workshop=workshop)}
    for key in LetterTextKey:
        level = Level.ERROR if key in REQUIRED_LETTER_TEXTS else Level.WARNING
        for language in LANGUAGES:
            row = rows.get((key.value, language))
            if row is None or not row.text.strip():
                url = letter_text_page(workshop, key.value, language)
                yield replace(missing_text(where, key.label, language, url), level=level)
    for row in letters_wait_for(workshop):
        message = _("%(what)s: “%(words)s” is still to be replaced. Until then no letter is issued.")
        values = {"what": row.get_key_display(), "words": ", ".join(stand_ins(row.text))}
        url = letter_text_page(workshop, row.key, row.language)
        yield Finding(Level.ERROR, f"{where} ({row.language})", message % values, url)


def check_practical(workshop: Workshop) -> Iterator[Finding]:
    """Parts of the practical information that nobody sees yet, and texts of it and of the background in one language only."""
    where = _("Practical information")
    for row in PracticalPart.objects.filter(workshop=workshop):
        yield from missing_translations([row], lambda row: f"{where}: {row}")
        written = still_to_write(row.plain())
        words = dict.fromkeys(words for found in written.values() for words in found)
        if words:
            url = page_of(row, next(iter(written)))
            message = _("“%(words)s” is still to be replaced. Until then this part is shown to nobody.")
            yield Finding(Level.WARNING, f"{where}: {row}", message % {"words": ", ".join(words)}, url)
    where = pgettext("of the workshop", "Background")
    for section in BackgroundSection.objects.filter(workshop=workshop):
        yield from missing_translations([section], lambda each: f"{where}: {each}")


def letters_wait_for(workshop: Workshop) -> list[LetterText]:
    """Texts in which staff are still to write something, in either language: no letter is issued before."""
    rows = LetterText.objects.filter(workshop=workshop, text__contains="[").order_by("key", "language")
    return [row for row in rows if stand_ins(row.text)]


def _dates(workshop: Workshop) -> Iterator[Finding]:
    where = _("Dates")
    if workshop.deadline > workshop.over_from:
        message = _("registration closes on %(deadline)s, after the last day (%(last)s).")
        local = workshop.deadline.astimezone(workshop.zone)
        values = {"deadline": _day(local.date()), "last": _day(workshop.ends_on)}
        yield Finding(Level.ERROR, where, message % values, page_of(workshop, "deadline_0"))
    if workshop.income_date != workshop.starts_on:
        message = _("income groups are those of %(day)s, not of the first day (%(first)s).")
        values = {"day": _day(workshop.income_date), "first": _day(workshop.starts_on)}
        url = page_of(workshop, "income_reference_date")
        yield Finding(Level.WARNING, where, message % values, url)


def _delegations(workshop: Workshop, delegations: list[Delegation]) -> Iterator[Finding]:
    where = _("Delegations")
    if not delegations:
        url = f"{reverse('admin:registration_delegation_add')}?workshop={workshop.pk}#id_party"
        yield Finding(Level.ERROR, where, _("no party is invited."), url)
    without = [delegation for delegation in delegations if not delegation.focal_point_email]
    if without:
        yield about_each(Level.WARNING, where, _("without a focal point: %s."), _focal_points(without))
    if unconfirmed := [delegation for delegation in delegations if delegation.focal_point_to_confirm]:
        message = _("focal points taken over from an earlier workshop, still to be confirmed: %s.")
        yield about_each(Level.WARNING, where, message, _focal_points(unconfirmed))
    locked_out = [delegation for delegation in without if delegation.link_required]
    if locked_out:
        message = _("accept registrations only through their link, which nobody can be sent: %s.")
        yield about_each(Level.ERROR, where, message, _focal_points(locked_out))


def _focal_points(delegations: list[Delegation]) -> Iterator[tuple[str, str]]:
    return ((each.party.short_name, page_of(each, "focal_point_email")) for each in delegations)


def _roles(workshop: Workshop) -> Iterator[Finding]:
    where = _("Delegations")
    for name, role in (("host", _("host")), ("presidency", _("Presidency Pro-Témpore"))):
        if getattr(workshop, name) is None:
            message = _("no party is named as %s.") % role
            yield Finding(Level.WARNING, where, message, page_of(workshop, name))


def _income_groups(workshop: Workshop, delegations: list[Delegation]) -> Iterator[Finding]:
    """A Member Country without an income group gets none of the benefits that depend on it."""
    day = workshop.income_date
    in_force = Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))
    known = set(IncomeClassification.objects.filter(in_force).values_list("party_id", flat=True))
    without = [
        delegation.party
        for delegation in delegations
        if delegation.party.kind == PartyKind.MEMBER_COUNTRY and delegation.party_id not in known
    ]
    if without:
        add = reverse("admin:registration_incomeclassification_add")
        links = ((party.short_name, f"{add}?party={party.pk}#id_group") for party in without)
        message = _("none in force on %(day)s: %(names)s.") % {"day": _day(day), "names": "%s"}
        yield about_each(Level.ERROR, _("Income groups"), message, links)


def _day(day: date) -> str:
    return f"{day:%Y-%m-%d}"
