"""What `check_workshop` looks at in the agenda: the draft's warnings, missing translations, days and publication."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from registration.models import Workshop
from registration.rules.findings import Finding, Level, missing_text

from ..models import AgendaDay, AgendaItem, Programme
from ..rules import review
from ..rules.structure import Agenda, Day
from . import agendas

# The field of the item's page (of the day's, for its hours) that cures a warning.
CURES = {
    "hours": "announced_start",
    "overlap": "starts",
    "gap": "starts",
    "slots": "country_slots-0-minutes",
    "presenter": "presenters-0-party",
    "country twice": "country_slots-0-party",
}


class _Pages:
    """The staff pages on which the parts of a draft are edited; the editor of the whole for what has none."""

    def __init__(self, workshop: Workshop, draft: Agenda) -> None:
        programme = Programme.objects.filter(workshop=workshop).first()
        self.published = programme is not None and programme.current_id is not None
        self.editor = reverse("admin:agenda_programme_change", args=[programme.pk]) if programme else ""
        self.publishing = self.editor and f"{self.editor}#id_note_es"
        self.add_item = f"{reverse('admin:agenda_agendaitem_add')}?workshop={workshop.pk}#id_date"
        self._days = dict(AgendaDay.objects.filter(workshop=workshop).values_list("key", "pk"))
        self._items = dict(AgendaItem.objects.filter(workshop=workshop).values_list("key", "pk"))
        self._rows = {}  # of an item's presenters and roundtables, in the order of its page
        for item in draft.items:
            for number, speaker in enumerate(item.speakers):
                self._rows[f"{item.key}/{speaker.key}"] = f"presenters-{number}"
            for number, table in enumerate(item.tables):
                self._rows[f"{item.key}/{table.number}"] = f"roundtables-{number}"

    def of(self, owner: str, field: str) -> str:
        """The page of a day, an item, or the row of an item (`item/row`), at one of its fields."""
        key = owner.partition("/")[0]
        for model, known in (("agendaitem", self._items), ("agendaday", self._days)):
            if key in known:
                row = f"{self._rows[owner]}-" if owner in self._rows else ""
                return f"{reverse(f'admin:agenda_{model}_change', args=[known[key]])}#id_{row}{field}"
        return self.editor

    def of_day(self, day: Day) -> str:
        """Where a day is moved: its own page, or that of its first item where nobody has made it one."""
        return self.of(day.key if day.key in self._days else day.items[0].key, "date")

    def of_warning(self, warning: review.AgendaWarning) -> str:
        owner = warning.day if warning.code == "hours" else (*warning.items, "")[0]
        return self.of(owner, CURES.get(warning.code, ""))


def check(workshop: Workshop) -> Iterator[Finding]:
    """The agenda of one workshop; only an agenda without items is an error, all else is staff's to decide."""
    where = _("Agenda")
    draft = agendas.draft(workshop)
    pages = _Pages(workshop, draft)
    if not draft.items:
        yield Finding(Level.ERROR, where, _("it has no items."), pages.add_item)
        return
    for day in draft.days:
        if not workshop.starts_on <= day.date <= workshop.ends_on:
            message = _("%(day)s is not a day of the workshop.") % {"day": f"{day.date:%Y-%m-%d}"}
            yield Finding(Level.ERROR, where, message, pages.of_day(day))
    for warning in review.warnings(draft, agendas.members(workshop)):
        yield Finding(Level.WARNING, where, warning.text, pages.of_warning(warning))
    for owner, name, language in review.missing_texts(draft):
        column = _VERBOSE_NAMES.get(name, name)
        yield missing_text(f"{where}, {owner}", column, language, pages.of(owner, f"{name}_{language}"))
    if not pages.published:
        message = _("no version is published yet: readers see none.")
        yield Finding(Level.WARNING, where, message, pages.publishing)
    elif agendas.differs_from_published(workshop):
        message = _("the draft differs from what readers see.")
        yield Finding(Level.WARNING, where, message, pages.publishing)


def _names() -> dict[str, str | Promise]:
    columns = {each.name: each.verbose_name for each in AgendaItem._meta.concrete_fields}
    return {name: columns[f"{name}_es"] for name in ("title", "heading", "description", "place")}


_VERBOSE_NAMES = _names()
