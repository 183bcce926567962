"""Publishing, what stays as it was, and bringing an old version back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from agenda.exceptions import DraftChanged, NothingToPublish
from agenda.models import (
    AgendaItem,
    AgendaVersion,
    CountrySlot,
    Presenter,
    Programme,
    Roundtable,
    RoundtableObjective,
)
from agenda.queries import agendas
from agenda.rules import structure
from agenda.services import editing
from registration.models import Delegation, Party

from . import note

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 3, 15, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_publishing_freezes_the_draft_under_the_next_number():
    workshop = note.draft()
    first = editing.publish(workshop=workshop, now=NOW, note_en="First")
    AgendaItem.objects.filter(key="lunch").update(title_en="Long lunch")
    second = editing.publish(workshop=workshop, now=NOW, tentative=False)
    assert [(version.number, version.tentative) for version in (first, second)] == [(1, True), (2, False)]
    assert Programme.objects.get(workshop=workshop).current == second
    first.refresh_from_db()
    titles = {item.key: item.title_en for item in agendas.content(first).items}
    assert titles["lunch"] == "Lunch"
    assert first.sha256 == editing.fingerprint(first.content)


def test_a_version_reads_back_as_the_draft_was():
    workshop = note.draft()
    version = editing.publish(workshop=workshop, now=NOW)
    version.refresh_from_db()
    assert agendas.content(version) == agendas.draft(workshop)


def test_an_empty_draft_is_not_published():
    with pytest.raises(NothingToPublish):
        editing.publish(workshop=note.workshop(), now=NOW)


def test_publishing_twice_without_a_change_is_left_out_when_asked():
    workshop = note.draft()
    assert editing.publish_if_changed(workshop=workshop, now=NOW).number == 1
    assert editing.publish_if_changed(workshop=workshop, now=NOW) is None
    AgendaItem.objects.filter(key="lunch").update(numbered=False)
    assert editing.publish_if_changed(workshop=workshop, now=NOW).number == 2


def test_a_published_version_cannot_be_changed_not_even_by_sql():
    version = editing.publish(workshop=note.draft(), now=NOW)
    version.note_en = "Other"
    with pytest.raises(IntegrityError, match="agenda_version_is_final"), transaction.atomic():
        version.save()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE agenda_agendaversion SET number = 7")


def test_who_edits_an_older_draft_is_told_instead_of_overwriting():
    workshop = note.draft()
    seen = editing.programme_of(workshop).revision
    editing.shift_after(workshop=workshop, key="coffee-2", minutes=5, expected_revision=seen)
    with pytest.raises(DraftChanged):
        editing.shift_after(workshop=workshop, key="coffee-2", minutes=5, expected_revision=seen)
    with pytest.raises(DraftChanged):
        editing.publish(workshop=workshop, now=NOW, expected_revision=seen)


def test_an_edit_in_one_workshop_makes_no_other_draft_an_older_one():
    workshop, other = note.draft(), note.draft(note.workshop("other"))
    seen = editing.programme_of(other).revision
    before = editing.programme_of(workshop).revision
    editing.draft_touched(workshop)
    assert editing.programme_of(workshop).revision == before + 1
    editing.shift_after(workshop=other, key="coffee-2", minutes=5, expected_revision=seen)


def test_what_the_page_shows_beside_the_programme_is_printed_anew_for_its_workshop_alone(
    django_capture_on_commit_callbacks, monkeypatch
):
    asked = []
    monkeypatch.setattr(editing, "hasten_on_commit", lambda _task, version: asked.append(version))
    workshop, unpublished = note.draft(), note.draft(note.workshop("other"))
    elsewhere = editing.publish(workshop=note.draft(note.workshop("third")), now=NOW)
    version = editing.publish(workshop=workshop, now=NOW)
    stamps = {each.pk: each.stamp for each in Programme.objects.all()}
    asked.clear()
    editing.page_touched(workshop)
    editing.page_touched(unpublished)
    changed = {each.workshop_id for each in Programme.objects.all() if each.stamp != stamps.get(each.pk)}
    assert changed - {unpublished.pk} == {workshop.pk}
    assert elsewhere.workshop_id not in changed
    assert asked == [version.pk]


def test_a_version_of_another_release_is_read_without_what_this_one_does_not_know():
    version = editing.publish(workshop=note.draft(), now=NOW)
    data = {**version.content, "days": [{**each, "mood": "good"} for each in version.content["days"]]}
    assert structure.from_json(data) == structure.from_json(version.content)


def test_an_old_version_comes_back_into_the_draft_whole():
    workshop = note.draft()
    first = editing.publish(workshop=workshop, now=NOW)
    before = agendas.draft(workshop)
    lunch = AgendaItem.objects.get(key="lunch")
    AgendaItem.objects.filter(key__in=["roundtables", "progress-1"]).delete()
    AgendaItem.objects.filter(key="welcome").update(key="opening", title_en="Opening")
    AgendaItem.objects.create(
        workshop=workshop, key="welcome", starts_at=note.instant(note.FRIDAY, "13:00"), title_es="Otra cosa"
    )
    editing.publish(workshop=workshop, now=NOW)
    editing.restore(version=first)
    assert agendas.draft(workshop) == before
    assert AgendaItem.objects.get(key="lunch") == lunch
    third = editing.publish(workshop=workshop, now=NOW)
    assert third.number == 3
    assert AgendaVersion.objects.filter(workshop=workshop).count() == 3


def test_of_a_party_that_is_gone_no_slot_and_no_name_comes_back():
    workshop = note.draft()
    first = editing.publish(workshop=workshop, now=NOW)
    slots = list(CountrySlot.objects.order_by("item", "position").values_list("party__code", flat=True))
    gone = slots[0]
    CountrySlot.objects.filter(party__code=gone).delete()
    Presenter.objects.filter(party__code=gone).delete()
    Delegation.objects.filter(party__code=gone).delete()
    Party.objects.get(code=gone).delete()
    editing.restore(version=first)
    back = list(CountrySlot.objects.order_by("item", "position").values_list("party__code", flat=True))
    assert back == [code for code in slots if code != gone]


def test_an_objective_that_moves_leaves_all_others_where_they_are():
    note.draft()
    one, other = Roundtable.objects.order_by("number")[:2]
    before = {table: set(table.assigned.values_list("objective", flat=True)) for table in (one, other)}
    moved = min(before[other])
    editing.set_objectives(roundtable=one, numbers=before[one] | {moved})
    after = {table: set(table.assigned.values_list("objective", flat=True)) for table in (one, other)}
    assert after == {one: before[one] | {moved}, other: before[other] - {moved}}


@pytest.mark.parametrize("way", ["move", "retime", "shift"])
def test_what_is_moved_in_one_programme_stays_where_it_is_in_another(way):
    workshop, other = note.draft(), note.draft(note.workshop("other"))
    before = agendas.draft(other)
    day = agendas.draft(workshop).days[0]
    item = day.items[1]
    if way == "move":
        editing.move(workshop=workshop, key=item.key, places=1)
    elif way == "retime":
        editing.retime(
            workshop=workshop, key=item.key, starts_at=item.starts_at, ends_at=item.starts_at + HOUR * 5
        )
    else:
        editing.shift_after(workshop=workshop, key=item.key, minutes=-5)
    assert agendas.draft(workshop).days[0] != day
    assert agendas.draft(other) == before


def test_an_objective_is_at_one_roundtable_of_an_agenda_whoever_writes_it():
    workshop = note.draft()
    one, other = Roundtable.objects.order_by("number")[:2]
    with pytest.raises(IntegrityError), transaction.atomic():
        RoundtableObjective.objects.create(roundtable=other, objective_id=2)
    editing.set_objectives(roundtable=other, numbers=[2, 4])
    assert set(one.assigned.values_list("objective", flat=True)) == {5, 6, 12, 18}
    assert set(other.assigned.values_list("objective", flat=True)) == {2, 4}
    # Another workshop may have the same objectives.
    note.draft(note.workshop("other"))
    assert RoundtableObjective.objects.filter(workshop=workshop, objective=2).count() == 1


def test_an_item_that_ends_before_it_starts_is_refused_by_the_database():
    note.draft()
    with (
        pytest.raises(DatabaseError, match="agenda_item_ends_after_it_starts"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE agenda_agendaitem SET ends_at = starts_at WHERE key = 'lunch'")


@pytest.mark.django_db(transaction=True)
def test_of_several_who_publish_the_same_draft_at_once_one_does():
    workshop = note.draft()
    revision = editing.programme_of(workshop).revision
    barrier = Barrier(5)

    def publish(number: int) -> int | None:
        try:
            barrier.wait(timeout=30)
            version = editing.publish_if_changed(workshop=workshop, now=NOW, expected_revision=revision)
            return version.number if version else None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(publish, range(5)))
    assert sorted(results, key=str) == [1, None, None, None, None]
    assert AgendaVersion.objects.filter(workshop=workshop).count() == 1
