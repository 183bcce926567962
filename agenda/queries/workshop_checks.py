"""What `check_workshop` looks at in the agenda: the draft's warnings, missing translations, days and publication."""

from collections.abc import Iterator
from dataclasses import replace

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from registration.models import Workshop
from registration.rules.findings import Finding, Level, missing_text

from ..models import AgendaItem, Programme
from ..rules import review
from . import agendas


def check(workshop: Workshop) -> Iterator[Finding]:
    """The findings of `_check`, each with the editor where it is mended."""
    programme = Programme.objects.filter(workshop=workshop).first()
    url = reverse("admin:agenda_programme_change", args=[programme.pk]) if programme else ""
    return (replace(finding, url=url) for finding in _check(workshop, programme))


def _check(workshop: Workshop, programme: Programme | None) -> Iterator[Finding]:
    """The agenda of one workshop; only an agenda without items is an error, all else is staff's to decide."""
    where = _("Agenda")
    draft = agendas.draft(workshop)
    if not draft.items:
        yield Finding(Level.ERROR, where, _("it has no items."))
        return
    for day in draft.days:
        if not workshop.starts_on <= day.date <= workshop.ends_on:
            message = _("%(day)s is not a day of the workshop.") % {"day": f"{day.date:%Y-%m-%d}"}
            yield Finding(Level.ERROR, where, message)
    for warning in review.warnings(draft, agendas.members(workshop)):
        yield Finding(Level.WARNING, where, warning.text)
    for owner, name, language in review.missing_texts(draft):
        column = _VERBOSE_NAMES.get(name, name)
        yield missing_text(f"{where}, {owner}", column, language)
    if programme is None or programme.current is None:
        yield Finding(Level.WARNING, where, _("no version is published yet: readers see none."))
    elif agendas.differs_from_published(workshop):
        yield Finding(Level.WARNING, where, _("the draft differs from what readers see."))


def _names() -> dict[str, str | Promise]:
    columns = {each.name: each.verbose_name for each in AgendaItem._meta.concrete_fields}
    return {name: columns[f"{name}_es"] for name in ("title", "heading", "description", "place")}


_VERBOSE_NAMES = _names()
