"""The operations that change an agenda. Each is one transaction; times are aware instants."""

import hashlib
import json
import tomllib
import uuid
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import transaction
from django.db.models import F

from rcm_portal.dispatch import hasten_on_commit
from registration.models import Delegate, Party, Workshop

from ..exceptions import DraftChanged, EndsBeforeItStarts, LeavesItsDay, NothingToPublish
from ..models import (
    AgendaDay,
    AgendaItem,
    AgendaVersion,
    CountrySlot,
    GCMObjective,
    Presenter,
    Programme,
    Roundtable,
    RoundtableObjective,
)
from ..queries import agendas
from ..rules import changes, timing
from ..rules.structure import Item, Objective, to_json

ITEM_FIELDS = (
    "key",
    "kind",
    "numbered",
    "starts_at",
    "ends_at",
    "title_es",
    "title_en",
    "heading_es",
    "heading_en",
    "description_es",
    "description_en",
    "place_es",
    "place_en",
)


OBJECTIVES_FILE = Path(__file__).parent.parent / "data" / "gcm_objectives.toml"


def programme_of(workshop: Workshop) -> Programme:
    """The workshop's programme, made when it is first needed."""
    return Programme.objects.get_or_create(workshop=workshop)[0]


def _locked(workshop: Workshop, expected_revision: int | None) -> Programme:
    """The programme's row, locked until the transaction ends; raises DraftChanged if the editor saw another revision."""
    programme_of(workshop)
    programme = Programme.objects.select_for_update().get(workshop=workshop)
    if expected_revision is not None and programme.revision != expected_revision:
        raise DraftChanged
    return programme


def draft_touched(workshop: Workshop) -> None:
    """Note that the draft has changed, so that an editor opened before does not overwrite it."""
    programme_of(workshop)
    Programme.objects.filter(workshop=workshop).update(revision=F("revision") + 1)


def page_touched(workshop: Workshop | int) -> None:
    """Note that the public page shows something else than before, though no version was published."""
    programmes = Programme.objects.filter(workshop=workshop)
    programmes.update(stamp=uuid.uuid4())
    for version in programmes.exclude(current=None).values_list("current_id", flat=True):
        _have_printed(version)


def _have_printed(version_id: int) -> None:
    """Ask a worker for the PDFs of a version once this transaction has committed; the sweep finds what none made."""
    hasten_on_commit("agenda.tasks.print_programme", version_id)


@transaction.atomic
def publish(
    *,
    workshop: Workshop,
    now: datetime,
    by=None,
    tentative: bool = True,
    note_es: str = "",
    note_en: str = "",
    expected_revision: int | None = None,
) -> AgendaVersion:
    """Freeze the draft as the next version and show it to readers.

    Raises NothingToPublish for an empty draft and DraftChanged when the draft is not the one that was looked at.
    """
    programme = _locked(workshop, expected_revision)
    draft = agendas.draft(workshop)
    if not draft.items:
        raise NothingToPublish
    before = programme.current
    agenda = changes.with_sequences(
        draft,
        agendas.content(before) if before else None,
        status_changed=before is not None and before.tentative != tentative,
    )
    data = to_json(agenda)
    version = AgendaVersion.objects.create(
        workshop=workshop,
        number=before.number + 1 if before else 1,
        tentative=tentative,
        note_es=note_es,
        note_en=note_en,
        content=data,
        sha256=fingerprint(data),
        published_at=now,
        published_by=by,
    )
    programme.current = version
    programme.named = sorted(
        {each.delegate for item in agenda.items for each in item.speakers if each.delegate}
    )
    programme.save(update_fields=["current", "named"])
    _have_printed(version.pk)
    return version


@transaction.atomic
def publish_if_changed(**arguments) -> AgendaVersion | None:
    """`publish`, unless readers see the draft already (or it is empty): then nothing happens and None is returned.

    For loading a preset: the second time changes nothing.
    """
    workshop = arguments["workshop"]
    _locked(workshop, None)
    if not AgendaItem.objects.filter(workshop=workshop).exists() or not agendas.differs_from_published(
        workshop
    ):
        return None
    return publish(**arguments)


