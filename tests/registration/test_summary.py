"""The Secretariat's daily summary: what it says, to whom, once a day, and silence where there is nothing to say."""

from datetime import datetime, time, timedelta
from threading import Thread

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection

from rcm_portal.models import MailState, OutgoingMail
from registration import services, tasks
from registration.models import DailySummary, Delegate, Delegation, Passport
from registration.services import summary
from registration.services.summary import recipients, send_summaries
from registration.services.transitions import staff
from tests import accounts
from tests.factories import (
    DEADLINE,
    MEXICO_CITY,
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    PassportCopyFactory,
    WorkshopFactory,
)
from tests.registration.letters import letter_for, write_texts

pytestmark = pytest.mark.django_db
MORNING = datetime(2022, 2, 20, 8, tzinfo=MEXICO_CITY)
DAYS_AGO = MORNING - timedelta(days=3)


@pytest.fixture
def belize():
    return DelegationFactory(workshop__summary_language="en", focal_point_email="focal@example.org")


def text(now=MORNING):
    assert send_summaries(now=now) == 1
    return OutgoingMail.objects.filter(kind="summary").order_by("-pk").first().text


def test_it_names_who_is_new_and_counts_what_waits_is_late_and_failed(belize):
    write_texts(belize.workshop)
    yesterday = MORNING - timedelta(hours=5)
    new = DelegateFactory(delegation=belize, submitted_at=yesterday, given_names="Ana", surnames="Peña Ruiz")
    PassportCopyFactory(delegate=new)
    costa_rica = DelegationFactory(party=PartyFactory(code="CRI", name_en="Costa Rica"))
    gone = DelegateFactory(delegation=costa_rica, given_names="Eva", surnames="Mora")
    services.cancel(delegate=gone, by=staff(None), reason="Ill", now=yesterday)
    late = DelegateFactory(delegation=costa_rica)
    letter_for(late, now=datetime(2022, 2, 1, tzinfo=MEXICO_CITY))
    late.letters.update(accept_by=yesterday)
    OutgoingMail.objects.all().update(state=MailState.REFUSED, last_error="550 no such user")
    refused = OutgoingMail.objects.count()
    said = text()
    assert "1 new registration\n- Ana Peña Ruiz (Belize)" in said
    assert "1 cancelled registration\n- Eva Mora (Costa Rica)" in said
    waits, late_part, failed = (
        said.split("Waits for you")[1].partition("Late\n")[0],
        *(said.split("Late\n")[1].split("Failed\n")),
    )
    assert "- registrations to decide: 1" in waits
    assert "- passports to compare: 1" in waits
    assert "- delegations with free seats and no focal point’s e-mail: 1" in waits
    assert "- letters not accepted in time: 1" in late_part
    assert f"- mails not delivered: {refused}" in failed
    assert "https://portal.test/admin/registration/delegate/?workshop__id__exact=" in waits
    mail = OutgoingMail.objects.get(kind="summary")
    assert mail.subject == (
        "20 February 2022: 1 new registration for the II IMRF Preparation Workshop; 3 matters wait"
    )
    assert mail.not_after == datetime(2022, 2, 21, tzinfo=MEXICO_CITY)


def test_only_who_ended_since_the_last_summary_is_named_as_cancelled(belize):
    yesterday = MORNING - timedelta(hours=5)
    Delegation.objects.update(seat_limit=None)
    approved, rejected, before, lapsed = (
        DelegateFactory(delegation=belize, given_names=name, submitted_at=DAYS_AGO)
        for name in ("Ana", "Eva", "Luis", "Rosa")
    )
    services.approve(delegate=approved, by=staff(None), now=yesterday)
    services.reject(delegate=rejected, by=staff(None), reason="No official", now=yesterday)
    services.cancel(delegate=before, by=staff(None), reason="Ill", now=DAYS_AGO)
    services.cancel(delegate=lapsed, by=staff(None), reason="Ill", now=yesterday)
    said = text()
    assert "1 cancelled registration\n" in said and lapsed.full_name in said
    assert not [one for one in (approved, rejected, before) if one.full_name in said]


def test_what_came_before_the_last_summary_is_not_new(belize):
    DelegateFactory(delegation=belize, submitted_at=MORNING - timedelta(hours=1))
    assert "1 new registration" in text()
    DelegateFactory(delegation=belize, submitted_at=MORNING + timedelta(hours=1), given_names="Luis")
    said = text(MORNING + timedelta(days=3))  # three days without a beat: nothing falls between
    assert "1 new registration\n- Luis" in said


def test_each_is_about_the_time_since_the_last_one_and_not_since_the_first(belize):
    Delegation.objects.update(seat_limit=None)
    for day, name in enumerate(("Ana", "Eva", "Luis")):
        now = MORNING + timedelta(days=day)
        DelegateFactory(delegation=belize, given_names=name, submitted_at=now - timedelta(hours=1))
        assert f"1 new registration\n- {name}" in text(now)


def test_it_holds_no_passport_data(belize):
    delegate = DelegateFactory(delegation=belize, submitted_at=MORNING)
    PassportCopyFactory(delegate=delegate)
    passport = Passport.objects.get(delegate=delegate)
    said = text() + OutgoingMail.objects.get(kind="summary").html
    for secret in (passport.number, "1980", str(passport.expires_on.year), delegate.email):
        assert secret not in said


