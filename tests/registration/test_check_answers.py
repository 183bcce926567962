"""The page between the form and its sending, and whoever registers somebody else."""

import io
from base64 import b64decode
from uuid import uuid4

import pytest
import time_machine
from PIL import Image

from rcm_portal.models import OutgoingMail
from registration.models import Delegate, Passport, PassportCopy, PendingUpload
from tests.factories import DelegateFactory, DelegationFactory, NominationFactory, PartyFactory
from tests.registration.forms import REGISTER, filled_in, passport_file
from tests.registration.test_register import errors_of

ZONE = "P<BLZNUNEZ<PENA<<MARIA<JOSE<<<<<<<<<<<<<<<<<\nP1234567<1BLZ8002284F2705011<<<<<<<<<<<<<<<8"


def check(client, address=REGISTER, **changes):
    return client.post(address, filled_in(purpose="check", **changes))


def sent_again(answer) -> dict:
    """The hidden fields of a page that checks, as a browser sends them with its main button."""
    assert "sent" in answer.context, errors_of(answer)
    return {**dict(answer.context["sent"]), "shown": "check"}


def photo_of_a_page() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((900, 600), 60).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def test_everything_is_shown_once_more_and_nothing_is_registered(client, belize):
    answer = check(client, phone="+501 222 3344", dietary="nuts", needs_consent="on")
    page = answer.content.decode()
    assert answer.status_code == 200 and "Check your answers" in page
    for text in ("Núñez Peña", "P1234567", "28 February 1980", "Director of Migration", "+501", "nuts"):
        assert text in page
    said = {group.anchor: [one.name for one in group.answers] for group in answer.context["groups"]}
    assert said["person"] == [
        "surnames", "given_names", "passport_number", "nationality", "date_of_birth", "sex", "passport_expiry",
    ]  # fmt: skip
    assert "Cache-Control" in answer.headers and "no-store" in answer["Cache-Control"]
    assert not Delegate.objects.exists() and not OutgoingMail.objects.exists()


def test_sending_from_there_registers_with_the_kept_copy(client, belize):
    answer = check(client, dietary="nuts", needs_consent="on", date_of_birth="28 February 1980")
    assert client.post(REGISTER, sent_again(answer)).status_code == 302
    delegate = Delegate.objects.get()
    assert (delegate.full_name, delegate.dietary) == ("María José Núñez Peña", "nuts")
    assert str(delegate.date_of_birth) == "1980-02-28" and delegate.consent_at
    assert PassportCopy.objects.count() == 1 and not PendingUpload.objects.exists()


def test_sent_twice_from_there_is_one_registration(client, belize):
    sent = sent_again(check(client))
    assert [client.post(REGISTER, sent).status_code for _time in range(2)] == [302, 302]
    assert Delegate.objects.count() == 1 and OutgoingMail.objects.count() == 1


def test_changing_something_shows_the_form_with_everything(client, belize):
    sent = sent_again(check(client, dietary="nuts", needs_consent="on"))
    answer = client.post(REGISTER, {**sent, "purpose": "change"})
    form = answer.context["form"]
    assert answer.status_code == 200 and "form-progress" in answer.content.decode()
    assert (form["surnames"].value(), form["consent"].value()) == ("Núñez Peña", True)
    assert answer.context["kept_upload"] is not None and not form.errors
    opened = [fold.title for part in form.sections for fold in part.folds if fold.is_open]
    assert len(opened) == 2  # where language and needs are: the page is in another language than the letters


@pytest.mark.parametrize("shown", ["check", None])
def test_the_language_switch_stays_on_the_page_that_it_was_pressed_on(client, belize, shown):
    sent = {**sent_again(check(client)), "purpose": "language"}
    if not shown:
        del sent["shown"]
    answer = client.post(REGISTER.replace("/en/", "/es/"), sent)
    assert answer.status_code == 200 and 'lang="es"' in answer.content.decode()
    assert ("sent" in answer.context) == bool(shown)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"position": ""}, "position"),
        ({"consent": None}, "consent"),
        ({"passport": None}, "passport"),
        ({"passport": passport_file("passport.docx", b"PK\x03\x04")}, "passport"),
        ({"registrar_email": "nobody"}, "registrar_email"),
        ({"registrar_email": "a@example.org\r\nBcc: b@example.org"}, "registrar_email"),
        ({"delegation": "XYZ"}, "delegation"),
    ],
)
def test_what_sending_would_refuse_is_refused_before(client, belize, changes, field):
    answer = check(client, **changes)
    assert answer.status_code == 400 and list(errors_of(answer)) == [field]
    assert "Ministry of Immigration" in answer.content.decode()


def test_a_full_delegation_is_told_before_with_the_waiting_list_offered(client, belize):
    DelegateFactory.create_batch(2, delegation=belize)
    key = str(uuid4())
    answer = check(client, form_key=key)
    assert errors_of(answer) == {"delegation": ["Both seats of Belize are taken."]}
    waiting = check(client, form_key=key, passport=None, waiting_list="on")
    assert waiting.status_code == 200 and "waiting list" in waiting.content.decode()


