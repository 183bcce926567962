"""What `check_workshop` looks at in registration's own data, and in the texts of the invitation letter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import LANGUAGES

from ..enums import REQUIRED_LETTER_TEXTS, LetterTextKey, PartyKind
from ..models import Delegation, IncomeClassification, LetterText, Party, Workshop
from ..rules.findings import Finding, Level, missing_text, missing_translations


def check(workshop: Workshop) -> Iterator[Finding]:
    """Texts, dates, delegations and income groups of one workshop."""
    delegations = list(Delegation.objects.filter(workshop=workshop).select_related("party"))
    yield from missing_translations([workshop])
    yield from missing_translations(Party.objects.filter(delegations__workshop=workshop))
    yield from missing_translations(delegations)
    yield from _dates(workshop)
    yield from _delegations(workshop, delegations)
    yield from _income_groups(workshop, delegations)


def check_letter_texts(workshop: Workshop) -> Iterator[Finding]:
    """A text that a letter cannot do without stops the letters of its language; others are only told."""
    where = _("Letter texts")
    texts = {
        (row.key, row.language): row.text.strip() for row in LetterText.objects.filter(workshop=workshop)
    }
    for key in LetterTextKey:
        level = Level.ERROR if key in REQUIRED_LETTER_TEXTS else Level.WARNING
        for language in LANGUAGES:
            if not texts.get((key.value, language)):
                yield replace(missing_text(where, key.label, language), level=level)
    signatory = texts.get((LetterTextKey.SIGNATORY_NAME.value, LANGUAGES[0]), "")
    if signatory.startswith("["):
        yield Finding(
            Level.WARNING, where, _("the signatory “%s” is still to be replaced by a name.") % signatory
        )


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


def _delegations(workshop: Workshop, delegations: list[Delegation]) -> Iterator[Finding]:
    where = _("Delegations")
    if not delegations:
        yield Finding(Level.ERROR, where, _("no party is invited."))
    without = [delegation for delegation in delegations if not delegation.focal_point_email]
    if without:
        yield Finding(Level.WARNING, where, _("without a focal point: %s.") % _names(without))
    locked_out = [delegation for delegation in without if delegation.link_required]
    if locked_out:
        message = _("accept registrations only through their link, which nobody can be sent: %s.")
        yield Finding(Level.ERROR, where, message % _names(locked_out))
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
