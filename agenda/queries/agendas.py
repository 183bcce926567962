"""Reading the agenda: the draft as plain data, the published version, and the names that may be shown. Constant queries."""

import datetime as dt
from collections import defaultdict
from typing import NamedTuple, cast
from uuid import UUID

from django.db.models import Prefetch

from registration.enums import PartyKind
from registration.models import Delegate, Delegation, Workshop

from ..enums import Audience
from ..models import AgendaDay, AgendaDocument, AgendaItem, AgendaVersion, GCMObjective, Programme, Roundtable
from ..rules.changes import differs
from ..rules.structure import Agenda, Day, Item, Objective, Slot, Speaker, Table, from_json


def draft(workshop: Workshop) -> Agenda:
    """The draft of a workshop's agenda, seven queries whatever its size.

    A date that has items but no `AgendaDay` gets a day without announced hours.
    """
    zone = workshop.zone
    on_day: dict[dt.date, list[Item]] = defaultdict(list)
    items = (
        AgendaItem.objects.filter(workshop=workshop)
        .prefetch_related(
            "presenters__party",
            "presenters__delegate",
            "country_slots__party",
            Prefetch("roundtables", Roundtable.objects.prefetch_related("assigned")),
        )
        .order_by("starts_at", "ends_at", "key")
    )
    for row in items:
        on_day[row.starts_at.astimezone(zone).date()].append(_item(row))
    days = {row.date: row for row in AgendaDay.objects.filter(workshop=workshop)}
    return Agenda(
        time_zone=workshop.time_zone,
        days=tuple(_day(date, days.get(date), on_day[date]) for date in sorted(days.keys() | on_day.keys())),
        objectives=tuple(
            Objective(row.number, row.title_es, row.title_en, row.short_es, row.short_en)
            for row in GCMObjective.objects.order_by("number")
        ),
    )


def _day(date: dt.date, row: AgendaDay | None, items: list[Item]) -> Day:
    if row is None:
        return Day(key=date.isoformat(), date=date, items=tuple(items))
    return Day(
        row.key, date, row.announced_start, row.announced_end, row.title_es, row.title_en, tuple(items)
    )


def _item(row: AgendaItem) -> Item:
    return Item(
        key=row.key,
        uid=str(row.uid),
        kind=row.kind,
        numbered=row.numbered,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        title_es=row.title_es,
        title_en=row.title_en,
        heading_es=row.heading_es,
        heading_en=row.heading_en,
        description_es=row.description_es,
        description_en=row.description_en,
        place_es=row.place_es,
        place_en=row.place_en,
        speakers=tuple(
            Speaker(
                key=each.key,
                party=each.party.code if each.party else "",
                party_name_es=each.party.name_es if each.party else "",
                party_name_en=each.party.name_en if each.party else "",
                organisation_es=each.organisation_es,
                organisation_en=each.organisation_en,
                person=each.person,
                delegate=str(each.delegate.public_id) if each.delegate else "",
                role_es=each.role_es,
                role_en=each.role_en,
            )
            for each in row.presenters.all()
        ),
        slots=tuple(
            Slot(
                each.party.code,
                each.party.short_name_es or each.party.name_es,
                each.party.short_name_en or each.party.name_en,
                each.minutes,
            )
            for each in row.country_slots.all()
        ),
        tables=tuple(
            Table(
                each.number,
                each.title_es,
                each.title_en,
                tuple(sorted(assigned.objective_id for assigned in each.assigned.all())),
            )
            for each in row.roundtables.all()
        ),
    )


def members(workshop: Workshop) -> dict[str, dict[str, str]]:
    """Code and names of the Member Countries that take part, in the order of their Spanish names."""
    rows = (
        Delegation.objects.filter(workshop=workshop, party__kind=PartyKind.MEMBER_COUNTRY)
        .select_related("party")
        .order_by("party__sort_key")
    )
    return {row.party.code: {"name_es": row.party.name_es, "name_en": row.party.name_en} for row in rows}


class Shown(NamedTuple):
    """What readers of one address see at this moment; whoever holds the same one holds the same page."""

    slug: str
    version: int | None
    stamp: UUID


def shown(slug: str) -> Shown | None:
    """What is shown for a published workshop that has a programme; `version` is None before the first one. One query."""
    row = (
        Programme.objects.filter(workshop__slug=slug, workshop__published=True)
        .values_list("current_id", "stamp")
        .first()
    )
    return Shown(slug, *row) if row else None


def programme(shown: Shown) -> Programme:
    """The programme with its workshop and the version that is shown, content included."""
    found = Programme.objects.select_related("workshop").get(workshop__slug=shown.slug)
    found.current = AgendaVersion.objects.get(pk=cast("int", shown.version))  # None: there is none to get
    return found


def content(version: AgendaVersion) -> Agenda:
    """The frozen agenda of a version."""
    return from_json(version.content)


def previous(version: AgendaVersion) -> AgendaVersion | None:
    """The version that readers saw before this one."""
    return (
        AgendaVersion.objects.filter(workshop_id=version.workshop_id, number__lt=version.number)
        .order_by("-number")
        .first()
    )


def approved_names(agenda: Agenda) -> dict[str, str]:
    """Public id to full name of those delegates among the speakers who are approved now; nobody else is named."""
    wanted = {speaker.delegate for item in agenda.items for speaker in item.speakers if speaker.delegate}
    if not wanted:
        return {}
    rows = Delegate.objects.approved().filter(public_id__in=[UUID(each) for each in wanted])
    return {str(row.public_id): row.full_name for row in rows}


def public_documents(workshop: Workshop) -> tuple[list[AgendaDocument], dict[str, list[AgendaDocument]]]:
    """What everybody may read: the workshop's own documents, and those of items by the item's uid."""
    general: list[AgendaDocument] = []
    by_item: dict[str, list[AgendaDocument]] = defaultdict(list)
    rows = AgendaDocument.objects.filter(workshop=workshop, audience=Audience.PUBLIC).select_related("item")
    for row in rows:
        (by_item[str(row.item.uid)] if row.item else general).append(row)
    return general, dict(by_item)


def differs_from_published(workshop: Workshop) -> bool:
    """Whether readers would see something else if the draft were published now."""
    found = Programme.objects.filter(workshop=workshop).select_related("current").first()
    current = found.current if found else None
    return differs(draft(workshop), content(current) if current else None)