def test_it_comes_once_a_day_at_its_hour_by_the_workshops_clock(belize):
    DelegateFactory(delegation=belize)
    early = datetime(2022, 2, 20, 7, 29, tzinfo=MEXICO_CITY)
    assert send_summaries(now=early) == 0
    assert send_summaries(now=early + timedelta(minutes=1)) == 1
    assert send_summaries(now=early + timedelta(minutes=16)) == 0
    assert send_summaries(now=early + timedelta(hours=10)) == 0
    assert send_summaries(now=early + timedelta(days=1)) == 0
    assert send_summaries(now=early + timedelta(days=1, minutes=1)) == 1
    assert [row.day.day for row in DailySummary.objects.all()] == [21, 20]


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_send_one():
    if connection.vendor != "postgresql":
        pytest.fail("the tests run on PostgreSQL")
    belize = DelegationFactory(focal_point_email="focal@example.org")
    DelegateFactory(delegation=belize)
    sent = []

    def beat():
        try:
            sent.append(send_summaries(now=MORNING))
        finally:
            connection.close()

    threads = [Thread(target=beat) for _beat in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == [0, 0, 0, 1]
    assert OutgoingMail.objects.filter(kind="summary").count() == DailySummary.objects.count() == 1


def test_it_is_silent_where_there_is_nothing_to_say_unless_set(belize):
    DelegationFactory(workshop=belize.workshop)
    belize.seat_limit = None  # no free seats either
    belize.save()
    assert send_summaries(now=MORNING) == 0
    assert DailySummary.objects.get().mails == 0
    belize.workshop.summary_when_empty = True
    belize.workshop.save()
    said = text(MORNING + timedelta(days=1))
    assert "Nothing new, and nothing waits for you." in said
    assert (
        OutgoingMail.objects.get().subject
        == "21 February 2022: nothing new for the II IMRF Preparation Workshop"
    )


def test_it_goes_to_the_officers_or_the_contact_or_nobody(belize):
    workshop = belize.workshop
    assert recipients(workshop) == [workshop.contact_email]  # no officer has an address
    for name in ("b", "a"):
        accounts.make_staff("secretariat", username=name, email=f"{name}@crm.example")
    accounts.make_staff("iom", email="iom@iom.example")
    User.objects.filter(username="b").update(is_active=True)
    accounts.make_staff("secretariat", username="left", email="left@crm.example", is_active=False)
    assert recipients(workshop) == ["a@crm.example", "b@crm.example"]
    DelegateFactory(delegation=belize)
    assert send_summaries(now=MORNING) == 2
    workshop.summary_to = "contact"
    assert recipients(workshop) == [workshop.contact_email]
    workshop.summary_to = "nobody"
    workshop.save()
    assert recipients(workshop) == []
    assert send_summaries(now=MORNING + timedelta(days=1)) == 0


def test_it_is_written_in_the_workshops_language(belize):
    belize.workshop.summary_language = "es"
    belize.workshop.save()
    DelegateFactory(delegation=belize, submitted_at=MORNING)
    said = text()
    assert "1 inscripción nueva" in said
    assert "(Belice)" in said
    assert OutgoingMail.objects.get().language == "es"
    assert "inscripciones por decidir: 1" in said


def test_it_ends_with_the_workshop_and_one_that_fails_stops_no_other(belize, monkeypatch):
    DelegateFactory(delegation=belize)
    other = WorkshopFactory(slug="other", summary_at=time(7), deadline=DEADLINE)
    DelegateFactory(delegation=DelegationFactory(workshop=other))
    make = summary.summary

    def fail(workshop, **given):
        if workshop.slug == "other":
            raise RuntimeError("no")
        return make(workshop, **given)

    monkeypatch.setattr(summary, "summary", fail)
    assert send_summaries(now=MORNING) == 1
    monkeypatch.undo()
    assert send_summaries(now=MORNING + timedelta(minutes=15)) == 1  # tried again
    assert send_summaries(now=datetime(2022, 4, 2, 8, tzinfo=MEXICO_CITY)) == 0


def test_the_beat_has_its_task(settings, belize):
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert {"registration.tasks.send_summaries", "registration.tasks.send_reminders"} <= names
    DelegateFactory(delegation=belize)
    with time_machine.travel(MORNING, tick=False):
        tasks.send_summaries()
    assert OutgoingMail.objects.count() == 1
    assert Delegate.objects.count() == 1


def test_its_number_of_queries_does_not_grow(belize, django_assert_num_queries):
    def queries():
        DailySummary.objects.all().delete()
        cache.clear()  # the number of coming reminders is kept for a minute
        with django_assert_num_queries(35):
            send_summaries(now=MORNING)

    DelegateFactory.create_batch(2, delegation=belize, submitted_at=MORNING)
    queries()
    for code in ("CRI", "GTM", "HND"):
        DelegateFactory(delegation=DelegationFactory(party=PartyFactory(code=code)), submitted_at=MORNING)
    queries()
