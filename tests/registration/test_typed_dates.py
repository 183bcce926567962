"""Dates as people type them: three boxes or one line, digits of any script, limits, and the usual slips by name."""

from datetime import date, datetime

import pytest

from logistics.forms.fields import FlightNumberField, LocalDateTimeField
from logistics.forms.rules import DatesField
from registration.forms.dates import IsoDateField
from registration.models import Delegate, RegistrationDraft
from registration.rules.typed.dates import OLDEST, birth_date_problem
from tests.registration.forms import REGISTER, edited, filled_in
from tests.registration.pages import draft_page, page

SPANISH = REGISTER.replace("/en/", "/es/")


def boxes(name: str, day: str, month: str, year: str) -> dict:
    return {name: None, f"{name}_day": day, f"{name}_month": month, f"{name}_year": year}


def errors(answer) -> dict[str, str]:
    return {name: " ".join(found) for name, found in answer.context["form"].errors.items()}


@pytest.mark.parametrize(
    "typed",
    [
        ("28", "2", "1980"),
        ("28", "02", "1980"),
        (" 28 ", "febrero", "1980"),
        ("28", "Feb.", "1980"),
        ("28", "FEBRUARY", "1980"),
        ("２８", "２", "１９８０"),  # noqa: RUF001 - full-width
        ("٢٨", "٢", "١٩٨٠"),
        ("28/02/1980", "", ""),  # pasted whole
        ("", "", "1980-02-28"),
    ],
)
def test_three_boxes_are_taken_as_people_fill_them_in(client, belize, typed):
    assert client.post(REGISTER, filled_in(**boxes("date_of_birth", *typed))).status_code == 302
    assert str(Delegate.objects.get().date_of_birth) == "1980-02-28"


@pytest.mark.parametrize(
    "typed",
    [
        "1980-02-28",
        "1980/2/28",
        "28/02/1980",
        "28.2.1980",
        "28-02-1980",
        "28 de febrero de 1980",
        "28 Feb 1980",
        "February 28th, 1980",
        "28th of February 1980",
        "２８／２／１９８０",  # noqa: RUF001
        "\u200e28/02/1980\ufeff",
    ],
)
def test_a_date_in_one_line_is_taken_as_before(client, belize, typed):
    assert client.post(REGISTER, filled_in(date_of_birth=typed)).status_code == 302
    assert str(Delegate.objects.get().date_of_birth) == "1980-02-28"


@pytest.mark.parametrize(
    ("typed", "said", "dicho", "wrong"),
    [
        (
            ("31", "02", "1980"),
            "There is no 31 February: February 1980 has 29 days.",
            "El 31 de febrero no existe: febrero de 1980 tiene 29 días.",
            {"day"},
        ),
        (("29", "2", "1981"), "February 1981 has 28 days", "febrero de 1981 tiene 28 días", {"day"}),
        (
            ("2", "28", "1980"),
            "the day first, then the month",
            "primero el día y después el mes",
            {"day", "month"},
        ),
        (("2", "42", "1980"), "no month 42", "No existe el mes 42", {"month"}),
        (("2", "0", "1980"), "no month 0", "No existe el mes 0", {"month"}),
        (("28", "2", "80"), "four digits", "cuatro dígitos", {"year"}),
        (("28", "2", "0999"), "four digits", "cuatro dígitos", {"year"}),
        (("28", "", "1980"), "Still missing: month.", "Falta todavía: mes.", {"month"}),
        (("", "2", "1980"), "Still missing: day.", "Falta todavía: día.", {"day"}),
        (("28", "ma", "1980"), "day/month/year", "día/mes/año", {"month"}),
        (("28", "en", "1980"), "day/month/year", "día/mes/año", {"month"}),
        (("xx", "2", "1980"), "day/month/year", "día/mes/año", {"day"}),
        (("xx", "", "1980"), "day/month/year", "día/mes/año", {"day", "month"}),
    ],
)
def test_a_slip_is_told_in_the_readers_language_at_its_box_and_what_was_typed_stays(
    client, belize, typed, said, dicho, wrong
):
    for path, words in ((REGISTER, said), (SPANISH, dicho)):
        answer = client.post(path, filled_in(**boxes("date_of_birth", *typed)))
        assert answer.status_code == 400
        assert words in errors(answer)["date_of_birth"]
        shown = answer.context["form"]["date_of_birth"].subwidgets[0].data["subwidgets"]
        assert tuple(box["value"] or "" for box in shown) == typed
        assert {box["name"].rpartition("_")[2] for box in shown if "aria-invalid" in box["attrs"]} == wrong
        html = answer.content.decode()
        assert f'href="#id_date_of_birth_{next(p for p in ("day", "month", "year") if p in wrong)}"' in html
    assert not Delegate.objects.exists()


@pytest.mark.parametrize(
    ("born", "words"),
    [
        ("2022-02-10", "This is today’s date"),
        ("2024-05-01", "the day on which your passport expires"),
        ("2099-01-01", "in the future"),
        ("2020-02-10", "the day on which your passport was issued"),  # a child of two
        ("2012-06-01", "the day on which your passport was issued"),
        ("2011-02-10", "the day on which your passport was issued"),
        ("2011-02-09", "at least 18 years old"),
        ("2004-04-02", "at least 18 years old"),
        ("1921-02-09", "more than 100 years old"),
        ("1822-02-11", "more than 100 years old"),
    ],
)
def test_a_birth_date_that_no_delegate_has_is_refused_with_the_likely_slip(client, belize, born, words):
    answer = client.post(REGISTER, filled_in(date_of_birth=born))
    assert words in errors(answer)["date_of_birth"]
    assert list(errors(answer)) == ["date_of_birth"] and not Delegate.objects.exists()


