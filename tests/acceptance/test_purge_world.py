"""RET-1 over a full world: of a person of whom every column holds a word, the purge leaves what the record needs."""

import json
import logging
import os
from collections import Counter

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection

from logistics.services import travel_needs
from rcm_portal.files.storage import EncryptedFileSystemStorage, private_storage, save_private
from rcm_portal.models import OutgoingMail
from registration import services
from registration.models import Delegate, DestructionReport
from registration.queries.personal_data import files_about
from tests.acceptance import full_world
from tests.acceptance import world as worlds
from tests.factories import IN_TIME

# Whose words outlive the purge, and why.
KEPT = {
    "logistics.Ticket.number": "what was bought: the payer's accounts",
    "logistics.Ticket.carrier": "what was bought: the payer's accounts",
    "logistics.Ticket.currency": "what was bought: the payer's accounts",
    "agenda.Presenter.person": "the programme as staff wrote it, public when the meeting is held",
    "agenda.Presenter.role_es": "the programme, as above",
    "agenda.Presenter.role_en": "the programme, as above",
    "agenda.Presenter.organisation_es": "the programme, as above",
    "agenda.Presenter.organisation_en": "the programme, as above",
    "portal.AccessRecord.actor": "who looked: kept for settings.ACCESS_RECORD_DAYS",
    "portal.AccessRecord.subject": "at what: a code, never a name; kept for settings.ACCESS_RECORD_DAYS",
    "portal.AccessRecord.reason": "why staff looked; kept for settings.ACCESS_RECORD_DAYS",
}


# What stands a while longer when one person withdraws before the meeting, and why.
WAITS = {
    "registration.Message.subject_es": "to many; goes with the workshop's data",
    "registration.Message.subject_en": "to many; goes with the workshop's data",
    "registration.Message.text_es": "to many; goes with the workshop's data",
    "registration.Message.text_en": "to many; goes with the workshop's data",
    "registration.Message.filename": "to many; goes with the workshop's data",
    "file of registration.Message.key": "to many; goes with the workshop's data",
    "registration.PendingUpload.zone_read": "tied to a form, not to a person; Workshop.draft_days",
    "file of registration.PendingUpload.key": "tied to a form, not to a person; Workshop.draft_days",
    "registration.Delegation.focal_point_name": "somebody else",
    "registration.Delegation.focal_point_email": "somebody else",
    "sessions.Session": "ends with the browser's visit",
}