def fingerprint(data: dict) -> str:
    """SHA-256 of frozen content, whatever the order in which a database gives its keys back."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def restore(*, version: AgendaVersion, expected_revision: int | None = None) -> None:
    """Make the draft what the version was. Readers see it once it is published again, under the next number.

    Parties and objectives that are gone are left out; so is a delegate whose data have been destroyed.
    """
    workshop = version.workshop
    programme = _locked(workshop, expected_revision)
    agenda = agendas.content(version)
    AgendaDay.objects.filter(workshop=workshop).delete()
    AgendaDay.objects.bulk_create(
        AgendaDay(
            workshop=workshop,
            key=day.key,
            date=day.date,
            announced_start=day.announced_start,
            announced_end=day.announced_end,
            title_es=day.title_es,
            title_en=day.title_en,
        )
        for day in agenda.days
    )
    rows = {str(row.uid): row for row in AgendaItem.objects.filter(workshop=workshop)}
    kept = {item.uid for item in agenda.items}
    # Items that the version does not have go first, so that a key they took is free again.
    AgendaItem.objects.filter(pk__in=[row.pk for uid, row in rows.items() if uid not in kept]).delete()
    for row in rows.values():
        if str(row.uid) in kept:
            AgendaItem.objects.filter(pk=row.pk).update(key=f"moving-{row.pk}")
    for item in agenda.items:
        row = (
            rows.get(item.uid) if item.uid in rows else AgendaItem(workshop=workshop, uid=uuid.UUID(item.uid))
        )
        for name in ITEM_FIELDS:
            setattr(row, name, getattr(item, name))
        row.save()
        _restore_parts(row, item)
    programme.revision += 1
    programme.save(update_fields=["revision"])


def _restore_parts(row: AgendaItem, item: Item) -> None:
    """Presenters, slots and roundtables of one item as the version had them."""
    codes = {speaker.party for speaker in item.speakers} | {slot.party for slot in item.slots}
    parties = {party.code: party for party in Party.objects.filter(code__in=codes)}
    people = {
        str(delegate.public_id): delegate
        for delegate in Delegate.objects.filter(
            public_id__in=[uuid.UUID(speaker.delegate) for speaker in item.speakers if speaker.delegate]
        )
    }
    row.presenters.all().delete()
    for position, speaker in enumerate(item.speakers, start=1):
        presenter = Presenter(
            item=row,
            key=speaker.key,
            position=position,
            party=parties.get(speaker.party),
            delegate=people.get(speaker.delegate),
            organisation_es=speaker.organisation_es,
            organisation_en=speaker.organisation_en,
            person=speaker.person,
            role_es=speaker.role_es,
            role_en=speaker.role_en,
        )
        if presenter.party or presenter.delegate or str(presenter) not in ("", "None"):
            presenter.save()
    row.country_slots.all().delete()
    CountrySlot.objects.bulk_create(
        CountrySlot(item=row, party=parties[slot.party], position=position, minutes=slot.minutes)
        for position, slot in enumerate(item.slots, start=1)
        if slot.party in parties
    )
    row.roundtables.all().delete()
    for table in item.tables:
        made = Roundtable.objects.create(
            item=row, number=table.number, title_es=table.title_es, title_en=table.title_en
        )
        set_objectives(roundtable=made, numbers=table.objectives)


@transaction.atomic
def set_objectives(*, roundtable: Roundtable, numbers) -> None:
    """Give a roundtable exactly these objectives, taking them from another roundtable of the agenda where they were."""
    workshop = roundtable.item.workshop
    numbers = set(numbers)
    RoundtableObjective.objects.filter(roundtable=roundtable).exclude(objective__in=numbers).delete()
    RoundtableObjective.objects.filter(workshop=workshop, objective__in=numbers).exclude(
        roundtable=roundtable
    ).delete()
    there = set(RoundtableObjective.objects.filter(roundtable=roundtable).values_list("objective", flat=True))
    known = set(GCMObjective.objects.filter(number__in=numbers).values_list("number", flat=True))
    RoundtableObjective.objects.bulk_create(
        RoundtableObjective(workshop=workshop, roundtable=roundtable, objective_id=number)
        for number in sorted(known - there)
    )


def refuse_order(starts_at: datetime, ends_at: datetime | None) -> None:
    """Raises EndsBeforeItStarts where an item would; None has no announced end."""
    if ends_at is not None and ends_at <= starts_at:
        raise EndsBeforeItStarts


@transaction.atomic
def retime(
    *,
    workshop: Workshop,
    key: str,
    starts_at: datetime,
    ends_at: datetime | None,
    expected_revision: int | None = None,
) -> None:
    """Give one item other times; raises EndsBeforeItStarts."""
    refuse_order(starts_at, ends_at)
    programme = _locked(workshop, expected_revision)
    AgendaItem.objects.filter(workshop=workshop, key=key).update(starts_at=starts_at, ends_at=ends_at)
    _raise_revision(programme)


@transaction.atomic
def shift_after(*, workshop: Workshop, key: str, minutes: int, expected_revision: int | None = None) -> int:
    """Move everything after an item, on its day, by so many minutes (negative: earlier); returns how many items moved.

    Raises LeavesItsDay when one of them would land on another date.
    """
    programme = _locked(workshop, expected_revision)
    agenda = agendas.draft(workshop)
    day = next(day for day in agenda.days if key in {item.key for item in day.items})
    try:
        moved = timing.shift_after(day, key, minutes, agenda.zone)
    except timing.DoesNotFit as error:
        raise LeavesItsDay from error
    _save_times(workshop, moved)
    _raise_revision(programme)
    return len(moved)


@transaction.atomic
def reorder(*, workshop: Workshop, keys: list[str], expected_revision: int | None = None) -> None:
    """Put the items of one day into the given order, times following (see `rules.reordered`); ValueError if incomplete."""
    programme = _locked(workshop, expected_revision)
    agenda = agendas.draft(workshop)
    day = next((day for day in agenda.days if set(keys) == {item.key for item in day.items}), None)
    if day is None:
        raise ValueError("The order must name each item of the day once.")
    moved = timing.reordered(day, keys)
    if any(agenda.local(item.starts_at).date() != day.date for item in moved):
        raise LeavesItsDay
    _save_times(workshop, moved)
    _raise_revision(programme)


@transaction.atomic
def move(*, workshop: Workshop, key: str, places: int, expected_revision: int | None = None) -> None:
    """Put one item so many places earlier (negative) or later within its day; at an end of the day it stays."""
    agenda = agendas.draft(workshop)
    day = next(day for day in agenda.days if key in {item.key for item in day.items})
    keys = [item.key for item in day.items]
    place = keys.index(key)
    keys.insert(max(0, min(place + places, len(keys) - 1)), keys.pop(place))
    reorder(workshop=workshop, keys=keys, expected_revision=expected_revision)


def _save_times(workshop: Workshop, items: list[Item]) -> None:
    for item in items:
        AgendaItem.objects.filter(workshop=workshop, key=item.key).update(
            starts_at=item.starts_at, ends_at=item.ends_at
        )


def _raise_revision(programme: Programme) -> None:
    programme.revision += 1
    programme.save(update_fields=["revision"])


@cache
def official_objectives() -> tuple[Objective, ...]:
    """All objectives in order of their number, with title and short title in both languages."""
    data = tomllib.loads(OBJECTIVES_FILE.read_text(encoding="utf-8"))
    return tuple(
        sorted((Objective(**row) for row in data["objective"]), key=lambda objective: objective.number)
    )


@transaction.atomic
def load_objectives(using: str = "default") -> None:
    """Bring the table of objectives in step with the data file; nothing is written when it already is."""
    there = {row.number: row for row in GCMObjective.objects.using(using).all()}
    for objective in official_objectives():
        row = there.get(objective.number)
        values = {name: getattr(objective, name) for name in ("title_es", "title_en", "short_es", "short_en")}
        if row is None or any(getattr(row, name) != value for name, value in values.items()):
            GCMObjective.objects.using(using).update_or_create(number=objective.number, defaults=values)
