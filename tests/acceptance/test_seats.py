"""BIZ-1 and SEAT-1 to SEAT-3: never more delegates hold a seat than the delegation has."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from rcm_portal import guards
from registration import services
from registration.enums import DelegateStatus
from registration.exceptions import DelegationFull, RegistrationError
from registration.models import Delegate, Delegation
from registration.services import transitions
from registration.services.transitions import staff
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory
from tests.registration.forms import REGISTER, filled_in
from tests.strict import LintingClient

ROOT = Path(__file__).resolve().parents[2]


def at_once(count: int, work) -> list:
    """What `work(number)` returned in `count` threads that start together."""
    barrier = Barrier(count)

    def run(number):
        try:
            barrier.wait(timeout=30)
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def send_form(number: int) -> int:
    return LintingClient().post(REGISTER, filled_in(email=f"delegate{number}@example.org")).status_code


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("limit", "threads"), [(2, 8), (3, 8), (2, 50)])
def test_biz_1_registrations_at_once_fill_exactly_the_seats(limit, threads):
    delegation = DelegationFactory(seat_limit=limit)
    with time_machine.travel(IN_TIME):
        statuses = at_once(threads, send_form)
    assert sorted(statuses) == [302] * limit + [400] * (threads - limit)
    seats = Delegate.objects.filter(delegation=delegation).values_list("seat_number", flat=True)
    assert sorted(seats) == list(range(1, limit + 1))


@contextmanager
def without_lock_and_constraints(monkeypatch):
    """The portal as it would be without its protection."""
    constraints = {
        "delegate_one_per_seat": "UNIQUE (delegation_id, seat_number)",
    }
    with connection.cursor() as cursor:
        for name in constraints:
            cursor.execute(f"ALTER TABLE registration_delegate DROP CONSTRAINT {name}")
        cursor.execute("ALTER TABLE registration_delegate DISABLE TRIGGER USER")
    unlocked = lambda pk: Delegation.objects.select_related("party", "workshop").get(pk=pk)  # noqa: E731
    monkeypatch.setattr(transitions, "lock_delegation", unlocked)
    monkeypatch.setattr("registration.services.registering.lock_delegation", unlocked)
    try:
        yield
    finally:
        Delegate.objects.update(status=DelegateStatus.CANCELLED, seat_number=None)
        with connection.cursor() as cursor:
            for name, definition in constraints.items():
                cursor.execute(f"ALTER TABLE registration_delegate ADD CONSTRAINT {name} {definition}")
            cursor.execute("ALTER TABLE registration_delegate ENABLE TRIGGER USER")


@pytest.mark.django_db(transaction=True)
def test_seat_2_the_same_race_overbooks_without_lock_and_constraint(monkeypatch):
    """The negative control: the race is real, so the test above can fail."""
    delegation = DelegationFactory(seat_limit=2)
    with time_machine.travel(IN_TIME), without_lock_and_constraints(monkeypatch):
        for _round in range(5):
            at_once(8, send_form)
            held = Delegate.objects.filter(delegation=delegation, seat_number__isnull=False).count()
            if held > 2:
                break
            Delegate.objects.filter(delegation=delegation).delete()
    assert held > 2


def test_seat_3_sqlite_under_the_same_race_gives_exactly_the_limit(tmp_path):
    """Fifty forms from eight processes on one database file; each process says what its forms were answered."""
    environment = {
        **os.environ,
        "TEST_DATABASE_URL": f"sqlite:///{tmp_path / 'race.sqlite3'}",
        "PYTHONPATH": str(ROOT),
    }
    run = [sys.executable, "-m", "tests.acceptance.race"]
    subprocess.run([*run, "prepare"], check=True, env=environment, cwd=ROOT)
    racers = [
        subprocess.Popen(
            [*run, "register", str(racer), str(count), str(tmp_path)],
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for racer, count in enumerate([7, 7, 6, 6, 6, 6, 6, 6])
    ]
    while len(list(tmp_path.glob("ready-*"))) < len(racers):
        assert all(racer.poll() is None for racer in racers)
        time.sleep(0.05)
    (tmp_path / "go").touch()
    statuses = sorted(status for racer in racers for status in json.loads(racer.communicate(timeout=240)[0]))
    assert statuses == [302, 302] + [400] * 48
    counted = subprocess.run(
        [*run, "count"], check=True, env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert json.loads(counted.stdout) == [1, 2]


@pytest.fixture
def full(db):
    delegation = DelegationFactory()
    DelegateFactory.create_batch(2, delegation=delegation)
    return delegation


def columns_of(delegate: Delegate) -> dict:
    row = {
        field.column: field.get_db_prep_save(field.pre_save(delegate, False), connection)
        for field in delegate._meta.concrete_fields
    }
    row.pop("id")
    return row


@pytest.mark.parametrize(
    ("seat", "status"),
    [
        (3, "submitted"),
        (2, "approved"),
        (None, "submitted"),
        (None, "confirmed"),
        (3, "waitlisted"),
        (0, "submitted"),
    ],
)
def test_seat_1_the_database_refuses_a_third_holder_by_raw_sql(full, seat, status):
    third = DelegateFactory.build(delegation=full, workshop=full.workshop, status=status, seat_number=seat)
    third.email_key = third.email
    row = columns_of(third)
    names = ", ".join(f'"{name}"' for name in row)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO registration_delegate ({names}) VALUES ({', '.join(['%s'] * len(row))})",
            list(row.values()),
        )


def test_seat_1_the_database_refuses_a_limit_below_the_seated(full):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE registration_delegation SET seat_limit = 1 WHERE id = %s", [full.pk])


def test_seat_1_the_form_refuses(full, client):
    with time_machine.travel(IN_TIME):
        assert send_form(1) == 400


@pytest.mark.parametrize("ended", ["rejected", "cancelled"])
def test_seat_1_un_reject_and_un_cancel_refuse(full, ended, admin_user):
    gone = DelegateFactory(delegation=full, status=ended)
    with pytest.raises(DelegationFull):
        services.reopen(delegate=gone, by=staff(admin_user), reason="a mistake", now=IN_TIME)
    gone.refresh_from_db()
    assert gone.status == ended


def test_seat_1_staff_cannot_add_a_third(full, admin_client):
    with time_machine.travel(IN_TIME):
        answer = admin_client.post(
            "/admin/registration/delegate/add/",
            filled_in(role="official", source="email", reason="by e-mail"),
        )
    assert answer.status_code == 400
    assert answer.context["form"].errors["delegation"] == ["Both seats of Belize are taken."]


def test_seat_1_lowering_the_limit_is_refused_with_the_names(full, admin_client):
    url = f"/admin/registration/delegation/{full.pk}/change/"
    answer = admin_client.post(
        url, {"seat_limit": "1", "accepts_registrations": "on", "focal_point_language": "es"}
    )
    names = [delegate.full_name for delegate in full.delegates.all()]
    page = answer.content.decode()
    assert all(name in page for name in names)
    full.refresh_from_db()
    assert full.seat_limit == 2


def test_seat_1_lowering_the_limit_moves_those_seated_together(db):
    delegation = DelegationFactory(seat_limit=3)
    first, second, _third = DelegateFactory.create_batch(3, delegation=delegation)
    services.cancel(delegate=first, by=staff(None), reason="asked by phone", now=IN_TIME)
    services.set_seat_limit(delegation=delegation, limit=2, now=IN_TIME)
    assert sorted(delegation.delegates.exclude(pk=first.pk).values_list("seat_number", flat=True)) == [1, 2]
    with pytest.raises(RegistrationError):
        services.set_seat_limit(delegation=delegation, limit=1, now=IN_TIME)


def test_a_freed_seat_can_be_taken_again(full):
    services.cancel(delegate=full.delegates.first(), by=staff(None), reason="asked by phone", now=IN_TIME)
    with time_machine.travel(IN_TIME):
        assert send_form(1) == 302


def test_a_delegate_belongs_to_the_workshop_of_their_delegation(full):
    other = WorkshopFactory(slug="another")
    with pytest.raises(DatabaseError), transaction.atomic():
        Delegate.objects.filter(delegation=full).update(workshop=other)


def test_no_guard_is_missing_after_migrate(db):
    assert guards.missing() == []


def test_other_delegations_are_not_affected(full):
    elsewhere = DelegationFactory(party=PartyFactory(code="CRI"))
    DelegateFactory.create_batch(2, delegation=elsewhere)
    assert Delegate.objects.filter(seat_number__isnull=False).count() == 4
