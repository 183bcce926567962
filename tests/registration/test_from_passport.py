"""The picture of the passport fills the form: what nobody filled in, never what somebody typed, and nothing uncertain."""

import io
import zipfile
from datetime import date
from uuid import uuid4

import pytest

from rcm_portal import zone_reader
from rcm_portal.files.storage import save_private
from rcm_portal.models import OutgoingMail
from registration import tasks
from registration.models import Passport, PassportCopy, PendingUpload, RegistrationDraft
from registration.rules.typed.zone_reading import ReadZone, read_back
from registration.services import stored_files
from registration.services.erasing import destroy_passport
from registration.tasks import read_passport
from tests.factories import DelegateFactory, PassportCopyFactory, PassportFactory
from tests.fictitious_passports import MISPRINTED, Picture, picture
from tests.registration.forms import REGISTER, filled_in, passport_file
from tests.registration.pages import draft_page
from tests.registration.test_passport_page import page

ONE, TWO = (picture("scan of 150 dpi", number) for number in (1, 2))
SHEET = picture("PDF of an A4 sheet", 1)
# What their zones say.
SOSSA = {
    "surnames": "Sossa Cojti",
    "given_names": "Igor",
    "passport_number": "WY221813",
    "nationality": "BOL",
    "sex": "M",
    "date_of_birth": ["26", "12", "1950"],
    "passport_expiry": ["13", "2", "2035"],
    "passport_type": "official",
}
GARCIA_NUMBER = "823578997"
READ = "We read your passport: please compare each answer with it."
UNREAD = "We could not read your passport: please type what it says."


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A machine that does ten other things may take its time."""
    monkeypatch.setattr(zone_reader, "SECONDS", 30)


def file_of(one: Picture):
    ending = {"image/jpeg": "jpg", "application/pdf": "pdf"}[one.media_type]
    return passport_file(f"passport.{ending}", one.content, one.media_type)


def ahead(client, one, address=REGISTER, **typed):
    """The file alone, as static/js/files.js sends it."""
    file = file_of(one) if isinstance(one, Picture) else one
    answer = client.post(address, {"purpose": "file", "passport": file, "form_key": str(uuid4()), **typed})
    assert answer.status_code == 200, answer.content
    return answer.json()


def values(form) -> dict:
    return {name: form[name].value() for name in SOSSA}


def boxes(said: dict) -> dict:
    """The same as a browser sends it."""
    sent = {}
    for name, value in said.items():
        if isinstance(value, list):
            sent |= {
                f"{name}_{part}": text for part, text in zip(("day", "month", "year"), value, strict=True)
            }
        else:
            sent[name] = value
    return sent


class TestAhead:
    @pytest.mark.parametrize("kind", ["scan of 150 dpi", "PDF of an A4 sheet"])
    def test_the_answer_brings_the_fields_and_the_strip(self, client, belize, kind):
        said = ahead(client, picture(kind, 1))
        assert said["words"] == READ and "is kept" in said["kept"]
        assert said["strip"].startswith("data:image/jpeg;base64,/9j/")
        assert set(said["notes"]) == {"surnames", "given_names"}
        assert all("compare" in note for note in said["notes"].values())
        if kind == "scan of 150 dpi":
            assert said["texts"] == boxes(SOSSA)
        assert PendingUpload.objects.get().zone_read

    def test_what_was_typed_stays_and_the_picture_s_answer_is_said_beside_it(self, client, belize):
        said = ahead(
            client, ONE, surnames="López", sex="F", passport_number="wy 221813", date_of_birth="1950-12-25",
            nationality="BLZ", passport_expiry_day="13",
        )  # fmt: skip
        assert not {"surnames", "sex", "passport_number", "nationality"} & set(said["texts"])
        assert not [name for name in said["texts"] if name.startswith(("date_of_birth", "passport_expiry"))]
        notes = {name: note for name, note in said["notes"].items() if name != "given_names"}
        assert notes == {
            "surnames": "The picture of the passport says: Sossa Cojti.",
            "sex": "The picture of the passport says: M (male).",
            "date_of_birth": "The picture of the passport says: 26 December 1950.",
            "passport_expiry": "The picture of the passport says: 13 February 2035.",
            "nationality": "The picture of the passport says: BOL · Bolivia (Plurinational State of).",
        }
        assert said["texts"]["issuing_country"] == "BOL"

    def test_accents_are_no_difference(self, client, belize):
        said = ahead(client, ONE, surnames="Sossa Cojtí")
        assert "surnames" not in said["texts"] and "surnames" not in said["notes"]

    def test_another_picture_replaces_what_came_from_the_one_before_but_not_what_was_typed(
        self, client, belize
    ):
        key = str(uuid4())
        first = ahead(client, ONE, form_key=key)["texts"]
        said = ahead(client, TWO, form_key=key, **{**first, "given_names": "Ígor"})
        assert said["texts"]["surnames"] == "Garcia Obregon Garcia"
        assert said["texts"]["passport_number"] == GARCIA_NUMBER
        assert "given_names" not in said["texts"]
        assert said["notes"]["given_names"] == "The picture of the passport says: Omar Douglas."
        assert PendingUpload.objects.count() == 1

    def test_one_that_cannot_be_read_says_so_and_takes_back_what_the_one_before_filled_in(
        self, client, belize
    ):
        key = str(uuid4())
        first = ahead(client, ONE, form_key=key)["texts"]
        said = ahead(client, passport_file(), form_key=key, **{**first, "surnames": "Sossa Cojtí"})
        assert (said["words"], said["strip"], said["notes"]) == (UNREAD, "", {})
        assert set(said["texts"]) == set(first) - {"surnames"}
        assert said["texts"]["passport_type"] == "ordinary"
        assert not any(text for name, text in said["texts"].items() if name != "passport_type")

    def test_of_a_misprinted_passport_the_wrong_field_is_left_to_the_person(self, client, belize):
        said = ahead(client, picture(MISPRINTED, 0))
        assert "passport_number" not in said["texts"] and "date_of_birth_day" in said["texts"]
        assert said["notes"]["passport_number"] == "We could not read this for certain: please type it."

    def test_switched_off_nothing_is_offered_nor_said(self, client, belize, settings, monkeypatch):
        ahead(client, ONE, form_key=(key := str(uuid4())))
        settings.PASSPORT_READER = False
        monkeypatch.setattr(zone_reader, "answered", lambda *_, **__: pytest.fail("it was read"))
        assert set(ahead(client, TWO, form_key=key)) == {"kept"}
        shown = client.get(REGISTER).content.decode()
        assert "<noscript>" not in shown
        answer = client.post(REGISTER, {"purpose": "fill", "form_key": key})
        assert not answer.context["form"]["surnames"].value() and UNREAD not in answer.content.decode()

    def test_nothing_of_it_is_in_the_log_nor_in_a_file_in_clear(
        self, client, belize, caplog, settings, tmp_path
    ):
        settings.PRIVATE_ROOT = tmp_path
        with caplog.at_level("DEBUG"):
            ahead(client, ONE)
        assert "SOSSA" not in caplog.text.upper() and "WY221813" not in caplog.text
        assert all(b"WY221813" not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())

    def test_no_file_is_read_again_when_the_form_is_sent(self, client, belize, monkeypatch):
        key = str(uuid4())
        ahead(client, ONE, form_key=key)
        monkeypatch.setattr(stored_files, "read_zone", lambda *_, **__: pytest.fail("it was read again"))
        assert client.post(REGISTER, filled_in(form_key=key, passport=None)).status_code == 302
        assert PassportCopy.objects.get().zone_read

    def test_uploads_are_counted(self, client, belize, settings):
        settings.RATE_LIMITS = True
        settings.PASSPORT_READER = False  # a program for each file, and what it reads is not counted
        sent = {"purpose": "file", "form_key": str(uuid4())}
        statuses = {
            client.post(REGISTER, {**sent, "passport": passport_file()}).status_code for _ in range(22)
        }
        assert statuses == {200, 429}


class TestWithoutScript:
    def test_the_button_fills_what_is_empty_and_shows_the_strip(self, client, belize):
        key = str(uuid4())
        answer = client.post(
            REGISTER, {"purpose": "fill", "form_key": key, "passport": file_of(ONE), "given_names": "Ígor"}
        )
        form, shown = answer.context["form"], answer.content.decode()
        assert answer.status_code == 200 and not form.errors
        assert values(form) == SOSSA | {"given_names": "Ígor"}
        assert "compare" in form["surnames"].warning and not form["given_names"].warning
        assert READ in shown and '<img src="data:image/jpeg;base64,' in shown and "is kept" in shown
        assert client.post(REGISTER, filled_in(form_key=key, passport=None)).status_code == 302
        assert PassportCopy.objects.count() == 1

    def test_another_picture_replaces_what_was_not_touched(self, client, belize):
        key = str(uuid4())
        client.post(REGISTER, {"purpose": "fill", "form_key": key, "passport": file_of(ONE)})
        sent = {"purpose": "fill", "form_key": key, "passport": file_of(TWO), **boxes(SOSSA), "sex": "F"}
        form = client.post(REGISTER, sent).context["form"]
        assert (form["passport_number"].value(), form["sex"].value()) == (GARCIA_NUMBER, "F")

    @pytest.mark.parametrize(
        ("sent", "words"),
        [({}, "Choose the picture of your passport first"), ({"passport": passport_file()}, UNREAD)],
        ids=["no file", "a PDF without a passport"],
    )
    def test_what_cannot_be_read_is_said_plainly_and_not_as_an_error(self, client, belize, sent, words):
        answer = client.post(REGISTER, {"purpose": "fill", "surnames": "Núñez", **sent})
        assert answer.status_code == 200 and not answer.context["form"].errors
        assert words in answer.content.decode() and answer.context["form"]["surnames"].value() == "Núñez"

    def test_a_file_that_is_refused_is_told_beside_it(self, client, belize):
        answer = client.post(
            REGISTER, {"purpose": "fill", "passport": passport_file(content=b"MZ no passport")}
        )
        assert list(answer.context["form"].errors) == ["passport"]
        assert not PendingUpload.objects.exists()

    def test_the_names_stay_marked_in_the_other_language_until_they_are_changed(self, client, belize):
        key = str(uuid4())
        first = ahead(client, ONE, form_key=key)["texts"]
        sent = {"purpose": "language", "form_key": key, **first, "given_names": "Ígor"}
        form = client.post(REGISTER, sent).context["form"]
        assert "compare" in form["surnames"].warning and not form["given_names"].warning

    def test_a_saved_form_offers_again_when_it_is_opened(self, client, belize):
        key = str(uuid4())
        ahead(client, ONE, form_key=key)
        sent = {"purpose": "later", "form_key": key, "email": "igor@example.org", "given_names": "Ígor"}
        assert client.post(REGISTER, sent).status_code == 302
        answer = client.get(draft_page(RegistrationDraft.objects.get()))
        assert values(answer.context["form"]) == SOSSA | {"given_names": "Ígor"}
        assert READ in answer.content.decode()
        assert all("WY221813" not in str(mail.__dict__) for mail in OutgoingMail.objects.all())


class TestOwnPages:
    @pytest.fixture
    def delegate(self, belize):
        delegate = DelegateFactory(
            delegation=belize, surnames="Núñez", given_names="Ana", nationality="BLZ", sex="F", passport=None
        )
        PassportFactory(
            delegate=delegate, number="P1234567", issuing_country="BLZ", expires_on=date(2027, 5, 1)
        )
        PassportCopyFactory(delegate=delegate)
        return delegate

    HELD = {
        "passport_number": "", "passport_expiry": "2027-05-01", "passport_type": "ordinary", "issuing_country": "BLZ",
    }  # fmt: skip

    def test_a_new_copy_offers_its_particulars_and_says_what_was_held(self, client, delegate):
        said = ahead(client, ONE, page(delegate), **self.HELD)
        assert said["texts"] == boxes(
            {name: SOSSA[name] for name in ("passport_number", "passport_expiry", "passport_type")}
            | {"issuing_country": "BOL"}
        )
        assert said["notes"] == {
            "passport_number": "Taken from the new copy; until now we held •••••567.",
            "passport_expiry": "Taken from the new copy; until now we held 1 May 2027.",
            "passport_type": "Taken from the new copy; until now we held ordinary.",
            "issuing_country": "Taken from the new copy; until now we held BLZ · Belize.",
        }
        assert len(said["others"]) == 5
        assert "Surnames: the picture of the passport says Sossa Cojti, and we hold Núñez." in said["others"]

    def test_what_was_typed_there_stays(self, client, delegate):
        said = ahead(client, ONE, page(delegate), **{**self.HELD, "passport_expiry": "2031-01-01"})
        assert "passport_expiry_day" not in said["texts"]
        assert said["notes"]["passport_expiry"] == "The picture of the passport says: 13 February 2035."

    def test_the_same_passport_says_nothing(self, client, delegate):
        Passport.objects.update(
            number="WY221813", issuing_country="BOL", expires_on=date(2035, 2, 13), kind="official"
        )
        held = {"passport_expiry": "2035-02-13", "passport_type": "official", "issuing_country": "BOL"}
        said = ahead(client, ONE, page(delegate), passport_number="", **held)
        assert (said["texts"], said["notes"]) == ({}, {})

    @pytest.mark.parametrize("name", ["passport", "edit"])
    def test_the_button_does_the_same_without_a_script_and_saves_nothing(self, client, delegate, name):
        sent = {"purpose": "fill", "passport": file_of(ONE), "surnames": "Núñez", "sex": "F", **self.HELD}
        answer = client.post(page(delegate, name), sent)
        form = answer.context["form"]
        assert answer.status_code == 200 and not form.errors
        assert form["passport_number"].value() == "WY221813"
        assert READ in answer.content.decode()
        assert Passport.objects.get().number == "P1234567"
        if name == "edit":
            assert (form["surnames"].value(), form["sex"].value()) == ("Núñez", "F")
            assert form["surnames"].warning == "The picture of the passport says: Sossa Cojti."

    def test_the_copy_that_went_ahead_is_saved_with_the_rest(self, client, delegate):
        filled = ahead(client, SHEET, page(delegate), **self.HELD)["texts"]
        assert client.post(page(delegate), {**self.HELD, **filled}).status_code == 302
        passport, copy = Passport.objects.get(), PassportCopy.objects.get()
        assert (passport.number, passport.expires_on) == ("LN591594", date(2031, 7, 22)) and copy.zone_read

    def test_what_was_read_is_in_the_own_data_and_goes_with_the_copy(self, client, delegate):
        read = ReadZone(ONE.lines, frozenset({"number"}), names=True)
        PassportCopy.objects.update(zone_read=read.as_text)
        with zipfile.ZipFile(io.BytesIO(client.get(page(delegate, "own_data")).content)) as archive:
            assert ONE.lines[1] in archive.read("data.json").decode()
        destroy_passport(delegate=delegate)
        assert not PassportCopy.objects.exists()


class TestByAWorker:
    """A copy that came with its form, or before the portal could read, is read by a worker: for staff to compare with."""

    def test_a_copy_that_comes_with_its_form_is_read_after_it(self, client, belize, monkeypatch):
        with monkeypatch.context() as sending:
            sending.setattr(
                stored_files, "read_zone", lambda *_, **__: pytest.fail("the sender waited for it")
            )
            assert client.post(REGISTER, filled_in(passport=file_of(ONE))).status_code == 302
        copy = PassportCopy.objects.get()
        assert copy.zone_read is None and stored_files.unread_copies() == [copy.pk]
        read_passport(copy.pk)
        copy.refresh_from_db()
        assert read_back(copy.zone_read).lines == ONE.lines
        assert stored_files.unread_copies() == []

    def test_what_cannot_be_read_is_looked_into_once(self, client, belize):
        client.post(REGISTER, filled_in())
        read_passport(PassportCopy.objects.get().pk)
        assert PassportCopy.objects.get().zone_read == "" and stored_files.unread_copies() == []

    def test_what_took_too_long_while_somebody_waited_is_read_by_a_worker(self, client, belize, monkeypatch):
        with monkeypatch.context() as busy:
            busy.setattr(zone_reader, "SECONDS", 0.01)
            form_key = str(uuid4())
            assert ahead(client, ONE, form_key=form_key)["words"] == UNREAD
        assert client.post(REGISTER, filled_in(passport=None, form_key=form_key)).status_code == 302
        copy = PassportCopy.objects.get()
        assert stored_files.unread_copies() == [copy.pk]
        read_passport(copy.pk)
        copy.refresh_from_db()
        assert read_back(copy.zone_read).lines == ONE.lines

    def test_a_copy_that_takes_its_place_meanwhile_is_read_anew(self, belize, monkeypatch):
        copy = PassportCopyFactory(
            delegate=DelegateFactory(delegation=belize), key=save_private("passports", ONE.content)
        )

        def meanwhile(*_args, **_named):
            PassportCopy.objects.filter(pk=copy.pk).update(key="passports/another")
            return "of the first", b""

        monkeypatch.setattr(stored_files, "read_copy", meanwhile)
        read_passport(copy.pk)
        assert PassportCopy.objects.get().zone_read is None and stored_files.unread_copies() == [copy.pk]

    def test_a_copy_that_was_read_is_not_read_again(self, belize, monkeypatch):
        read, other = (PassportCopyFactory(delegate=DelegateFactory(delegation=belize)) for _ in range(2))
        PassportCopy.objects.filter(pk=read.pk).update(zone_read="as it was read")
        monkeypatch.setattr(stored_files, "read_private", lambda _key: pytest.fail("it was read already"))
        read_passport(read.pk)
        assert PassportCopy.objects.get(pk=read.pk).zone_read == "as it was read"
        assert stored_files.unread_copies() == [other.pk]

    def test_what_a_worker_cannot_read_in_its_time_either_is_not_tried_for_ever(self, belize, monkeypatch):
        monkeypatch.setattr(stored_files, "NOBODY_WAITS", 0.01)
        key = save_private("passports", ONE.content)
        copy = PassportCopyFactory(delegate=DelegateFactory(delegation=belize), key=key)
        read_passport(copy.pk)
        assert stored_files.unread_copies() == []

    def test_what_comes_while_the_portal_does_not_read_is_read_once_it_does(self, client, belize, settings):
        settings.PASSPORT_READER = False
        form_key = str(uuid4())
        ahead(client, ONE, form_key=form_key)
        client.post(REGISTER, filled_in(passport=None, form_key=form_key))
        settings.PASSPORT_READER = True
        assert stored_files.unread_copies() == [PassportCopy.objects.get().pk]

    def test_a_file_that_is_away_is_asked_for_again_and_stops_nobody(self, belize):
        away = PassportCopyFactory(delegate=DelegateFactory(delegation=belize))
        read_passport(away.pk)
        assert stored_files.unread_copies() == [away.pk]

    def test_files_that_are_away_keep_no_others_waiting(self, belize, monkeypatch):
        monkeypatch.setattr(stored_files, "UNREAD", 1)
        copies = {PassportCopyFactory(delegate=DelegateFactory(delegation=belize)).pk for _ in range(2)}
        assert {stored_files.unread_copies()[0] for _sweep in range(60)} == copies

    def test_switched_off_no_copy_is_looked_into(self, client, belize, settings, monkeypatch):
        settings.PASSPORT_READER = False
        client.post(REGISTER, filled_in(passport=file_of(ONE)))
        assert stored_files.unread_copies() == []
        read_passport(PassportCopy.objects.get().pk)
        assert PassportCopy.objects.get().zone_read is None

    def test_the_sweep_hands_out_what_no_worker_has_read(self, belize, monkeypatch):
        copies = [PassportCopyFactory(delegate=DelegateFactory(delegation=belize)) for _ in range(2)]
        handed = []
        monkeypatch.setattr(tasks, "hasten", lambda *task: handed.append(task))
        tasks.sweep_letters()
        assert sorted(handed) == [("registration.tasks.read_passport", copy.pk) for copy in copies]
