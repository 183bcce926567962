"""Taking one's own data away, and withdrawing."""

import io
import json
import zipfile

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from rcm_portal.files.storage import private_storage, save_private
from rcm_portal.models import AccessRecord, OutgoingMail
from registration import services
from registration.documents.links import my_token
from registration.models import Delegate, InvitationLetter, Passport, PassportCopy
from registration.services.retention import purge
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, PassportCopyFactory
from tests.registration.passports import maria, zone


@pytest.fixture(autouse=True)
def private_root(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def delegate(belize):
    delegate = maria(belize, mrz=zone())
    PassportCopyFactory(delegate=delegate, key=save_private("passports", b"%PDF the copy"))
    return delegate


def page(delegate, name):
    return reverse(f"registration:{name}", args=[delegate.workshop.slug, my_token(delegate)])


def unpacked(answer) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_file_holds_every_row_and_every_file(client, delegate, belize):
    DelegateFactory(delegation=belize, given_names="Somebody", surnames="Else")
    officer = accounts.make_staff("secretariat", username="officer-name")
    services.approve(delegate=delegate, by=staff(officer), now=IN_TIME)
    InvitationLetter.objects.update(
        key=save_private("letters", b"%PDF the letter"),
        sha256="0" * 64,
        rendered_at=IN_TIME,
        content={"subject": "Invitation"},
    )
    accounts.signed_in(officer).get(f"/admin/registration/delegate/{delegate.pk}/passport/")
    LogEntry.objects.create(
        user=officer,
        content_type=ContentType.objects.get_for_model(Delegate),
        object_id=str(delegate.pk),
        object_repr="María José",
        action_flag=CHANGE,
    )
    files = unpacked(client.get(page(delegate, "own_data")))
    assert sorted(files.values(), key=len)[:0] == []
    assert files["files/02-invitationletter.pdf"] == b"%PDF the letter"
    assert files["files/01-passportcopy.pdf"] == b"%PDF the copy"
    text = files["data.json"].decode()
    tables = json.loads(text)["tables"]
    assert set(tables) >= {
        "registration.Delegate",
        "registration.Passport",
        "registration.PassportCopy",
        "registration.StatusChange",
        "registration.InvitationLetter",
        "portal.AccessRecord",
        "admin.LogEntry",
    }
    assert tables["registration.Delegate"][0]["surnames"] == "Núñez Peña"
    assert tables["registration.Passport"][0]["number"] == "P1234567"
    assert [change["by"] for change in tables["registration.StatusChange"]] == ["staff"]
    assert "officer-name" not in text and "Somebody" not in text
    assert delegate.code in files["readme.txt"].decode()


def test_no_live_link_and_no_key_is_in_it(client, delegate):
    services.send_link(workshop=delegate.workshop, email=delegate.email)
    text = unpacked(client.get(page(delegate, "own_data")))["data.json"].decode()
    assert "portal.OutgoingMail" in text
    assert my_token(delegate) not in text and PassportCopy.objects.get().key not in text


def test_it_is_a_recorded_download(client, delegate):
    answer = client.get(page(delegate, "own_data"))
    assert answer["Content-Disposition"] == f'attachment; filename="data-{delegate.code}.zip"'
    assert "no-store" in answer["Cache-Control"] and "sandbox" in answer["Content-Security-Policy"]
    record = AccessRecord.objects.get()
    assert (record.actor, record.action, record.subject, record.about, record.address) == (
        "personal link", "export", f"everything held about {delegate.code}", delegate.public_id, "127.0.0.1",
    )  # fmt: skip


def test_the_download_is_recorded_even_when_it_fails(client, delegate, monkeypatch):
    def failing(*arguments, **named):
        raise OSError("no storage")

    monkeypatch.setattr("registration.views.own_data.own_data_zip", failing)
    client.raise_request_exception = False
    assert client.get(page(delegate, "own_data")).status_code == 500
    assert AccessRecord.objects.count() == 1


def test_a_file_that_is_gone_does_not_keep_the_rest_away(client, delegate):
    PassportCopy.objects.update(key="passports/00000000-0000-4000-8000-000000000000")
    files = unpacked(client.get(page(delegate, "own_data")))
    assert files["missing.txt"] == b"files/01-passportcopy.pdf\n" and "data.json" in files


def test_the_page_of_withdrawal_says_what_goes_and_what_stays(client, delegate):
    for language, words in (("en", "What stays, and why"), ("es", "Qué se conserva")):
        shown = client.get(page(delegate, "withdraw").replace("/en/", f"/{language}/")).content.decode()
        assert words in shown
    delegate.refresh_from_db()
    assert delegate.purged_at is None


def test_without_the_tick_nothing_happens(client, delegate):
    assert client.post(page(delegate, "withdraw")).status_code == 400
    assert Passport.objects.exists()


def test_withdrawing_cancels_and_destroys_at_once(client, delegate, django_capture_on_commit_callbacks):
    address, own = page(delegate, "withdraw"), page(delegate, "my")
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address, {"sure": "on"}, follow=True)
    assert "You have withdrawn" in answer.content.decode()
    delegate.refresh_from_db()
    assert (delegate.status, delegate.seat_number, delegate.purged_at) == ("cancelled", None, IN_TIME)
    assert (delegate.surnames, delegate.given_names, delegate.phone) == ("", "", "")
    assert not Passport.objects.exists() and list(private_storage().keys("")) == []
    assert client.get(own).status_code == 410 and client.post(address, {"sure": "on"}).status_code == 410


def test_one_last_mail_says_so_and_goes_with_the_next_purge(client, delegate):
    client.post(page(delegate, "withdraw"), {"sure": "on"})
    mails = OutgoingMail.objects.order_by("pk")
    assert [(mail.kind, mail.to) for mail in mails] == [
        ("cancelled", "erased@invalid.invalid"),
        ("withdrawn", "maria@example.org"),
    ]
    assert "Núñez" not in mails[1].text
    purge(now=IN_TIME)
    assert OutgoingMail.objects.get(kind="withdrawn").to == "maria@example.org", "it has not left yet"
    OutgoingMail.objects.filter(kind="withdrawn").update(state="sent", sent_at=IN_TIME, next_try_at=None)
    purge(now=IN_TIME)
    assert OutgoingMail.objects.get(kind="withdrawn").to == "erased@invalid.invalid"


def test_the_address_may_register_anew(client, delegate):
    client.post(page(delegate, "withdraw"), {"sure": "on"})
    again = DelegateFactory(delegation=delegate.delegation, email="maria@example.org")
    assert again.pk != delegate.pk


def test_after_the_workshop_the_attendance_stays_and_the_person_goes(client, delegate, in_time):
    Delegate.objects.update(status="confirmed")
    in_time.shift(60 * 24 * 3600)
    client.post(page(delegate, "withdraw"), {"sure": "on"})
    delegate.refresh_from_db()
    assert (delegate.status, delegate.surnames) == ("confirmed", "")
    assert [mail.kind for mail in OutgoingMail.objects.all()] == ["withdrawn"]


def test_a_cancelled_registration_can_still_be_destroyed(client, delegate):
    services.cancel(delegate=delegate, by=staff(None), reason="Asked by phone", now=IN_TIME)
    client.post(page(delegate, "withdraw"), {"sure": "on"})
    delegate.refresh_from_db()
    assert delegate.purged_at is not None
    assert [change.reason for change in delegate.status_changes.all()] == [""]


def test_packing_is_limited(client, delegate, settings):
    settings.RATE_LIMITS = True
    answers = [client.get(page(delegate, "own_data")).status_code for _try in range(21)]
    assert answers == [200] * 20 + [429]
