"""RET-1: passport copies and numbers are destroyed on schedule, and nothing of the person is left anywhere."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db.models import CharField

from rcm_portal.files import owners
from rcm_portal.files.storage import KEY_PATTERN, private_storage
from rcm_portal.models import AccessRecord, OutgoingMail
from rcm_portal.search.folding import fold
from registration import services
from registration.documents.links import links_expire, my_token
from registration.models import (
    Delegate,
    Delegation,
    DestructionReport,
    InvitationLetter,
    Passport,
    PassportCopy,
    VisaLetter,
    Workshop,
)
from registration.services.letters.issuing import complete_letter
from registration.services.letters.signing import Origin, accept_letter
from registration.services.letters.visa_letters import complete_visa_letter
from registration.services.retention import purge
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME
from tests.loaded import note_loaded
from tests.registration.forms import filled_in
from tests.registration.letters import name_the_signatory
from tests.registration.test_substitution import substitute

REGISTER = "/en/imrf-2022/register/"
PERSON = {
    "given_names": "Xiomara Guadalupe",
    "surnames": "Zúñiga Yrigoyen",
    "badge_name": "Xiomi Zúñiga",
    "email": "xiomara.zuniga@example.org",
    "phone": "+52 55 7531 9042",
    "institution": "Instituto Zunigático",
    "position": "Directora Irrepetible",
    "passport_number": "QZ9157346",
    "dietary": "Sin cacahuates, alergia",
    "accessibility": "Rampa",
    "emergency_contact": "Hermana Yolotzin 7531 9042",
    "needs_consent": "on",
    "listed": "on",
}
# In any column of any table these would be the person's own.
TRACES = [
    "Xiomara", "Guadalupe", "Zúñiga", "ZUNIGA", "Yrigoyen", "Xiomi", "xiomara.zuniga", "7531 9042", "Zunigático", "Irrepetible",
    "QZ9157346", "cacahuates", "Yolotzin", "1979-11-23", "203.0.113.77", "Peculiar Browser",
]  # fmt: skip


@pytest.fixture(autouse=True)
def private_root(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


def files() -> list[str]:
    return sorted(private_storage().keys())


def traces() -> set[tuple[str, str]]:
    """Every trace of the person in any column of any table, decrypted, as (table and column, trace)."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        columns = [field.attname for field in model._meta.concrete_fields]
        for row in model._base_manager.values_list(*columns):
            for column, value in zip(columns, row, strict=True):
                text = json.dumps(value, ensure_ascii=False, default=str)
                folded = fold(text)  # a search text writes names without their accents
                found |= {
                    (f"{model._meta.label}.{column}", trace) for trace in TRACES if fold(trace) in folded
                }
    return found


@pytest.fixture
def registered(db, client, in_time, django_capture_on_commit_callbacks):
    """Somebody with everything: form, zone, approval, letter, acceptance, mails, staff's looks and the admin's history."""
    note_loaded()
    name_the_signatory()
    data = filled_in(
        delegation="GTM",
        nationality="GTM",
        date_of_birth="1979-11-23",
        passport_expiry="2030-01-01",
        **PERSON,
    )
    assert client.post(REGISTER, data).status_code == 302
    delegate = Delegate.objects.get()
    officer = accounts.make_staff("secretariat")
    services.confirm_email(delegate=delegate, now=IN_TIME)
    services.approve(delegate=delegate, by=staff(officer), now=IN_TIME)
    letter = InvitationLetter.objects.get()
    complete_letter(letter_id=letter.pk, now=IN_TIME)
    letter.refresh_from_db()
    accept_letter(
        delegate=delegate,
        sha256=letter.sha256,
        typed_name=delegate.full_name,
        agreed=True,
        origin=Origin("203.0.113.77", "Peculiar Browser/1.0", "es"),
        now=IN_TIME,
    )
    services.take_back(delegate=delegate, by=staff(officer), reason="Zúñiga wrote to us", now=IN_TIME)
    services.approve(delegate=delegate, by=staff(officer), now=IN_TIME)
    complete_letter(letter_id=InvitationLetter.objects.get(voided_at=None).pk, now=IN_TIME)
    client_of_staff = accounts.signed_in(officer)
    client_of_staff.get(f"/admin/registration/delegate/{delegate.pk}/passport/")
    consulate = f"/admin/registration/delegate/{delegate.pk}/visa-letter/"
    client_of_staff.post(consulate, {"seen": client_of_staff.get(consulate).context["draft"].digest})
    complete_visa_letter(letter_id=VisaLetter.objects.get().pk, now=IN_TIME)
    LogEntry.objects.create(
        user=officer,
        content_type=ContentType.objects.get_for_model(Delegate),
        object_id=str(delegate.pk),
        object_repr=delegate.full_name,
        action_flag=CHANGE,
        change_message="Xiomara",
    )
    delegate.refresh_from_db()
    return delegate


