"""Telephone numbers as people type them: completed, kept in one form, refused with what to do."""

import pytest

from logistics.rules import ssr
from registration.models import Delegate
from registration.rules.typed.telephones import NoTelephone, for_airlines, international, was_completed
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory
from tests.registration.forms import REGISTER, edited, filled_in
from tests.registration.pages import page

SPANISH = REGISTER.replace("/en/", "/es/")


def errors(answer) -> dict[str, str]:
    return {name: " ".join(found) for name, found in answer.context["form"].errors.items()}


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("55 1234 5678", "MEX", "+52 55 1234 5678"),
        ("52 55 1234 5678", "MEX", "+52 55 1234 5678"),
        ("+52 1 55 1234 5678", "", "+52 55 1234 5678"),
        ("5215512345678", "MEX", "+52 55 1234 5678"),
        ("044 55 1234 5678", "MEX", "+52 55 1234 5678"),
        ("01 55 1234 5678", "MEX", "+52 55 1234 5678"),
        ("00 501 227 2801", "", "+501 227-2801"),
        ("0052 55 1234 5678", "BLZ", "+52 55 1234 5678"),
        ("011 52 55 1234 5678", "CAN", "+52 55 1234 5678"),
        ("(+52) 55 1234 5678", "", "+52 55 1234 5678"),
        ("２２７２８０１", "BLZ", "+501 227-2801"),  # noqa: RUF001
        ("＋５０１ ２２７ ２８０１", "", "+501 227-2801"),  # noqa: RUF001
        ("٢٢٧٢٨٠١", "BLZ", "+501 227-2801"),
        ("\u202a+52 55 1234 5678\u202c", "", "+52 55 1234 5678"),
        ("416 555 0123", "CAN", "+1 416-555-0123"),
        ("Cel.: 55 1234 5678", "MEX", "+52 55 1234 5678"),
        ("WhatsApp +502 5555-1234", "", "+502 5555 1234"),
        ("tel:+52-55-1234-5678;ext=12", "", "+52 55 1234 5678 ext. 12"),
        ("+52 55 1234 5678 ext. 123", "", "+52 55 1234 5678 ext. 123"),
        ("5512345678x123", "MEX", "+52 55 1234 5678 ext. 123"),
        ("5512345678 (interno 12)", "MEX", "+52 55 1234 5678 ext. 12"),
        ("5512345678, extensión: 12", "MEX", "+52 55 1234 5678 ext. 12"),
        ("0711/1234567", "DEU", "+49 711 1234567"),
        (" ", "MEX", ""),
    ],
)
def test_a_number_is_kept_in_the_international_form(typed, country, kept):
    assert international(typed, country=country) == kept
    assert international(kept) == kept


@pytest.mark.parametrize(
    ("typed", "country", "words"),
    [
        ("5512345678 / 5587654321", "MEX", "one number only"),
        ("5512345678 y 5587654321", "MEX", "one number only"),
        ("55 1234 5678 - 55 8765 4321", "MEX", "one number only"),
        ("+52 55 1234 5678 +52 55 8765 4321", "", "one number only"),
        ("5512345678", "", "country code"),
        ("5512345678", "BLZ", "country code"),
        ("555 0123", "CAN", "country code"),  # the area code is missing
        ("+1 555 0123", "", "too few or too many digits"),
        ("+501 227 2801 99", "", "too few or too many digits"),
        ("+52 55 CALL NOW", "", "country code"),
        ("none", "MEX", "country code"),
        ("227280 / 227281", "BLZ", "one number only"),
    ],
)
def test_what_is_not_one_number_is_refused_with_what_to_do(typed, country, words):
    with pytest.raises(NoTelephone, match=words):
        international(typed, country=country)


@pytest.mark.parametrize(
    ("typed", "kept", "completed"),
    [
        ("55 1234 5678", "+52 55 1234 5678", True),
        ("Cel.: (55) 1234 5678", "+52 55 1234 5678", True),
        ("52 55 1234 5678", "+52 55 1234 5678", False),
        ("+52 55 1234 5678", "+52 55 1234 5678", False),
        ("(+52) 55 1234 5678", "+52 55 1234 5678", False),
        ("0052 55 1234 5678", "+52 55 1234 5678", False),
        ("011 52 55 1234 5678", "+52 55 1234 5678", False),
        ("", "", False),
    ],
)
def test_a_number_is_called_completed_where_its_country_code_was_not_typed(typed, kept, completed):
    assert was_completed(typed, kept) is completed


def test_an_extension_reaches_no_airline():
    kept = "+52 55 1234 5678 ext. 123"
    assert ssr.booking_phone(kept) == "525512345678"
    assert for_airlines(kept) == "+52 55 1234 5678"


@pytest.mark.parametrize(("path", "words"), [(REGISTER, "We wrote it as"), (SPANISH, "Lo escribimos así:")])
def test_the_completed_number_is_shown_on_the_next_page(client, belize, path, words):
    answer = client.post(path, filled_in(phone="227 2801"), follow=True)
    assert f"{words} +501 227-2801" in answer.content.decode()
    assert Delegate.objects.get().phone == "+501 227-2801"
    assert all("227" not in cookie.OutputString() for cookie in client.cookies.values())


def test_a_number_with_its_country_code_is_taken_without_a_word(client, belize):
    answer = client.post(REGISTER, filled_in(phone="+501 227 2801"), follow=True)
    assert "telephone number" not in answer.content.decode()


def test_an_organisations_number_needs_its_country_code(client, belize):
    party = PartyFactory(
        code="MEX", kind="international_organisation"
    )  # a code that is by chance a country's
    DelegationFactory(workshop=belize.workshop, party=party)
    answer = client.post(REGISTER, filled_in(delegation="MEX", phone="5512345678"))
    assert "country code" in errors(answer)["phone"]
    assert answer.context["form"]["phone"].value() == "5512345678"


def test_the_edit_page_completes_a_number_and_the_own_page_shows_it(client, belize):
    delegate = DelegateFactory(delegation=belize)
    answer = client.post(page(delegate, "edit"), edited(delegate, phone="227 2801 ext. 12"), follow=True)
    text = answer.content.decode()
    assert "We completed your telephone number" in text and "+501 227-2801 ext. 12" in text
