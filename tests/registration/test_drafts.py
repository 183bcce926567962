"""A form that is not finished: saved under a mailed link, shown in the other language, its file taken in ahead."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from rcm_portal.files.storage import private_storage, read_private
from rcm_portal.models import OutgoingMail
from rcm_portal.security.ratelimits import allow
from rcm_portal.uploads import check_upload
from registration import services
from registration.models import (
    Delegate,
    Delegation,
    Nomination,
    PassportCopy,
    PendingUpload,
    RegistrationDraft,
)
from registration.services.retention import purge
from registration.services.stored_files import keep_file
from tests.factories import DEADLINE, IN_TIME, DelegateFactory, NominationFactory, WorkshopFactory
from tests.registration.forms import REGISTER, filled_in, passport_file
from tests.registration.pages import delegation_page, draft_page, nomination_page, page
from tests.strict import LintingClient

SAVED = "/en/imrf-2022/register/saved/"
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


def half_filled_in(**changes) -> dict:
    """Less than half of a form, some of it wrong."""
    return filled_in(
        **{
            "purpose": "later",
            "institution": None,
            "position": "",
            "date_of_birth": "31/02/19",
            "passport_expiry": "1999-01-01",
            "consent": None,
            **changes,
        }
    )


def saved(client, path=REGISTER, **changes) -> RegistrationDraft:
    answer = client.post(path, half_filled_in(**changes))
    assert (answer.status_code, answer["Location"]) == (302, SAVED)
    return RegistrationDraft.objects.order_by("pk").last()


def keys() -> list[str]:
    return list(private_storage().keys("passports"))


class TestSavedForLater:
    def test_the_link_that_is_mailed_opens_what_was_typed_and_the_file(self, client, belize):
        draft = saved(client)
        mail = OutgoingMail.objects.get()
        assert (mail.kind, mail.to, mail.language) == ("draft", "maria@example.org", "en")
        assert "maria@example.org" in client.get(SAVED).content.decode()
        opened = LintingClient().get(draft_page(draft))
        form = opened.context["form"]
        assert opened.status_code == 200 and not form.errors
        assert (form["surnames"].value(), form["passport_number"].value()) == ("Núñez Peña", "P1234567")
        assert form["date_of_birth"].value() == "31/02/19"
        assert not form["consent"].value() and opened.context["kept_upload"].size > 0
        assert "This is the form that you saved" in opened.content.decode()

    def test_nothing_of_it_lies_in_the_clear(self, client, belize):
        draft = saved(client)
        with connection.cursor() as cursor:
            cursor.execute("SELECT data FROM registration_registrationdraft")
            stored = cursor.fetchone()[0]
        assert "P1234567" in draft.data and "P1234567" not in stored
        assert "Núñez" not in stored

    def test_the_mail_says_nothing_of_what_was_typed(self, client, belize):
        saved(client)
        mail = OutgoingMail.objects.get()
        for text in (mail.subject, mail.text, mail.html):
            assert "P1234567" not in text and "Núñez" not in text

    def test_sending_it_registers_confirms_the_address_and_leaves_no_draft(self, client, belize):
        draft = saved(client)
        key = PendingUpload.objects.get().key
        answer = client.post(draft_page(draft), filled_in(passport=None))
        delegate = Delegate.objects.get()
        assert answer.status_code == 302 and "/my/" in answer["Location"]
        assert (delegate.status, delegate.email_confirmed_at) == ("submitted", IN_TIME)
        assert PassportCopy.objects.get().key == key and keys() == [key]
        assert not RegistrationDraft.objects.exists() and not PendingUpload.objects.exists()
        erased = OutgoingMail.objects.get(kind="draft")
        assert (erased.text, erased.personal_token, erased.to) == ("", "", "erased@invalid.invalid")

    def test_another_address_than_the_mailed_one_must_be_confirmed(self, client, belize):
        draft = saved(client)
        client.post(draft_page(draft), filled_in(email="other@example.org"))
        assert Delegate.objects.get().email_confirmed_at is None

    def test_sending_it_twice_gets_the_same_registration(self, client, belize):
        draft = saved(client)
        first, second = (client.post(draft_page(draft), filled_in()) for _time in range(2))
        assert (first.status_code, second["Location"]) == (302, "/en/imrf-2022/register/done/")
        assert Delegate.objects.count() == 1

    def test_saving_again_is_one_row_whose_week_begins_anew_with_its_file(self, client, belize, in_time):
        draft = saved(client)
        in_time.shift(timedelta(days=6))
        again = saved(client, draft_page(draft), passport=None, surnames="Otra")
        assert (again.pk, again.public_id) == (draft.pk, draft.public_id)
        in_time.shift(timedelta(days=6))
        purge(now=IN_TIME + timedelta(days=12))
        opened = client.get(draft_page(again))
        assert opened.context["form"]["surnames"].value() == "Otra" and opened.context["kept_upload"]

    def test_another_address_gets_another_link_and_the_first_one_ends(self, client, belize):
        key = str(uuid4())
        draft = saved(client, form_key=key)
        old = draft_page(draft)
        again = saved(client, form_key=key, email="right@example.org")
        assert again.pk == draft.pk
        assert (client.get(old).status_code, client.get(draft_page(again)).status_code) == (410, 200)

    def test_without_an_address_it_says_why_one_is_needed_and_keeps_the_rest(self, client, belize):
        answer = client.post(REGISTER, half_filled_in(email=""))
        assert answer.status_code == 400
        assert list(answer.context["form"].errors) == ["email"]
        assert "the link to go on is sent there" in answer.content.decode()
        assert answer.context["form"]["surnames"].value() == "Núñez Peña" and answer.context["kept_upload"]
        assert not RegistrationDraft.objects.exists()

    @pytest.mark.parametrize("email", ["nobody", "a@example.org\r\nBcc: b@example.org"])
    def test_a_wrong_address_or_file_is_told_and_nothing_is_mailed(self, client, belize, email):
        answer = client.post(REGISTER, half_filled_in(email=email, passport=passport_file("passport.docx")))
        assert sorted(answer.context["form"].errors) == ["email", "passport"]
        assert not RegistrationDraft.objects.exists() and not OutgoingMail.objects.exists()

    def test_after_the_deadline_nothing_is_saved(self, client, belize):
        with time_machine.travel(DEADLINE, tick=False):
            answer = client.post(REGISTER, half_filled_in())
            assert answer.status_code == 400 and "Registration has closed." in answer.content.decode()
        assert not RegistrationDraft.objects.exists()

    def test_it_vanishes_after_seven_days_row_file_and_mail(
        self, client, belize, django_capture_on_commit_callbacks
    ):
        draft = saved(client)
        path = draft_page(draft)
        with time_machine.travel(IN_TIME + WEEK - timedelta(seconds=1), tick=False):
            assert client.get(path).status_code == 200
        with time_machine.travel(IN_TIME + WEEK, tick=False):  # even before the daily purge
            over = client.get(path)
            assert over.status_code == 410 and "no longer kept" in over.content.decode()
            assert client.post(path, filled_in()).status_code == 410
        with django_capture_on_commit_callbacks(execute=True):
            purge(now=IN_TIME + WEEK)
        assert not RegistrationDraft.objects.exists() and keys() == []
        assert OutgoingMail.objects.get().text == "" and not Delegate.objects.exists()

    def test_its_writer_can_destroy_it_at_once(self, client, belize, django_capture_on_commit_callbacks):
        draft = saved(client)
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(draft_page(draft), {"purpose": "discard"})
        assert answer.status_code == 302
        assert not RegistrationDraft.objects.exists() and keys() == []
        assert client.get(draft_page(draft)).status_code == 410

    def test_it_does_not_tell_whether_the_address_is_registered(self, client, belize):
        DelegateFactory(delegation=belize, email="known@example.org")
        known, novel = (
            LintingClient().post(REGISTER, half_filled_in(email=email))
            for email in ("known@example.org", "novel@example.org")
        )
        assert (known.status_code, known["Location"]) == (novel.status_code, novel["Location"])

    def test_one_mailbox_gets_few_links_but_every_form_is_saved(self, client, belize, settings):
        settings.RATE_LIMITS = True
        for _time in range(7):
            saved(client, form_key=str(uuid4()), passport=None)
        assert RegistrationDraft.objects.count() == 7 and OutgoingMail.objects.count() == 5

    def test_saving_is_limited_per_address(self, client, belize, settings):
        settings.RATE_LIMITS = True
        assert all(allow("keep", "127.0.0.1") for _time in range(239))
        statuses = [client.post(REGISTER, half_filled_in(passport=None)).status_code for _time in range(2)]
        assert statuses == [302, 429]


class TestBehindOtherLinks:
    def test_a_nominated_persons_form_goes_on_as_theirs(self, client, belize):
        nomination = NominationFactory(delegation=belize, email="rosa@example.org")
        draft = saved(client, nomination_page(nomination), email=None)
        assert (draft.email, draft.nomination) == ("rosa@example.org", nomination)
        client.post(draft_page(draft), filled_in(email="thief@example.org"))
        assert Delegate.objects.get().email == "rosa@example.org"
        assert Nomination.objects.get().used_at == IN_TIME

    def test_it_ends_with_the_nomination(self, client, belize):
        nomination = NominationFactory(delegation=belize)
        draft = saved(client, nomination_page(nomination))
        services.withdraw_nomination(nomination=nomination, now=IN_TIME)
        assert client.get(draft_page(draft)).status_code == 410
        assert client.post(draft_page(draft), filled_in()).status_code == 410
        assert not Delegate.objects.exists()

    def test_a_delegations_own_link_is_remembered_and_its_revocation_too(self, client, belize):
        Delegation.objects.filter(pk=belize.pk).update(link_required=True)
        belize.refresh_from_db()
        draft = saved(client, delegation_page(belize, "delegation_register"))
        assert client.get(draft_page(draft)).status_code == 200
        Delegation.objects.filter(pk=belize.pk).update(link_version=belize.link_version + 1)
        assert client.get(draft_page(draft)).status_code == 410
        Delegation.objects.filter(pk=belize.pk).update(link_version=belize.link_version)
        assert client.post(draft_page(draft), filled_in()).status_code == 302
        assert Delegate.objects.get().source == "focal_point"

    def test_a_form_saved_at_the_open_door_does_not_pass_a_link_that_is_required(self, client, belize):
        draft = saved(client)
        Delegation.objects.filter(pk=belize.pk).update(link_required=True)
        answer = client.post(draft_page(draft), filled_in())
        assert answer.status_code == 400 and not Delegate.objects.exists()


class TestLanguageSwitch:
    def test_the_other_language_shows_all_that_was_typed_and_no_complaint(self, client, belize):
        opened = client.post(
            REGISTER.replace("/en/", "/es/"),
            half_filled_in(purpose="language", consent="on", visas_held=[], waiting_list="on"),
        )
        form = opened.context["form"]
        assert opened.status_code == 200 and not form.errors and "Apellidos" in opened.content.decode()
        for name, value in {
            "surnames": "Núñez Peña",
            "passport_number": "P1234567",
            "date_of_birth": "31/02/19",
            "delegation": "BLZ",
            "level": "technical",
            "consent": True,
            "waiting_list": True,
        }.items():
            assert form[name].value() == value
        assert opened.context["kept_upload"].size > 0
        assert not RegistrationDraft.objects.exists() and not OutgoingMail.objects.exists()

    def test_a_file_that_cannot_be_taken_is_told_in_the_new_language(self, client, belize):
        opened = client.post(
            REGISTER.replace("/en/", "/es/"),
            half_filled_in(purpose="language", passport=passport_file("passport.docx")),
        )
        assert list(opened.context["form"].errors) == ["passport"]

    def test_changing_ones_details_keeps_them_too(self, client, belize):
        delegate = DelegateFactory(delegation=belize)
        sent = {"purpose": "language", "surnames": "Cambiada", "position": ""}
        shown = client.post(page(delegate, "edit").replace("/en/", "/es/"), sent)
        assert shown.status_code == 200 and not shown.context["form"].errors
        assert shown.context["form"]["surnames"].value() == "Cambiada"
        delegate.refresh_from_db()
        assert delegate.surnames != "Cambiada"


class TestFileAhead:
    def send(self, client, upload, key=None):
        data = {"purpose": "file", "form_key": key or str(uuid4()), "passport": upload}
        return client.post(REGISTER, data, headers={"X-Requested-With": "fetch"})

    def test_it_is_checked_and_kept_for_the_form(self, client, belize):
        key = str(uuid4())
        answer = self.send(client, passport_file(), key)
        assert answer.status_code == 200 and "is kept" in json.loads(answer.content)["kept"]
        assert client.post(REGISTER, filled_in(form_key=key, passport=None)).status_code == 302
        assert read_private(Delegate.objects.get().passport_copy.key).startswith(b"%PDF-")

    @pytest.mark.parametrize(
        "upload",
        [
            passport_file("passport.jpg"),
            SimpleUploadedFile("passport.pdf", b"", "application/pdf"),
            passport_file("passport.pdf", b"%PDF-1.4 nothing"),
        ],
        ids=["type", "empty", "broken"],
    )
    def test_what_the_form_would_refuse_is_refused_at_once(self, client, belize, upload):
        upload.seek(0)
        answer = self.send(client, upload)
        assert answer.status_code == 400 and json.loads(answer.content)["error"]
        assert not PendingUpload.objects.exists() and keys() == []

    def test_another_file_takes_the_place_of_the_first(
        self, client, belize, django_capture_on_commit_callbacks
    ):
        key = str(uuid4())
        with django_capture_on_commit_callbacks(execute=True):
            self.send(client, passport_file(), key)
            self.send(client, passport_file(), key)
        assert PendingUpload.objects.count() == 1 and len(keys()) == 1

    def test_one_form_sends_so_many_files_and_no_more(self, client, belize, settings):
        settings.RATE_LIMITS = True
        settings.PASSPORT_READER = False  # a program for each file, and what it reads is not counted
        key = str(uuid4())
        statuses = [self.send(client, passport_file(), key).status_code for _time in range(21)]
        assert statuses == [200] * 20 + [429]

    def test_a_form_without_its_key_keeps_nothing(self, client, belize):
        assert self.send(client, passport_file(), "no key").status_code == 429
        assert not PendingUpload.objects.exists()


def test_a_file_that_waits_in_another_workshop_under_the_same_key_is_not_replaced(
    belize, django_capture_on_commit_callbacks
):
    key, other = uuid4(), WorkshopFactory(slug="another")
    for workshop in (other, belize.workshop, belize.workshop):
        with django_capture_on_commit_callbacks(execute=True):
            keep_file(check_upload(passport_file()), workshop=workshop, form_key=key)
    kept = {upload.workshop: upload.key for upload in PendingUpload.objects.all()}
    assert kept.keys() == {other, belize.workshop}
    assert set(keys()) == set(kept.values())


def test_a_form_takes_no_file_that_waits_in_another_workshop_under_the_same_key(client, belize):
    key, other = uuid4(), WorkshopFactory(slug="another")
    keep_file(check_upload(passport_file()), workshop=other, form_key=key)
    answer = client.post(REGISTER, filled_in(form_key=str(key), passport=None))
    assert answer.status_code == 400 and "passport" in answer.context["form"].errors
    assert PendingUpload.objects.get().workshop == other


def test_a_form_that_is_kept_for_an_hour_shortens_no_others_time(client, belize):
    other = keep_file(check_upload(passport_file()), workshop=belize.workshop, form_key=uuid4())
    DelegateFactory(delegation=belize, email="maria@example.org")
    client.post(REGISTER, filled_in())
    kept = {upload.pk: upload.created_at for upload in PendingUpload.objects.all()}
    assert len(kept) == 2 and kept[other.pk] == other.created_at
    assert min(kept.values()) < other.created_at


def test_a_script_is_told_where_to_go_and_a_browser_is_led_there(client, belize):
    told = client.post(REGISTER, filled_in(), headers={"X-Requested-With": "fetch"})
    assert (told.status_code, told["X-Go-To"], "Location" in told) == (
        204,
        "/en/imrf-2022/register/done/",
        False,
    )
    assert "maria@example.org" in client.get(told["X-Go-To"]).content.decode()


def test_the_key_with_which_the_browser_keeps_the_form_hangs_on_a_cookie_that_no_script_reads(client, belize):
    first, second, stranger = client.get(REGISTER), client.get(REGISTER), LintingClient().get(REGISTER)
    cookie = first.cookies["form_keep"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and int(cookie["max-age"]) == 4 * 3600
    keys = [
        re.findall(r'data-keep-key="([^"]+)"', page.content.decode()) for page in (first, second, stranger)
    ]
    assert keys[0] and keys[0] == keys[1] != keys[2]
    assert cookie.value not in first.content.decode()