def after_the_workshop(delegate):
    return links_expire(delegate.workshop)


def test_RET_1_the_test_itself_sees_what_there_is(registered):
    assert {trace for _place, trace in traces()} == set(TRACES)
    assert len(files()) == 4  # the copy, two versions of the letter, and the one for the consulate


def test_RET_1_every_column_that_names_a_file_is_known(registered):
    """Else its files would be taken for orphans, or be left behind by the purge and by key rotation."""
    known = {(owner.model, owner.field) for owner in owners.owners()} | {("portal.MailAttachment", "key")}
    found = set()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, CharField):
                texts = model._base_manager.exclude(**{field.attname: ""}).values_list(
                    field.attname, flat=True
                )
                if any(KEY_PATTERN.fullmatch(text or "") for text in texts):
                    found.add((model._meta.label, field.attname))
    assert found == known & found
    assert {model for model, _field in found} >= {
        "registration.PassportCopy",
        "registration.InvitationLetter",
    }


def test_RET_1_nothing_is_destroyed_a_second_too_early(registered):
    before = files()
    with time_machine.travel(after_the_workshop(registered) - timedelta(seconds=1), tick=False):
        call_command("purge_personal_data", verbosity=0)
    assert files() == before
    assert Passport.objects.get().number == "QZ9157346"


def test_RET_1_thirty_days_after_the_last_day_by_the_workshops_clock(registered):
    limit = after_the_workshop(registered)
    assert limit.isoformat() == "2022-05-02T00:00:00-05:00"  # summer time by then


@pytest.mark.django_db(transaction=True)
def test_RET_1_on_schedule_everything_personal_goes_and_the_record_of_the_meeting_stays(
    registered, capsys, client
):
    kept = ("code", "role", "level", "status", "submitted_at", "delegation_id")
    before = {name: getattr(registered, name) for name in kept}
    letter, token = InvitationLetter.objects.get(voided_at=None), my_token(registered)
    with time_machine.travel(after_the_workshop(registered), tick=False):
        call_command("purge_personal_data")
        assert files() == []
        assert traces() == set()
        assert not Passport.objects.exists() and not PassportCopy.objects.exists()
        assert "nothing of it is left" in capsys.readouterr().out
        the_record_stays(before)
        a_report_says_so(registered)
        pages_still_open(client, registered, letter, token)
        call_command("purge_personal_data", verbosity=0)
    assert DestructionReport.objects.count() == 1  # the second time there was nothing to do


def the_record_stays(before: dict) -> None:
    delegate = Delegate.objects.get()
    assert {name: getattr(delegate, name) for name in before} == before
    assert (delegate.given_names, delegate.surnames, delegate.date_of_birth) == ("", "", None)
    assert str(delegate) == delegate.code
    assert [change.to_status for change in delegate.status_changes.all()] == [
        "submitted", "approved", "confirmed", "submitted", "approved",
    ]  # fmt: skip
    letter = InvitationLetter.objects.get(version=1)
    assert letter.reference.endswith("001") and len(letter.sha256) == 64
    assert letter.acceptance.letter_sha256 == letter.sha256
    assert OutgoingMail.objects.exclude(erased_at=None).exists()


def a_report_says_so(delegate) -> None:
    report = DestructionReport.objects.get()
    assert (report.people, report.left) == ([delegate.code], [])
    assert {kind: report.destroyed[kind] for kind in ("people", "passports", "copies", "visa_letters", "letters", "files")} == {
        "people": 1, "passports": 1, "copies": 1, "visa_letters": 1, "letters": 2, "files": 4,
    }  # fmt: skip
    lead = accounts.signed_in(accounts.make_staff("protection"))
    page = lead.get(f"/admin/registration/destructionreport/{report.pk}/change/").content.decode()
    assert delegate.code in page and "1 passport copies" in page
    assert set(AccessRecord.objects.filter(action="destroy").values_list("subject", flat=True)) == {
        f"passport of {delegate.code}",
        f"personal data of {delegate.code}",
    }