def test_seats_that_go_while_one_checks_are_told_in_the_form(client, belize):
    sent = sent_again(check(client))
    DelegateFactory.create_batch(2, delegation=belize)
    answer = client.post(REGISTER, sent)
    assert answer.status_code == 400 and list(errors_of(answer)) == ["delegation"]
    assert answer.context["kept_upload"] is not None


def test_a_delegation_with_its_own_link_is_refused_before(client, belize):
    belize.link_required = True
    belize.save()
    assert list(errors_of(check(client))) == ["delegation"]


def test_after_the_last_minute_the_form_says_so(client, belize):
    sent = sent_again(check(client))
    with time_machine.travel(belize.workshop.deadline):
        for purpose in ({}, {"purpose": "check"}):
            closed = client.post(REGISTER, {**sent, **purpose}).content.decode()
            assert "Registration is closed" in closed and "it was not accepted" in closed
            assert f"mailto:{belize.workshop.contact_email}" in closed
    assert not Delegate.objects.exists()


def test_a_registered_address_checks_like_any_other(client, belize):
    DelegateFactory(delegation=DelegationFactory(party=PartyFactory(code="X1")), email="known@example.org")
    pages = [
        check(client, email=email, passport=None, passport_later="on").content.decode().replace(email, "")
        for email in ("known@example.org", "fresh@example.org")
    ]
    lengths = {len(page) for page in pages}
    assert len(lengths) == 1 and "Check your answers" in pages[0]


def test_a_slip_in_the_address_is_asked_once_and_the_answer_is_kept(client, belize):
    key = str(uuid4())
    first = check(client, email="maria@gmial.com", form_key=key)
    assert list(errors_of(first)) == ["email"]
    second = check(
        client, email="maria@gmial.com", email_asked="maria@gmial.com", form_key=key, passport=None
    )
    assert client.post(REGISTER, sent_again(second)).status_code == 302


class TestPicture:
    def test_the_copy_is_shown_small_inside_the_page(self, client, belize):
        answer = check(client, passport=passport_file("p.jpg", photo_of_a_page(), "image/jpeg"))
        address = answer.context["picture"]
        start = "data:image/jpeg;base64,"
        assert address.startswith(start) and address in answer.content.decode()
        with Image.open(io.BytesIO(b64decode(address.removeprefix(start)))) as picture:
            assert picture.size == (560, 373)

    def test_of_a_pdf_its_first_page(self, client, belize):
        assert check(client).context["picture"].startswith("data:image/jpeg;base64,")

    def test_another_browser_with_the_same_key_sees_nothing(self, client, belize):
        key = str(uuid4())
        assert check(client, form_key=key).context["picture"]
        client.cookies.clear()
        answer = check(client, form_key=key, passport=None, passport_later="on")
        assert answer.context["kept_upload"] is None and answer.context["picture"] == ""

    def test_a_copy_that_cannot_be_read_stops_nothing(self, client, belize, settings):
        key = str(uuid4())
        check(client, form_key=key)
        kept = PendingUpload.objects.get()
        (settings.PRIVATE_ROOT / kept.key).unlink()
        answer = check(client, form_key=key, passport=None)
        assert answer.status_code == 200 and "it cannot be shown here" in answer.content.decode()


class TestDoors:
    def test_a_nominated_person_checks_too_and_registers_under_the_mailed_address(self, client, belize):
        nomination = NominationFactory(delegation=belize, email="named@example.org")
        address = nomination_address(nomination)
        answer = check(client, address, email="other@example.org", delegation="BLZ")
        assert answer.context["email"] == "named@example.org"
        assert client.post(address, sent_again(answer)).status_code == 302
        assert Delegate.objects.get().email == "named@example.org"

    def test_whoever_takes_a_seat_reads_whose_it_is(self, client, belize):
        leaving = DelegateFactory(delegation=belize, surnames="Leaving")
        DelegateFactory(delegation=belize)
        nomination = NominationFactory(delegation=belize, replaces=leaving)
        answer = check(client, nomination_address(nomination), delegation="BLZ")
        assert answer.status_code == 200 and f"seat of {leaving.full_name}" in answer.content.decode()


def nomination_address(nomination) -> str:
    from registration.documents.links import nomination_token  # noqa: PLC0415

    return f"/en/imrf-2022/nomination/{nomination_token(nomination)}/"


