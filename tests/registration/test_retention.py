"""What ends at once, what after a few days, and files that no row names."""

import os
from datetime import timedelta
from uuid import uuid4

import pytest

from rcm_portal.files.storage import private_storage, save_private
from rcm_portal.models import AccessRecord
from registration import services
from registration.enums import SystemReason
from registration.exceptions import DataDestroyed, ReasonMissing
from registration.models import (
    Batch,
    BatchEntry,
    Delegate,
    DestructionReport,
    Passport,
    PassportCopy,
    PendingUpload,
    RegistrationDraft,
    VisaLetter,
)
from registration.rules.workflow import Verb
from registration.services.erasing import destroy_person
from registration.services.retention import come_back, purge
from registration.services.transitions import DELEGATE, SYSTEM, take_step
from registration.services.transitions import staff as by_staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, PassportCopyFactory, WorkshopFactory
from tests.registration.letters import letter_for, write_texts

STAFF = by_staff(None)


@pytest.fixture(autouse=True)
def private_root(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def delegate(belize):
    delegate = DelegateFactory(delegation=belize)
    PassportCopyFactory(delegate=delegate, key=save_private("passports", b"copy"))
    return delegate


def files() -> list[str]:
    return list(private_storage().keys())


@pytest.mark.parametrize("by", ["staff", "delegate"])
def test_the_passport_of_a_cancelled_registration_goes_after_a_week(
    delegate, django_capture_on_commit_callbacks, by
):
    if by == "staff":
        services.cancel(delegate=delegate, by=STAFF, reason="Cannot come", now=IN_TIME)
    else:
        services.cancel(delegate=delegate, by=DELEGATE, now=IN_TIME)
    assert Passport.objects.exists() and len(files()) == 1
    with django_capture_on_commit_callbacks(execute=True):
        purge(now=IN_TIME + timedelta(days=7))
    assert not Passport.objects.exists() and not PassportCopy.objects.exists()
    assert files() == []
    record = AccessRecord.objects.get()
    assert (record.action, record.subject, record.actor) == (
        "destroy",
        f"passport of {delegate.code}",
        "system",
    )
    delegate.refresh_from_db()
    assert delegate.full_name and delegate.purged_at is None


def test_the_passport_of_a_rejected_registration_goes_after_a_week(
    delegate, django_capture_on_commit_callbacks
):
    services.reject(delegate=delegate, by=STAFF, reason="Somebody else comes", now=IN_TIME)
    with django_capture_on_commit_callbacks(execute=True):
        purge(now=IN_TIME + timedelta(days=7))
    assert not Passport.objects.exists() and files() == []


def test_a_refused_rejection_destroys_nothing(delegate, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ReasonMissing):
        services.reject(delegate=delegate, by=STAFF, reason=" ", now=IN_TIME)
    assert Passport.objects.exists() and len(files()) == 1


def test_reopening_later_asks_for_the_passport_again(delegate, django_capture_on_commit_callbacks):
    services.cancel(delegate=delegate, by=DELEGATE, now=IN_TIME)
    with django_capture_on_commit_callbacks(execute=True):
        purge(now=IN_TIME + timedelta(days=7))
    services.reopen(delegate=delegate, by=STAFF, reason="They can come after all", now=IN_TIME)
    services.update_details(delegate=delegate, details={}, passport={"number": "P7654321"}, now=IN_TIME)
    assert Passport.objects.get().number == "P7654321"


def test_a_lapse_keeps_the_passport_a_few_days_for_its_holder_may_come_back(
    delegate, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        take_step(delegate, Verb.CANCEL, by=SYSTEM, now=IN_TIME, reason=SystemReason.EMAIL_NOT_CONFIRMED)
    assert Passport.objects.exists()
    week = timedelta(days=delegate.workshop.draft_days)
    with django_capture_on_commit_callbacks(execute=True):
        purge(now=IN_TIME + week - timedelta(seconds=1))
    assert Passport.objects.exists() and len(files()) == 1
    with django_capture_on_commit_callbacks(execute=True):
        done = purge(now=IN_TIME + week)
    assert not Passport.objects.exists() and files() == []
    assert (done.destroyed["passports"], done.destroyed["copies"], done.people) == (1, 1, [delegate.code])


@pytest.mark.django_db(transaction=True)
def test_of_an_ended_registration_the_letter_stays_and_is_not_reported_as_left(delegate):
    write_texts(delegate.workshop)
    letter = letter_for(delegate, now=IN_TIME)
    colleague = DelegateFactory(delegation=delegate.delegation, seat_number=2)
    theirs = save_private("visa-letters", b"theirs")
    for person, key in ((delegate, ""), (colleague, theirs)):  # one is void and has no file any more
        voided = None if key else IN_TIME
        VisaLetter.objects.create(delegate=person, reference="1", language="en", key=key, voided_at=voided)
    services.cancel(delegate=delegate, by=DELEGATE, now=IN_TIME)
    done = purge(now=IN_TIME + timedelta(days=7))
    assert (done.people, done.left) == ([delegate.code], [])
    assert set(files()) == {letter.key, theirs}


def test_who_is_destroyed_stays_ended(delegate):
    services.cancel(delegate=delegate, by=DELEGATE, now=IN_TIME)
    destroy_person(delegate=delegate, now=IN_TIME)
    with pytest.raises(DataDestroyed):
        services.reopen(delegate=delegate, by=STAFF, reason="Back", now=IN_TIME)
    assert Delegate.objects.get().status == "cancelled"


def test_where_staff_were_when_they_looked_stays_and_where_the_delegate_was_goes(delegate):
    officer = accounts.make_staff()
    colleague = DelegateFactory(delegation=delegate.delegation)
    for user, person in ((officer, delegate), (None, delegate), (None, colleague)):
        AccessRecord.objects.create(
            actor="x", action="view", subject="y", user=user, about=person.public_id, address="2001:db8::7"
        )
    destroy_person(delegate=delegate, now=IN_TIME)
    kept = AccessRecord.objects.exclude(address=None)
    assert {(record.user, record.about) for record in kept} == {
        (officer, delegate.public_id),
        (None, colleague.public_id),
    }


def test_of_who_is_destroyed_nothing_has_come_back_while_only_the_record_of_a_letter_is_left(delegate):
    letter = VisaLetter.objects.create(delegate=delegate, reference="1", language="en", voided_at=IN_TIME)
    destroy_person(delegate=delegate, now=IN_TIME)
    assert list(come_back()) == []
    VisaLetter.objects.filter(pk=letter.pk).update(key="visa-letters/again", voided_at=None)
    assert list(come_back()) == [delegate]


def test_two_of_one_workshop_can_be_destroyed(belize):
    for delegate in DelegateFactory.create_batch(2, delegation=belize, status="confirmed"):
        destroy_person(delegate=delegate, now=IN_TIME)
    assert Delegate.objects.filter(surnames="", purged_at=IN_TIME).count() == 2


def test_the_words_of_a_work_on_many_go_with_the_last_of_them(belize):
    one, other = DelegateFactory.create_batch(2, delegation=belize)
    batch = Batch.objects.create(what="reject", reason="Ana and Eva wrote", language="en", at=IN_TIME)
    for delegate in (one, other):
        BatchEntry.objects.create(batch=batch, delegate=delegate, note=f"{delegate.full_name} decided")
    destroy_person(delegate=one, now=IN_TIME)
    batch.refresh_from_db()
    assert [entry.note for entry in batch.entries.order_by("pk")] == ["", f"{other.full_name} decided"]
    assert batch.reason == "Ana and Eva wrote"  # the other one's rejection still says it
    destroy_person(delegate=other, now=IN_TIME)
    batch.refresh_from_db()
    assert batch.reason == ""


def test_drafts_and_uploads_that_were_never_sent_vanish_after_seven_days(
    belize, django_capture_on_commit_callbacks
):
    workshop = belize.workshop
    RegistrationDraft.objects.create(
        workshop=workshop, form_key=uuid4(), email="a@example.org", language="es", data="{}", saved_at=IN_TIME
    )
    PendingUpload.objects.create(
        workshop=workshop,
        form_key=uuid4(),
        key=save_private("passports", b"x"),
        media_type="image/png",
        size=1,
        sha256="0" * 64,
        created_at=IN_TIME,
    )
    longer = RegistrationDraft.objects.create(
        workshop=WorkshopFactory(slug="longer", draft_days=8),
        form_key=uuid4(),
        email="b@example.org",
        language="es",
        data="{}",
        saved_at=IN_TIME,
    )
    week = timedelta(days=7)
    with django_capture_on_commit_callbacks(execute=True):
        purge(now=IN_TIME + week - timedelta(seconds=1))
    assert RegistrationDraft.objects.count() == 2 and PendingUpload.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        done = purge(now=IN_TIME + week)
    assert RegistrationDraft.objects.get() == longer and not PendingUpload.objects.exists() and files() == []
    assert (done.destroyed["drafts"], done.destroyed["uploads"]) == (1, 1)


def aged(key: str, age: timedelta) -> str:
    path = private_storage().path(key)
    at = (IN_TIME - age).timestamp()
    os.utime(path, (at, at))
    return key


def test_files_that_no_row_names_are_found_and_destroyed(delegate):
    named = aged(PassportCopy.objects.get().key, timedelta(days=9))
    old = aged(save_private("passports", b"orphan"), timedelta(days=1, seconds=1))
    letter = aged(save_private("letters", b"orphan"), timedelta(days=2))
    young = aged(save_private("passports", b"just being sent"), timedelta(hours=23))
    foreign = aged(save_private("nobody", b"another app's"), timedelta(days=99))
    done = purge(now=IN_TIME)
    assert done.destroyed["orphans"] == 2
    assert sorted(files()) == sorted([named, young, foreign])
    assert old not in files() and letter not in files()


def test_what_a_crash_left_half_written_goes_too(delegate, settings):
    half = settings.PRIVATE_ROOT / "passports" / ".part-0123456789abcdef"
    half.write_bytes(b"ciphertext")
    os.utime(half, ((IN_TIME - timedelta(days=2)).timestamp(),) * 2)
    assert purge(now=IN_TIME).destroyed["orphans"] == 1
    assert not half.exists()


def test_one_that_fails_stops_no_other(belize, monkeypatch, django_capture_on_commit_callbacks):
    from registration.documents.links import links_expire
    from registration.services import retention

    first, second = DelegateFactory.create_batch(2, delegation=belize)

    def failing(*, delegate, now):
        if delegate.pk == first.pk:
            raise OSError("the disk is gone")
        return destroy_person(delegate=delegate, now=now)

    failing.__name__ = "destroy_person"
    monkeypatch.setattr(retention, "destroy_person", failing)
    done = retention.purge(now=links_expire(belize.workshop))
    assert done.left == [f"{first.code}: destroy_person"]
    second.refresh_from_db()
    assert second.purged_at is not None


def test_a_storage_that_fails_leaves_an_orphan_and_says_so(
    delegate, monkeypatch, django_capture_on_commit_callbacks
):
    def failing(key):
        raise OSError("out of reach")

    monkeypatch.setattr("rcm_portal.files.owners.delete_private", failing)
    with django_capture_on_commit_callbacks(execute=True):
        services.withdraw(delegate=delegate, now=IN_TIME)
    monkeypatch.undo()
    [key] = files()
    aged(key, timedelta(days=2))
    assert purge(now=IN_TIME).destroyed["orphans"] == 1 and files() == []


@pytest.mark.parametrize("role", ["protection", "secretariat"])
def test_the_reports_are_read_and_never_changed(belize, role):
    client = accounts.signed_in(accounts.make_staff(role))
    assert client.get("/admin/registration/destructionreport/").status_code == 200
    assert client.get("/admin/registration/destructionreport/add/").status_code == 403


def test_a_row_whose_file_is_gone_is_named_in_the_report(delegate):
    private_storage().delete(delegate.passport_copy.key)
    purge(now=IN_TIME)
    assert DestructionReport.objects.get().lost == [f"registration.PassportCopy {delegate.passport_copy.pk}"]
    client = accounts.signed_in(accounts.make_staff("protection"))
    there = f"/admin/registration/destructionreport/{DestructionReport.objects.get().pk}/change/"
    assert f"registration.PassportCopy {delegate.passport_copy.pk}" in client.get(there).content.decode()
    assert f'href="{there}"' in client.get("/admin/").content.decode()


def test_the_home_page_forgets_what_is_no_longer_so(delegate, time_machine):
    private_storage().delete(delegate.passport_copy.key)
    purge(now=IN_TIME)
    there = f"/admin/registration/destructionreport/{DestructionReport.objects.get().pk}/change/"
    client = accounts.signed_in(accounts.make_staff("protection"))
    assert there in client.get("/admin/").content.decode()
    time_machine.move_to(IN_TIME + timedelta(days=2), tick=False)
    client = accounts.signed_in(accounts.make_staff("protection"))
    assert there not in client.get("/admin/").content.decode()


def test_a_day_on_which_nothing_is_due_costs_the_same_with_one_workshop_and_with_twenty(
    belize, django_assert_num_queries
):
    for more in (0, 19):
        for number in range(more):
            WorkshopFactory(slug=f"more-{number}")
        with django_assert_num_queries(29):
            assert not purge(now=IN_TIME).did_something
