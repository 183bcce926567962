"""Workshops in the admin: their instants are read and typed in their own time zone."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from registration.models import Delegation, Workshop
from tests.factories import MEXICO_CITY, DelegationFactory, WorkshopFactory
from tests.logistics.at_once import AtOnce

pytestmark = pytest.mark.django_db


@pytest.fixture
def workshop():
    return WorkshopFactory()


def typed(form) -> dict[str, str]:
    """What a browser would send of the form as it stands."""
    sent = {}
    for field in form:
        value = field.value()
        if isinstance(value, datetime):
            sent |= {
                f"{field.html_name}_0": value.strftime("%Y-%m-%d"),
                f"{field.html_name}_1": value.strftime("%H:%M"),
            }
        elif value not in (None, False):
            sent[field.html_name] = str(value)
    return sent


@pytest.fixture
def form(admin_client, workshop):
    address = reverse("admin:registration_workshop_change", args=[workshop.pk])
    return address, typed(admin_client.get(address).context["adminform"].form)


def test_the_deadline_is_shown_in_the_workshops_zone(form):
    _address, shown = form
    assert (shown["deadline_0"], shown["deadline_1"]) == ("2022-03-02", "00:00")


def test_saving_without_a_change_changes_no_instant(admin_client, workshop, form):
    address, shown = form
    assert admin_client.post(address, shown).status_code == 302
    before = workshop.deadline
    workshop.refresh_from_db()
    assert workshop.deadline == before


def test_a_deadline_is_read_in_the_zone_of_the_same_form(admin_client, workshop, form):
    address, shown = form
    assert admin_client.post(address, shown | {"deadline_0": "2022-03-05"}).status_code == 302
    workshop.refresh_from_db()
    assert workshop.deadline == datetime(2022, 3, 5, tzinfo=MEXICO_CITY)
    shown = typed(admin_client.get(address).context["adminform"].form)
    sent = shown | {"deadline_0": "2022-03-05", "time_zone": "America/Panama"}
    assert admin_client.post(address, sent).status_code == 302
    workshop.refresh_from_db()
    assert workshop.deadline == datetime(2022, 3, 5, tzinfo=MEXICO_CITY) - timedelta(hours=1)


@pytest.mark.parametrize(
    "bad", [{"time_zone": "Mars/Olympus"}, {"deadline_0": "2022-02-30"}, {"deadline_1": "25:00"}]
)
def test_a_wrong_zone_or_instant_is_named_beside_its_field(admin_client, workshop, form, bad):
    address, shown = form
    answer = admin_client.post(address, shown | bad)
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors
    assert set(errors) == {next(iter(bad)).removesuffix("_0").removesuffix("_1")}
    before = workshop.deadline
    workshop.refresh_from_db()
    assert workshop.deadline == before


@pytest.mark.parametrize(
    ("language", "words", "heading"),
    [
        ("es", "1 de marzo de 2022, 23:59 (hora de la Ciudad de México)", "Talleres"),
        ("en", "1 March 2022, 23:59 (Mexico City time)", "Workshops"),
    ],
)
def test_the_list_says_the_last_minute_in_the_workshops_zone(
    admin_client, workshop, language, words, heading
):
    page = admin_client.get(
        reverse("admin:registration_workshop_changelist"), headers={"accept-language": language}
    ).content.decode()
    assert words in page
    assert f"<h1>{heading}</h1>" in page


@pytest.mark.django_db(transaction=True)
def test_other_days_wait_for_the_delegations_before_the_workshop_is_held(admin_client, workshop, form):
    """An approval has the delegation, and needs the workshop's row for the letter's number."""
    delegation = DelegationFactory(workshop=workshop)
    address, shown = form
    step = AtOnce(lambda: admin_client.post(address, shown | {"short_name_en": "Changed"}))
    try:
        with transaction.atomic():
            Delegation.objects.select_for_update().get(pk=delegation.pk)
            assert step.waits()
            list(Workshop.objects.select_for_update(no_key=True, nowait=True))
    finally:
        error = step.ends()
    assert (error, step.answer.status_code) == (None, 302)