class TestSomebodyElse:
    def test_both_are_told_each_what_is_theirs(self, client, belize):
        client.post(REGISTER, filled_in(registrar_email="Assistant@example.org"))
        mails = {mail.kind: mail for mail in OutgoingMail.objects.all()}
        assert mails["registered"].to == "maria@example.org"
        told = mails["registrar"]
        assert (told.to, told.language) == ("Assistant@example.org", "en")
        assert "You have registered María José Núñez Peña" in told.subject
        assert told.personal_token == "" and told.about == Delegate.objects.get().public_id
        for secret in ("/my/", "P1234567", "maria@example.org", "1980", Delegate.objects.get().code):
            assert secret not in told.text + told.html

    def test_the_same_address_is_not_told_twice(self, client, belize):
        client.post(REGISTER, filled_in(registrar_email="MARIA@example.org"))
        assert [mail.kind for mail in OutgoingMail.objects.all()] == ["registered"]

    def test_the_same_form_sent_twice_tells_once(self, client, belize):
        key = str(uuid4())
        for _time in range(2):
            client.post(REGISTER, filled_in(form_key=key, registrar_email="assistant@example.org"))
        assert OutgoingMail.objects.filter(kind="registrar").count() == 1

    def test_a_registered_address_is_not_given_away(self, client, belize):
        DelegateFactory(delegation=belize, email="maria@example.org")
        client.post(REGISTER, filled_in(registrar_email="assistant@example.org"))
        assert sorted(mail.kind for mail in OutgoingMail.objects.all()) == ["already_registered", "registrar"]


class TestForm:
    def test_twenty_controls_at_most_are_in_sight(self, client, belize):
        form = client.get(REGISTER).context["form"]
        shown = [field for part in form.sections for field in part.fields]
        dates = [field for field in shown if field.name in {"date_of_birth", "passport_expiry"}]
        assert len(shown) + 2 * len(dates) <= 19  # and the button "take a photo" on a phone
        assert not [fold for part in form.sections for fold in part.folds if fold.is_open]
        assert [part.anchor for part in form.sections] == [
            "delegation-part", "passport-part", "person", "contact", "consent-part",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("field", "words"),
        [
            ("delegation", "Choose your delegation"),
            ("surnames", "Enter your surnames"),
            ("passport_number", "Enter the number of your passport"),
            ("nationality", "Choose your nationality"),
            ("date_of_birth", "Enter the day, month and year of your birth"),
            ("sex", "Choose the sex that is printed in your passport"),
            ("passport_expiry", "Enter the day, month and year until which your passport is valid"),
            ("institution", "Enter the institution that you work for"),
            ("position", "Enter your position at work"),
            ("level", "Choose your level of participation"),
            ("email", "Enter your e-mail address"),
            ("consent", "Tick that you agree to the use of your data: without it we cannot register you"),
        ],
    )
    def test_what_is_missing_is_said_as_what_to_do(self, client, belize, field, words):
        answer = client.post(REGISTER, filled_in(**{field: None}))
        assert errors_of(answer) == {field: [words]}
        page = answer.content.decode()
        summary = page[page.index('id="error-summary"') :].split("</ul>")[0]
        assert " ".join(summary.split()).count(f"> {words} <") == 1

    def test_a_missing_copy_opens_the_way_out(self, client, belize):
        form = client.post(REGISTER, filled_in(passport=None)).context["form"]
        [later] = [
            fold
            for part in form.sections
            for fold in part.folds
            if any(field.name == "passport_later" for field in fold.fields)
        ]
        assert later.is_open

    def test_an_error_in_a_fold_opens_it(self, client, belize):
        form = client.post(REGISTER, filled_in(phone="5512345678x")).context["form"]
        assert "phone" in form.errors
        assert any(
            fold.is_open and any(field.name == "phone" for field in fold.fields)
            for part in form.sections
            for fold in part.folds
        )


class TestZone:
    def test_the_button_fills_what_is_empty_and_changes_nothing_else(self, client, belize):
        answer = client.post(REGISTER, {"purpose": "fill", "mrz": ZONE, "given_names": "María", "sex": ""})
        form = answer.context["form"]
        assert answer.status_code == 200 and not form.errors
        values = {name: form[name].value() for name in ("surnames", "given_names", "passport_number", "sex")}
        assert values == {
            "surnames": "Nunez Pena", "given_names": "María", "passport_number": "P1234567", "sex": "F",
        }  # fmt: skip
        assert form["date_of_birth"].value() == ["28", "2", "1980"]
        assert "compare" in form["surnames"].warning and "compare" not in form["given_names"].warning

    def test_lines_that_are_wrong_fill_nothing_and_say_why(self, client, belize):
        answer = client.post(REGISTER, {"purpose": "fill", "mrz": ZONE.replace("P1234567<1", "P1234567<2")})
        form = answer.context["form"]
        assert list(form.errors) == ["mrz"] and not form["surnames"].value()

    @pytest.mark.parametrize(
        ("mrz", "surnames"),
        [(ZONE, "Nunez Pena"), ("", None), ("nonsense", None)],
        ids=["right", "none", "bad"],
    )
    def test_a_script_gets_the_same(self, client, belize, mrz, surnames):
        answer = client.post(REGISTER, {"purpose": "read", "mrz": mrz})
        assert answer.json()["texts"].get("surnames") == surnames
        assert not Passport.objects.exists()
