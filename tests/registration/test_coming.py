"""What goes out next: the page, pausing and resuming with a record, and sending one by hand."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from registration import services
from registration.enums import ReminderTopic
from registration.models import Reminder, ReminderPause, ReminderRule
from registration.queries.reminder_plan import coming
from registration.rules.reminders import Missing, Rule, coming_for
from registration.services.reminders import (
    JustReminded,
    NothingMissing,
    PauseReasonMissing,
    send_by_hand,
    send_due,
)
from registration.services.transitions import staff
from tests import accounts
from tests.factories import (
    DEADLINE,
    MEXICO_CITY,
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    PassportCopyFactory,
)
from tests.registration.test_reminder_rule import MISSING, RULE, local

NOW = datetime(2022, 2, 20, 12, tzinfo=MEXICO_CITY)
PAGE = "/admin/registration/reminder/coming/"


@pytest.fixture
def belize(db):
    delegation = DelegationFactory(focal_point_email="focal@example.org", focal_point_name="Ana Focal")
    for what in (ReminderTopic.PASSPORT, ReminderTopic.EMAIL):
        ReminderRule.objects.create(workshop=delegation.workshop, what=what)
    ReminderRule.objects.create(
        workshop=delegation.workshop, what=ReminderTopic.DELEGATION, to="focal_point", days=[3]
    )
    return delegation


@pytest.fixture
def officer(db):
    return accounts.make_staff("secretariat", username="officer")


@pytest.fixture
def client(officer):
    with time_machine.travel(NOW, tick=False):
        yield accounts.signed_in(officer)


@pytest.mark.parametrize(
    ("done", "since", "expected"),
    [
        ((), None, [7, 3, 1]),
        ((7,), None, [3, 1]),
        ((), local(22, 9), [3, 1]),
        ((7, 3, 1), None, []),
    ],
)
def test_what_is_still_to_come_of_one_missing_thing(done, since, expected):
    missing = Missing("ana", "passport_missing", DEADLINE, since)
    found = coming_for(
        missing, RULE, after=local(20), until=local(20) + timedelta(days=14), zone=MEXICO_CITY, done=done
    )
    assert [days for days, _at in found] == expected


def test_nothing_is_to_come_past_the_days_that_are_looked_at():
    found = coming_for(MISSING, RULE, after=local(10), until=local(10) + timedelta(days=5), zone=MEXICO_CITY)
    assert found == [(14, local(15, 8))]
    rule = Rule("passport_missing", (0,), RULE.quiet_from, RULE.quiet_until, RULE.missed_after)
    at_the_end = Missing(
        "ana", "passport_missing", local(1, 8, month=3)
    )  # its last day is 1 March, from 8:00 too late
    assert coming_for(at_the_end, rule, after=local(20), until=local(28), zone=MEXICO_CITY) == []


def test_what_is_said_to_come_is_what_is_sent(belize):
    DelegateFactory(delegation=belize)
    DelegateFactory(delegation=DelegationFactory(party=PartyFactory(code="CRI")), email_confirmed_at=None)
    promised = [
        (each.at, each.address, each.rule.what, each.days)
        for each in coming(belize.workshop, now=NOW, ahead=timedelta(days=14))
    ]
    sent, at = [], NOW
    while at < NOW + timedelta(days=14):
        at += timedelta(minutes=15)
        known = set(Reminder.objects.values_list("pk", flat=True))
        send_due(now=at)
        sent += [
            (row.due_at, row.mail.to, row.rule.what, row.days)
            for row in Reminder.objects.filter(outcome="sent").exclude(pk__in=known)
        ]
    assert sorted(sent) == sorted(promised)
    assert len(promised) == 3 + 6 + 1  # a copy; a copy and an address; Belize's second seat
    # Costa Rica has a free seat as well, and no focal point.


def test_the_page_shows_per_day_to_whom_what_and_why(belize, client):
    ana = DelegateFactory(delegation=belize, email_confirmed_at=None, given_names="Ana", surnames="Peña")
    DelegationFactory(party=PartyFactory(code="GTM", name_es="Guatemala", name_en="Guatemala"))
    page = client.get(PAGE).text
    assert "Tuesday, 22 February 2022" in page
    assert page.count("Ana Peña</a>") == 3  # one mail a day, whatever is in it
    assert ana.email in page
    assert "passport copy missing" in page
    assert "7 days before 1 March 2022, 23:59 (Mexico City time)" in page
    assert "Ana Focal" in page
    assert "focal@example.org" in page
    assert "Free seats, but no focal point’s e-mail:" in page
    assert "4 mails go out until 6 March 2022" in page
    assert "Ana Peña</a>" not in client.get(f"{PAGE}?what=delegation_incomplete").text


def test_its_number_of_queries_does_not_grow(belize, client, django_assert_num_queries):
    DelegateFactory(delegation=belize)
    client.get(PAGE)
    with django_assert_num_queries(18):
        client.get(PAGE)
    for code in ("CRI", "GTM", "HND"):
        delegation = DelegationFactory(party=PartyFactory(code=code), focal_point_email=f"{code}@example.org")
        delegate = DelegateFactory(delegation=delegation)
        services.pause_reminders(
            target=DelegateFactory(delegation=delegation), by=staff(None), reason="no", now=NOW
        )
        assert delegate.pk
    with django_assert_num_queries(18):
        client.get(PAGE)


def test_a_rule_is_paused_with_who_when_and_why_and_resumed(belize, client, officer):
    DelegateFactory(delegation=belize)
    rule = ReminderRule.objects.get(what="passport_missing")
    address = reverse("admin:registration_reminder_pause", args=["rule", rule.pk])
    refused = client.post(address, {"reason": " "})
    assert refused.status_code == 400
    assert "This field is required." in refused.text
    assert (
        client.post(address, {"reason": "The upload is down"}).headers["Location"]
        == f"{PAGE}?workshop=imrf-2022"
    )
    rule.refresh_from_db()
    assert rule.paused
    pause = ReminderPause.objects.get()
    assert (pause.rule, pause.paused, pause.by, pause.at, pause.reason) == (
        rule,
        True,
        officer,
        NOW,
        "The upload is down",
    )
    page = client.get(PAGE).text
    assert "The upload is down" in page
    assert "7 days before" not in page
    client.post(reverse("admin:registration_reminder_resume", args=["rule", rule.pk]))
    rule.refresh_from_db()
    assert not rule.paused
    assert list(ReminderPause.objects.values_list("paused", flat=True)) == [False, True]
    assert "7 days before" in client.get(PAGE).text


@pytest.mark.parametrize("kind", ["delegate", "delegation"])
def test_a_person_is_paused_on_their_page_and_gets_nothing(belize, client, kind):
    delegate = DelegateFactory(delegation=belize)
    target = {"delegate": delegate, "delegation": belize}[kind]
    before = len(coming(belize.workshop, now=NOW))
    services.pause_reminders(target=target, by=staff(None), reason="Asked for none", now=NOW)
    assert len(coming(belize.workshop, now=NOW)) == before - {"delegate": 3, "delegation": 1}[kind]
    assert "Asked for none" in client.get(f"/admin/registration/{kind}/{target.pk}/change/").text
    assert services.pause_reminders(target=target, by=staff(None), reason="again", now=NOW) is False
    assert services.resume_reminders(target=target, by=staff(None), now=NOW) is True
    assert services.resume_reminders(target=target, by=staff(None), now=NOW) is False
    assert len(coming(belize.workshop, now=NOW)) == before
    assert ReminderPause.objects.count() == 2


def test_a_pause_owes_a_reason_in_the_service_and_in_the_database(belize):
    with pytest.raises(PauseReasonMissing):
        services.pause_reminders(target=belize, by=staff(None), reason=" ", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderPause.objects.create(delegation=belize, paused=True, reason="")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderPause.objects.create(paused=True, reason="Of nobody")


def test_one_of_the_plan_is_sent_by_hand_and_not_again(belize, client, officer):
    delegate = DelegateFactory(delegation=belize)
    rule = ReminderRule.objects.get(what="passport_missing")
    address = reverse("admin:registration_reminder_send", args=["delegate", delegate.pk]) + "?from=plan"
    page = client.post(address, {"offset": f"{rule.pk}:7"}, follow=True)
    assert f"Reminder to {delegate.email} is on its way." in page.text
    row = Reminder.objects.get()
    assert (row.days, row.outcome, row.by, row.at) == (7, "sent", officer, NOW)
    assert row.mail.to == delegate.email
    again = client.post(address, {"offset": f"{rule.pk}:7"}, follow=True)
    assert "This was sent already, or nothing is missing any more." in again.text
    send_due(now=datetime(2022, 2, 22, 9, tzinfo=MEXICO_CITY))
    assert OutgoingMail.objects.count() == 1
    send_due(now=datetime(2022, 2, 26, 9, tzinfo=MEXICO_CITY))
    assert OutgoingMail.objects.filter(to=delegate.email).count() == 2


def test_everything_missing_goes_by_hand_in_one_mail_also_to_who_is_paused(belize, officer):
    delegate = DelegateFactory(delegation=belize, email_confirmed_at=None, reminders_paused=True)
    mail = send_by_hand(who=delegate, by=staff(officer), now=NOW)
    assert mail.text.count("1 de marzo de 2022, 23:59") == 2
    assert set(Reminder.objects.values_list("days", "by", "mail")) == {(None, officer.pk, mail.pk)}
    with pytest.raises(JustReminded):
        send_by_hand(who=delegate, by=staff(officer), now=NOW + timedelta(minutes=1))
    delegate.reminders_paused = False
    delegate.save()
    send_due(now=datetime(2022, 2, 22, 9, tzinfo=MEXICO_CITY))  # the planned ones stand beside it
    assert Reminder.objects.filter(days=7).count() == 2


def test_by_hand_after_the_deadline_says_that_it_is_late(belize, officer):
    delegate = DelegateFactory(delegation=belize, language="en")
    mail = send_by_hand(who=delegate, by=staff(officer), now=DEADLINE + timedelta(days=3))
    assert mail.subject.startswith("Send a copy of your passport: overdue")
    assert "it was due by 1 March 2022, 23:59" in mail.text
    assert mail.not_after is None
    belize.focal_point_language = "en"
    belize.save()
    mail = send_by_hand(who=belize, by=staff(officer), now=DEADLINE + timedelta(days=3))
    assert mail.subject.startswith("Write to us: 1 seat of Belize is still free")
    assert "Registration closed on 1 March 2022" in mail.text


def test_nothing_goes_by_hand_to_who_owes_nothing(belize, officer):
    done = DelegateFactory(delegation=belize)
    PassportCopyFactory(delegate=done)
    for who in (
        done,
        DelegateFactory(delegation=belize, status="rejected"),
        DelegationFactory(seat_limit=None, party=PartyFactory(code="CAN")),
    ):
        with pytest.raises(NothingMissing):
            send_by_hand(who=who, by=staff(officer), now=NOW)
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("offset", ["x:7", "1", "1:-3", "1:" + "9" * 50])
def test_a_forged_offset_is_not_found(belize, client, offset):
    delegate = DelegateFactory(delegation=belize)
    address = reverse("admin:registration_reminder_send", args=["delegate", delegate.pk])
    assert client.post(address, {"offset": offset}).status_code == 404
    assert client.post(reverse("admin:registration_reminder_send", args=["rule", 1])).status_code == 404
    assert client.get(reverse("admin:registration_reminder_pause", args=["party", 1])).status_code == 404


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("10, 2", [10, 2]),
        ("10;2 ", [10, 2]),
        ("seven, 3", None),
        ("3, 3", None),
        ("", None),
        ("-1", None),
        ("9999", None),
    ],
)
def test_the_days_of_a_rule_are_typed_as_people_write_them(belize, client, typed, kept):
    rule = ReminderRule.objects.get(what="passport_missing")
    page = f"/admin/registration/reminderrule/{rule.pk}/change/"
    assert 'value="14, 7, 3, 1"' in client.get(page).text
    form = {
        "workshop": rule.workshop_id, "what": rule.what, "to": rule.to, "before": rule.before, "days": typed, "language": "",
        "clock": "workshop", "quiet_from": "20:00", "quiet_until": "08:00", "missed_after_hours": "24",
    }  # fmt: skip
    answer = client.post(page, form)
    rule.refresh_from_db()
    if kept:
        assert answer.status_code == 302
        assert rule.days == kept
    else:
        assert answer.status_code == 200
        assert "errorlist" in answer.text
        assert f'name="days" value="{typed}"' in answer.text or not typed
        assert rule.days == [14, 7, 3, 1]