@pytest.mark.parametrize("born", ["2004-04-01", "1921-02-11"])
def test_who_turns_eighteen_at_the_workshop_or_is_a_hundred_is_taken(client, belize, born):
    assert client.post(REGISTER, filled_in(date_of_birth=born)).status_code == 302


@pytest.mark.parametrize(
    ("expires", "words"),
    [
        ("2099-01-01", "valid for ten years at most"),
        ("2032-11-11", "valid for ten years at most"),
        ("2022-02-10", "This is today’s date"),
        ("2017-05-01", "the day on which the passport was issued"),
        ("2022-03-31", "expires before the workshop ends"),
        ("1980-02-28", "are the same day"),
    ],
)
def test_an_expiry_that_no_passport_shows_is_refused_with_the_likely_slip(client, belize, expires, words):
    answer = client.post(REGISTER, filled_in(passport_expiry=expires))
    assert words in errors(answer)["passport_expiry"]
    assert not Delegate.objects.exists()


def test_a_passport_of_ten_years_and_what_was_left_of_the_last_is_taken(client, belize):
    assert client.post(REGISTER, filled_in(passport_expiry="2032-11-10")).status_code == 302


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        (IsoDateField(), "2022-03-30", "2022-03-30"),
        (IsoDateField(), "30/03/2022", "2022-03-30"),
        (IsoDateField(), "30 de marzo de 2022", "2022-03-30"),
        (LocalDateTimeField(), "2022-03-30T14:35", "2022-03-30 14:35"),
        (LocalDateTimeField(), "30.03.2022 14:35", "2022-03-30 14:35"),
        (LocalDateTimeField(), "30/03/2022 2:35 PM", "2022-03-30 14:35"),
        (LocalDateTimeField(), "３０／０３／２０２２　１４：３５", "2022-03-30 14:35"),  # noqa: RUF001
        (LocalDateTimeField(), "30-03-2022 14h35", "2022-03-30 14:35"),
        (DatesField(), "2022-03-30, 31/03/2022", "['2022-03-30', '2022-03-31']"),
        (FlightNumberField(), "ａｖ ６４５", "AV645"),  # noqa: RUF001
    ],
)
def test_other_days_and_numbers_are_taken_as_people_type_them(field, typed, kept):
    found = field.clean(typed)
    assert (
        str(found.replace(tzinfo=None) if isinstance(found, datetime) else found).removesuffix(":00") == kept
    )


@pytest.mark.parametrize("typed", ["p-123 4567", "Ｐ１２３４５６７"])  # noqa: RUF001 - full-width
def test_a_passport_number_is_taken_in_full_width(client, belize, typed):
    client.post(REGISTER, filled_in(passport_number=typed))
    assert Delegate.objects.get().passport.number == "P1234567"


def test_exchanged_dates_are_told_at_both(client, belize):
    answer = client.post(REGISTER, filled_in(date_of_birth="2027-05-01", passport_expiry="1980-02-28"))
    found = errors(answer)
    assert found["date_of_birth"] == found["passport_expiry"] and "are swapped" in found["date_of_birth"]


def test_the_edit_page_shows_the_boxes_filled_and_takes_them(client, belize):
    client.post(REGISTER, filled_in())
    delegate = Delegate.objects.get()
    html = client.get(page(delegate, "edit")).content.decode()
    for part, value in (("day", "28"), ("month", "2"), ("year", "1980")):
        assert f'name="date_of_birth_{part}" value="{value}"' in html
    sent = edited(delegate, **boxes("date_of_birth", "1", "marzo", "1981"))
    assert client.post(page(delegate, "edit"), sent).status_code == 302
    assert str(Delegate.objects.get().date_of_birth) == "1981-03-01"


def test_a_saved_form_keeps_what_stands_in_the_boxes(client, belize):
    client.post(REGISTER, filled_in(purpose="later", **boxes("date_of_birth", "31", "feb", "19")))
    opened = client.get(draft_page(RegistrationDraft.objects.get()))
    assert opened.context["form"]["date_of_birth"].value() == ["31", "feb", "19"]
    assert not opened.context["form"].errors


def test_each_box_has_a_label_what_a_browser_may_fill_in_and_one_legend_over_all(client, belize):
    html = client.get(SPANISH).content.decode()
    for part, label in (("day", "Día"), ("month", "Mes"), ("year", "Año")):
        assert f'<label for="id_date_of_birth_{part}">{label}</label>' in html
        assert f'autocomplete="bday-{part}"' in html
    assert 'autocomplete="bday"' not in html and html.count('inputmode="numeric"') == 6
    assert '<fieldset id="div_id_date_of_birth"' in html


@pytest.mark.parametrize(("day", "refused"), [(9, True), (10, True), (11, False)])
def test_nobody_is_older_than_the_oldest_from_their_birthday_on(day, refused):
    today = date(2022, 2, 10)
    born = date(2022 - OLDEST - 1, 2, day)
    assert bool(birth_date_problem(born, today=today, workshop_ends=date(2022, 4, 1))) == refused
