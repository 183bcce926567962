"""The passport's own page: what is held, sending it and replacing it, without the whole form."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import translation

from registration.documents.links import my_token
from registration.models import Delegate, Passport, PassportCopy, PendingUpload
from registration.queries.passports.comparison import masked
from tests.factories import DelegateFactory, PassportCopyFactory
from tests.registration.forms import passport_file
from tests.registration.passports import maria, zone

NUMBER = "P1234567"


@pytest.fixture
def delegate(belize):
    return maria(belize, email="m@example.org", number=NUMBER, expires_on=date(2027, 5, 1))


def page(delegate, name="passport", language="en"):
    with translation.override(language):
        return reverse(f"registration:{name}", args=[delegate.workshop.slug, my_token(delegate)])


def sent(**changes) -> dict:
    data = {"passport_number": "", "passport_expiry": "2027-05-01", "passport_type": "ordinary", **changes}
    return {name: value for name, value in data.items() if value is not None}


def errors_of(answer) -> dict:
    return {name: [str(error) for error in errors] for name, errors in answer.context["form"].errors.items()}


@pytest.mark.parametrize("language", ["es", "en"])
def test_it_shows_what_is_held_and_since_when_and_only_the_end_of_the_number(client, delegate, language):
    PassportCopyFactory(delegate=delegate)
    Passport.objects.update(mrz=zone())
    answer = client.get(page(delegate, language=language))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "•••••567" in shown
    assert NUMBER not in shown and zone().splitlines()[1] not in shown
    assert str(PassportCopy.objects.get().uploaded_at.year) in shown
    assert shown.count("btn-primary") == 1


@pytest.mark.parametrize(
    ("number", "shown"),
    [("", ""), ("12", "••"), ("123", "•••"), ("1234", "•234"), ("P1234567", "•••••567")],
)
def test_a_number_is_masked_but_for_its_last_three_characters(number, shown):
    assert masked(number) == shown


def test_without_a_passport_the_page_asks_for_one(client, belize):
    delegate = DelegateFactory(delegation=belize, passport=None)
    assert client.get(page(delegate)).status_code == 200
    answer = client.post(page(delegate), {"passport_type": "ordinary"})
    assert answer.status_code == 400
    assert errors_of(answer) == {
        "passport": ["Choose the file of your passport copy, or take a photo of it."]
    }
    answer = client.post(page(delegate), {"passport": passport_file(), "passport_type": "ordinary"})
    assert set(errors_of(answer)) == {"passport_number", "passport_expiry"}


def test_sending_the_copy_keeps_number_and_zone_that_are_held(client, delegate):
    Passport.objects.update(mrz=zone())
    answer = client.post(page(delegate), sent(passport=passport_file()))
    assert answer.status_code == 302 and answer["Location"] == page(delegate, "my")
    passport = Passport.objects.get()
    assert (passport.number, passport.mrz) == (NUMBER, zone())
    assert PassportCopy.objects.get().delegate == delegate


def test_a_new_number_takes_away_the_two_lines_of_the_passport_before(client, delegate):
    PassportCopyFactory(delegate=delegate)
    Passport.objects.update(mrz=zone())
    assert client.post(page(delegate), sent(passport_number="X7654321")).status_code == 302
    passport = Passport.objects.get()
    assert (passport.number, passport.mrz) == ("X7654321", "")


def test_everything_else_of_the_registration_stays(client, delegate):
    before = Delegate.objects.values().get()
    client.post(page(delegate), sent(passport=passport_file(), surnames="Other", email="other@example.org"))
    assert Delegate.objects.values().get() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"passport_number": "1"}, "passport_number"),
        ({"passport_expiry": "2022-03-31"}, "passport_expiry"),
        ({"passport_expiry": "31/31/2027"}, "passport_expiry"),
        ({"issuing_country": "ZZZ"}, "issuing_country"),
        ({"mrz": "P<BLZ"}, "mrz"),
        ({"passport": passport_file(content=b"MZ no passport")}, "passport"),
        ({"passport_type": "stolen"}, "passport_type"),
    ],
)
def test_a_bad_input_is_told_beside_its_field_and_the_file_is_kept(client, delegate, changes, field):
    answer = client.post(page(delegate), sent(**{"passport": passport_file(), **changes}))
    assert answer.status_code == 400 and list(errors_of(answer)) == [field]
    assert not PassportCopy.objects.exists()
    if field != "passport":
        assert PendingUpload.objects.count() == 1
        assert "is kept" in answer.content.decode()
        assert client.post(page(delegate), sent()).status_code == 302
        assert PassportCopy.objects.get().delegate == delegate


def test_what_the_two_lines_contradict_is_a_warning_and_saved(client, delegate):
    lines = zone(surnames="Nuñez Perez")
    answer = client.post(page(delegate), sent(passport=passport_file(), mrz=lines, passport_number="1"))
    assert "surnames differ" in answer.content.decode()
    assert client.post(page(delegate), sent(mrz=lines)).status_code == 302
    assert Passport.objects.get().mrz == lines


@pytest.mark.parametrize("held", [False, True])
def test_another_copy_takes_an_approval_back_and_the_first_does_not(client, belize, held):
    delegate = DelegateFactory(delegation=belize, status="approved")
    if held:
        PassportCopyFactory(delegate=delegate)
    expiry = Passport.objects.get().expires_on or date(2027, 5, 1)
    Passport.objects.update(expires_on=expiry)
    issued = Passport.objects.get().issuing_country
    answer = client.post(
        page(delegate),
        sent(
            passport=passport_file(),
            passport_expiry=str(expiry),
            issuing_country=issued or delegate.nationality,
        ),
    )
    assert answer.status_code == 302
    delegate.refresh_from_db()
    assert delegate.status == ("submitted" if held else "approved")


def test_one_upload_too_many_is_refused_beside_the_file(client, delegate):
    PassportCopyFactory(delegate=delegate, uploads=delegate.workshop.uploads_per_delegate)
    answer = client.post(page(delegate), sent(passport=passport_file()))
    assert answer.status_code == 400 and len(errors_of(answer)) == 1


def test_uploads_are_rate_limited(client, delegate, settings):
    settings.RATE_LIMITS = True
    statuses = {client.post(page(delegate), sent(passport_number="1")).status_code for _try in range(21)}
    assert statuses == {400, 429}


def test_the_page_ends_with_the_registration(client, belize):
    delegate = DelegateFactory(delegation=belize, status="cancelled", seat_number=None)
    assert client.get(page(delegate)).status_code == 404
    assert client.post(page(delegate), sent(passport=passport_file())).status_code == 404
    assert not PassportCopy.objects.exists()


def test_the_language_switch_keeps_what_was_typed(client, delegate):
    answer = client.post(page(delegate), sent(passport_number="X76", purpose="language"))
    assert answer.status_code == 200 and 'value="X76"' in answer.content.decode()
    assert Passport.objects.get().number == NUMBER