@pytest.fixture(autouse=True)
def private_root(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def full(transactional_db, in_time):
    world = worlds.build()
    return full_world.build(world.delegate, world.users["secretariat"])


def purged_at(full):
    return full.delegate.workshop.archived_from


def run_purge(full, *options: str) -> None:
    """The command at the first instant at which the workshop's time is over; files are as old as their rows."""
    full_world.age_files(IN_TIME)
    with time_machine.travel(purged_at(full), tick=False):
        call_command("purge_personal_data", *options)


def last_report() -> DestructionReport:
    return DestructionReport.objects.latest("pk")


def text_of(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False, default=str)


def places_with(words: dict[str, str]) -> dict[str, str]:
    """Where a word still stands: the column in which it was written, to the place in which it was found."""
    found = {}
    for place, value in full_world.everything_stored().items():
        text = text_of(value)
        found |= {words[word]: place for word in words if word in text}
    return found


def raw_dump() -> str:
    """Every column of every table as the database has it, those without a model too."""
    lines = []
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            lines += [f"{table} {row}" for row in cursor.fetchall()]
    return "\n".join(lines)


def test_every_column_that_is_left_out_is_there():
    columns = {
        full_world.place_of(column) for model in apps.get_models() for column in model._meta.concrete_fields
    }
    assert set(full_world.NO_WORDS) - columns == set()


def test_of_a_full_world_no_text_column_about_the_person_is_empty(full):
    empty = {
        f"{model._meta.label}.{column.name}"
        for model in full_world.models_about_people()
        for column in full_world.text_columns(model)
        if not full.rows(model).exists()
        or any(value in ("", None, [], {}) for value in full.rows(model).values_list(column.name, flat=True))
    }
    assert empty == set()
    assert set(places_with(full.words)) == set(full.words.values())  # and the search sees every one


def test_of_a_full_world_only_what_the_record_needs_outlives_the_purge(full, caplog):
    with caplog.at_level(logging.DEBUG):
        run_purge(full)
    left = places_with(full.words)
    assert sorted(left) == sorted(KEPT)
    forgotten = [word for word, place in full.words.items() if place not in KEPT]
    dump = raw_dump()
    said = caplog.text + "".join(str(message.message()) for message in mail.outbox)
    assert not [full.words[word] for word in forgotten if word in dump or ascii(word)[1:-1] in dump]
    assert not [full.words[word] for word in full.words if word in said]
    assert last_report().left == []


def test_a_dry_run_over_a_full_world_with_old_files_changes_no_row_and_no_file(full, capsys):
    save_private("passports", b"an orphan")
    half = private_storage().path("passports") + "/.part-0123456789abcdef"
    with open(half, "wb") as part:
        part.write(b"half written")
    full_world.age_files(IN_TIME)
    rows, dump = full_world.everything_stored(), raw_dump()
    run_purge(full, "--dry-run")
    assert full_world.everything_stored().items() >= rows.items()
    assert raw_dump() == dump
    with open(half, "rb") as part:
        assert part.read() == b"half written"
    assert full.delegate.code in capsys.readouterr().out
    run_purge(full)  # the same files at the same hour: old enough to go
    assert list(private_storage().keys("passports")) == []
    assert not os.path.exists(half)


def test_who_withdraws_leaves_at_once_what_the_purge_would_leave_and_what_waits_for_others(full):
    services.withdraw(delegate=full.delegate, now=IN_TIME)
    left = set(places_with(full.words)) - set(KEPT) - set(WAITS)
    assert left == {"registration.Delegate.email"}  # of the last mail, which says that all is destroyed
    OutgoingMail.objects.exclude(next_try_at=None).update(state="sent", sent_at=IN_TIME, next_try_at=None)
    call_command("purge_personal_data")
    assert set(places_with(full.words)) - set(KEPT) - set(WAITS) == set()


class Unanswering(EncryptedFileSystemStorage):
    """A storage that can be written to and cannot be asked."""

    def exists(self, name):
        raise OSError("the bucket is out of reach")


def test_a_storage_that_cannot_be_asked_proves_nothing_and_is_told(full, monkeypatch):
    keys = {key for _held, key in files_about(full.delegate)}
    monkeypatch.setattr(EncryptedFileSystemStorage, "exists", Unanswering.exists)
    with pytest.raises(CommandError, match="Left over"):
        run_purge(full)
    left = last_report().left
    assert keys and {f"{full.delegate.code}: {key}" for key in keys} <= set(left)
    full.delegate.refresh_from_db()
    assert (
        full.delegate.purged_at is not None
    )  # what could be destroyed was, and the rest of the purge went on
    assert last_report().destroyed["nominations"] == 1


def test_a_file_that_could_not_be_deleted_is_told(full, monkeypatch):
    copy = full.delegate.passport_copy.key
    monkeypatch.setattr("rcm_portal.files.owners.delete_private", lambda key: None)
    monkeypatch.setattr("registration.services.retention.delete_private", lambda key: None)
    with pytest.raises(CommandError, match="Left over"):
        run_purge(full)
    assert f"{full.delegate.code}: {copy}" in last_report().left


def test_an_error_of_any_kind_stops_nobody_elses_destruction_and_is_told(full, monkeypatch):
    """Whatever a receiver of another app raises."""
    needs = travel_needs.destroy_needs

    def failing(delegate):
        if delegate.pk == full.delegate.pk:
            raise ValueError("unforeseen")
        needs(delegate)

    monkeypatch.setattr(travel_needs, "destroy_needs", failing)
    with pytest.raises(CommandError, match="Left over"):
        run_purge(full)
    assert last_report().left == [f"{full.delegate.code}: destroy_person"]
    assert Delegate.objects.get(purged_at=None) == full.delegate


# A step of the destruction that is left out, what it answers then, and a place that the report must name.
ERASING = "registration.services.erasing"
STEPS = {
    "passport": (f"{ERASING}.destroy_passport", Counter(), "registration.passport.number"),
    "letters": (f"{ERASING}.forget_letters", Counter(), "registration.acceptance.typed_name"),
    "visa letters": (f"{ERASING}.destroy_visa_letters", 0, "registration.visaletter.problem"),
    "nominations": (f"{ERASING}.forget_nominations", 0, "registration.nomination.name"),
    "mails": (f"{ERASING}.erase_about", 0, "portal.outgoingmail.text"),
    "travel needs": (
        "logistics.services.travel_needs.destroy_needs",
        None,
        "logistics.travelneed.route_wishes",
    ),
    "tickets": ("logistics.tickets.files.destroy_of", None, "logistics.ticketsegment.flight"),
    "rooms": ("logistics.host_lists.files.destroy_of", None, "logistics.roomstay.reason"),
}


@pytest.fixture
def named(transactional_db, in_time):
    """The person's own surname in every column about them that does not outlive the purge."""
    world = worlds.build()
    return full_world.build(world.delegate, world.users["secretariat"], one_word="Zuñi", but=KEPT)


@pytest.mark.parametrize("step", STEPS)
def test_a_destruction_that_leaves_a_row_is_told_with_its_place(named, step, monkeypatch):
    function, answer, place = STEPS[step]
    monkeypatch.setattr(function, lambda *args, **named: answer)
    with pytest.raises(CommandError, match="Left over"):
        run_purge(named)
    assert f"{named.delegate.code}: {place}" in last_report().left


def test_a_destruction_that_leaves_nothing_is_not_accused(named):
    run_purge(named)
    assert last_report().left == []
