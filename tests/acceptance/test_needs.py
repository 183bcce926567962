"""PRIV-1: food, access and whom to call: encrypted, with a consent of their own, and each look at them recorded."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from rcm_portal.models import AccessRecord, OutgoingMail
from registration import services
from registration.documents.links import my_token
from registration.models import Delegate
from registration.services.transitions import staff
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory
from tests.loaded import note_loaded
from tests.registration.forms import REGISTER, edited, filled_in

NEEDS = {"dietary": "sin mariscos", "accessibility": "rampa", "emergency_contact": "Rosa, 555 1234"}


@pytest.fixture
def workshop(db, in_time):
    note_loaded()


def columns() -> list:
    with connection.cursor() as cursor:
        cursor.execute("SELECT dietary, accessibility, emergency_contact FROM registration_delegate")
        return list(cursor.fetchone())


@pytest.mark.parametrize("field", NEEDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_need_without_its_consent_is_asked_for_beside_it_and_kept_on_the_page(
    workshop, client, field, language
):
    sent = filled_in(**{field: NEEDS[field]})
    answer = client.post(REGISTER.replace("/en/", f"/{language}/"), sent)
    assert answer.status_code == 400
    form = answer.context["form"]
    assert list(form.errors) == ["needs_consent"]
    words = {"en": "Without this consent", "es": "Sin este consentimiento"}[language]
    assert words in str(form.errors["needs_consent"])
    assert NEEDS[field] in answer.content.decode()
    assert not Delegate.objects.exists()


def test_who_writes_nothing_need_not_consent(workshop, client):
    assert client.post(REGISTER, filled_in()).status_code == 302
    assert Delegate.objects.get().needs_consent_at is None


def test_needs_are_encrypted_and_the_consent_has_its_instant(workshop, client):
    assert client.post(REGISTER, filled_in(**NEEDS, needs_consent="on")).status_code == 302
    delegate = Delegate.objects.get()
    assert {name: getattr(delegate, name) for name in NEEDS} == NEEDS
    assert delegate.needs_consent_at == IN_TIME
    assert all(column and not set(NEEDS.values()) & {column} for column in columns())


def test_taking_them_out_ends_the_consent(workshop, client):
    client.post(REGISTER, filled_in(**NEEDS, needs_consent="on"))
    delegate = Delegate.objects.get()
    page = f"/en/imrf-2022/my/{my_token(delegate)}/edit/"
    shown = client.get(page).context["form"]
    assert shown["needs_consent"].value() is True
    assert client.post(page, edited(delegate)).status_code == 302
    delegate.refresh_from_db()
    assert (delegate.dietary, delegate.needs_consent_at, columns()) == ("", None, ["", "", ""])


def test_the_travel_page_asks_for_it_too(workshop, client):
    client.post(REGISTER, filled_in())
    delegate = Delegate.objects.get()
    services.confirm_email(delegate=delegate, now=IN_TIME)
    services.approve(delegate=delegate, by=staff(None), now=IN_TIME)
    page = f"/en/imrf-2022/my/{my_token(delegate)}/travel/"
    answer = client.post(page, {"flight_plan": "none", "emergency_contact": NEEDS["emergency_contact"]})
    assert "needs_consent" in answer.context["form"].errors


def test_staff_read_them_on_a_page_that_records_the_look(workshop, client):
    client.post(REGISTER, filled_in(**NEEDS, needs_consent="on"))
    delegate = Delegate.objects.get()
    officer = accounts.signed_in(accounts.make_staff("secretariat"))
    page = officer.get(f"/admin/registration/delegate/{delegate.pk}/change/").content.decode()
    assert not any(text in page for text in NEEDS.values())
    assert AccessRecord.objects.count() == 0
    link = f"/admin/registration/delegate/{delegate.pk}/needs/"
    assert link in page
    shown = officer.get(link).content.decode()
    assert all(text in shown for text in NEEDS.values())
    record = AccessRecord.objects.get()
    assert (record.action, record.about) == ("view", delegate.public_id)
    assert record.subject == f"needs and emergency contact of {delegate.code}"


def test_reading_the_text_of_a_mail_is_recorded_and_its_list_is_not(workshop, client):
    client.post(REGISTER, filled_in())
    mail = OutgoingMail.objects.get()
    officer = accounts.signed_in(accounts.make_staff("secretariat"))
    officer.get("/admin/portal/outgoingmail/")
    assert AccessRecord.objects.count() == 0
    officer.get(f"/admin/portal/outgoingmail/{mail.pk}/change/")
    record = AccessRecord.objects.get()
    assert (record.subject, record.about) == (f"text of mail {mail.pk} ({mail.kind})", mail.about)


@pytest.mark.django_db(transaction=True)
def test_needs_written_before_are_encrypted_by_the_migration_and_opened_by_its_reverse(in_time):
    before, after = [("registration", "0015_lost_files")], [("registration", "0016_needs_encrypted")]
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    delegate = DelegateFactory(**NEEDS)
    try:
        MigrationExecutor(connection).migrate(before)
        assert columns() == list(NEEDS.values())
        MigrationExecutor(connection).migrate(after)
        assert not set(columns()) & set(NEEDS.values())
        MigrationExecutor(connection).migrate(latest)
        delegate.refresh_from_db()
        assert {name: getattr(delegate, name) for name in NEEDS} == NEEDS
    finally:
        MigrationExecutor(connection).migrate(latest)