def pages_still_open(client, delegate, letter, token) -> None:
    verified = client.get(f"/verify/{letter.code}/").content.decode()
    assert "This letter is genuine and current" in verified and "Guatemala" in verified
    assert client.get(f"/es/imrf-2022/my/{token}/").status_code == 410
    officer = accounts.signed_in(accounts.make_staff("secretariat"))
    for address in (
        "/admin/registration/delegate/",
        f"/admin/registration/delegate/{delegate.pk}/change/",
        f"/admin/registration/delegate/{delegate.pk}/passport/",
        "/admin/registration/invitationletter/",
        f"/admin/registration/invitationletter/{letter.pk}/change/",
        "/admin/portal/outgoingmail/",
    ):
        assert officer.get(address).status_code == 200, address
    assert officer.get(f"/admin/registration/invitationletter/{letter.pk}/pdf/").status_code == 404


def test_RET_1_a_dry_run_destroys_nothing_and_says_what_it_would(registered, capsys):
    before = files()
    with time_machine.travel(after_the_workshop(registered), tick=False):
        call_command("purge_personal_data", "--dry-run")
    printed = capsys.readouterr().out
    assert "1  passport copies" in printed and registered.code in printed
    assert files() == before
    assert Passport.objects.get().number == "QZ9157346"
    assert not DestructionReport.objects.exists()
    assert not AccessRecord.objects.filter(action="destroy").exists()


@pytest.mark.django_db(transaction=True)
def test_RET_1_what_is_left_is_told_and_fails_the_command(registered, monkeypatch):
    from registration.services import retention

    monkeypatch.setattr(retention, "is_there", lambda key: True)
    with (
        time_machine.travel(after_the_workshop(registered), tick=False),
        pytest.raises(CommandError, match="Left over"),
    ):
        call_command("purge_personal_data", verbosity=0)
    assert DestructionReport.objects.get().left


@pytest.mark.django_db(transaction=True)
def test_RET_1_each_workshop_has_its_own_number_of_days(registered):
    Workshop.objects.update(retention_days=3)
    delegate = Delegate.objects.select_related("workshop").get()
    assert after_the_workshop(delegate).date().isoformat() == "2022-04-05"
    purge(now=after_the_workshop(delegate))
    assert files() == []


def test_the_purge_asks_for_few_queries_when_nothing_is_due(registered, django_assert_max_num_queries):
    Delegation.objects.update(seat_limit=None)
    with django_assert_max_num_queries(33):  # two more for each table that names files
        purge(now=IN_TIME)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "email"),
    [("Ofelia Punto", "ofelia@example.org"), ("", "ofelia@example.org"), ("Ofelia Punto", "")],
)
def test_RET_1_focal_points_go_with_the_workshops_personal_data(registered, name, email):
    named = registered.delegation
    named.focal_point_name, named.focal_point_email = name, email
    named.save()
    version = named.link_version
    with time_machine.travel(after_the_workshop(registered), tick=False):
        call_command("purge_personal_data", verbosity=0)
    named.refresh_from_db()
    assert (named.focal_point_name, named.focal_point_email) == ("", "")
    assert named.link_version == version + 1
    assert DestructionReport.objects.get().destroyed["focal_points"] == 1


@pytest.mark.parametrize(("days", "left"), [(1824, 1), (1825, 1), (1826, 0)])
def test_RET_1_access_records_end_after_their_years(db, in_time, days, left):
    AccessRecord.objects.create(actor="x", action="view", subject="y", at=IN_TIME - timedelta(days=days))
    call_command("purge_personal_data", verbosity=0)
    assert AccessRecord.objects.count() == left


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("who", "kind"), [("successor", "substituted"), ("predecessor", "registered")])
def test_RET_1_a_name_in_the_other_ones_mail_goes_with_the_person(registered, who, kind):
    """Who takes a seat and who leaves it read each other's names; the mail to the one outlives the other."""
    substitute(registered)
    people = {"predecessor": registered, "successor": Delegate.objects.get(replaces=registered)}
    OutgoingMail.objects.update(state="sent", sent_at=IN_TIME, next_try_at=None)
    gone, stays = people.pop(who), people.popitem()[1]
    mail = OutgoingMail.objects.get(about=stays.public_id, kind=kind)
    assert gone.surnames in mail.text
    gone.refresh_from_db()
    services.withdraw(delegate=gone, now=IN_TIME)
    call_command("purge_personal_data", verbosity=0)
    mail.refresh_from_db()
    assert mail.text == ""
