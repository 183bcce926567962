"""The entry rules of a workshop in the admin, as the Secretariat keeps them: countries by name, dates, texts."""

from datetime import UTC, date, datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from logistics.models import TravelRules
from registration.presets.loader import load_workshop
from tests import accounts
from tests.factories import MEXICO_CITY, WorkshopFactory
from tests.loaded import note_loaded

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return accounts.signed_in(accounts.make_staff("secretariat"))


@pytest.fixture
def rules():
    return note_loaded().travel_rules


def page_of(rules) -> str:
    return reverse("admin:logistics_travelrules_change", args=[rules.pk])


def sent_by_a_browser(client, rules) -> dict:
    form = client.get(page_of(rules)).context["adminform"].form
    sent = {}
    for field in form:
        value = field.value()
        if isinstance(value, list):
            sent[field.html_name] = value
        elif isinstance(value, datetime):
            sent[field.html_name] = value.strftime("%Y-%m-%dT%H:%M")
        elif value not in (None, False):
            sent[field.html_name] = str(value)
    return sent


def test_saving_the_page_as_it_stands_changes_nothing(officer, rules):
    before = TravelRules.objects.values().get()
    assert officer.post(page_of(rules), sent_by_a_browser(officer, rules)).status_code == 302
    assert TravelRules.objects.values().get() == before


def test_a_later_load_of_the_preset_keeps_what_staff_chose_and_updates_the_rest(officer, rules):
    sent = sent_by_a_browser(officer, rules)
    officer.post(page_of(rules), sent | {"visa_exempt": [*sent["visa_exempt"], "ARG"], "confirmed": "on"})
    rules.refresh_from_db()
    assert (rules.confirmed, set(rules.visa_exempt)) == (True, {"BLZ", "CRI", "PAN", "CAN", "USA", "ARG"})
    _workshop, report = load_workshop(name_or_path="imrf-2022")
    assert [name for name in report.kept if "visa_required" in name or "waived_by" in name] == []


@pytest.mark.parametrize(("language", "name"), [("es", "República Dominicana"), ("en", "Dominican Republic")])
def test_countries_stand_there_by_name(officer, rules, language, name):
    page = officer.get(page_of(rules), headers={"accept-language": language}).content.decode()
    assert f'<option value="DOM" selected>{name}</option>' in page
    assert "Schengen" in page


def test_the_return_is_read_by_the_clocks_of_the_workshops_place(officer, rules):
    sent = sent_by_a_browser(officer, rules) | {"return_not_before": "2022-04-01T18:30"}
    assert officer.post(page_of(rules), sent).status_code == 302
    rules.refresh_from_db()
    assert rules.return_not_before == datetime(2022, 4, 1, 18, 30, tzinfo=MEXICO_CITY)


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"visa_exempt": ["GTM", "BLZ"]}, "visa_exempt", "Guatemala"),
        ({"visa_required": ["XX1"]}, "visa_required", "XX1"),
        ({"destination": ""}, "destination", "Choose the country"),
        ({"as_of": "", "confirmed": "on"}, "as_of", "on which day"),
        ({"as_of": "31.02."}, "as_of", "valid date"),
        ({"return_not_before": "soon"}, "return_not_before", "Please give day and time"),
        ({"passport_warning_months": "-1"}, "passport_warning_months", "greater than or equal to 0"),
    ],
)
def test_what_cannot_be_is_named_beside_its_field_and_the_rest_is_kept(officer, rules, changed, field, words):
    sent = sent_by_a_browser(officer, rules) | {"exempt_text_en": "No visa at all."} | changed
    form = officer.post(page_of(rules), sent).context["adminform"].form
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])
    assert form["exempt_text_en"].value() == "No visa at all."
    rules.refresh_from_db()
    assert rules.exempt_text_en != "No visa at all."


def test_a_colleagues_change_in_between_is_not_put_back(officer, rules):
    sent = sent_by_a_browser(officer, rules)
    TravelRules.objects.update(visa_exempt=["BLZ"])
    form = officer.post(page_of(rules), sent).context["adminform"].form
    assert "A colleague has changed this" in str(form.errors["visa_exempt"])


def test_a_change_is_written_down_with_who_made_it(officer, rules):
    officer.post(page_of(rules), sent_by_a_browser(officer, rules) | {"as_of": "2022-03-02"})
    assert LogEntry.objects.get().object_id == str(rules.pk)
    page = officer.get(reverse("admin:logistics_travelrules_history", args=[rules.pk])).content.decode()
    assert "secretariat" in page


def test_the_secretariat_makes_the_rules_of_a_workshop_that_has_none(officer):
    workshop = WorkshopFactory()
    address = reverse("admin:logistics_travelrules_add")
    assert officer.get(f"{address}?workshop={workshop.pk}").context["adminform"].form[
        "workshop"
    ].value() == str(workshop.pk)
    sent = {
        "workshop": workshop.pk,
        "destination": "MEX",
        "visa_required": ["GTM"],
        "waived_by": ["SCHENGEN"],
        "outward_not_before": "2022-03-30",
        "return_not_before": "2022-04-01T15:00",
        "passport_warning_months": 6,
    }
    assert officer.post(address, sent).status_code == 302
    rules = TravelRules.objects.get()
    assert (rules.visa_required, rules.waived_by) == (["GTM"], ["SCHENGEN"])
    assert rules.outward_not_before == date(2022, 3, 30)
    assert rules.return_not_before == datetime(2022, 4, 1, 21, tzinfo=UTC)
    form = officer.post(address, sent).context["adminform"].form
    assert list(form.errors) == ["workshop"]
