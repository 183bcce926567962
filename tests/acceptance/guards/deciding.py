"""Rows about what staff and people decide of a registration: the step, the head, doubles, passports, the door."""

from datetime import date, timedelta
from unittest import mock

from django.db import connection

from logistics.services.decisions import decide
from registration import services
from registration.enums import BatchWork, CorrectionKind, ReminderTopic
from registration.models import Delegate, DetailChange, Passport, PassportCopy, ReminderRule
from registration.services import arrivals, batches, passport_checks, reminders
from registration.services.corrections import correcting
from registration.services.detail_changes import settle_change
from registration.services.duplicates import dismiss_pair, merge_pair
from registration.services.retention import purge
from registration.services.transitions import seen_state, staff
from tests import accounts
from tests.factories import (
    DEADLINE,
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    PassportCopyFactory,
)
from tests.logistics.factories import flight
from tests.registration.letters import letter_for, write_texts
from tests.registration.test_renewing import accept

from . import OFFICER, row

DAY = timedelta(days=1)
LAST_DAY = DEADLINE.replace(month=4, day=1, hour=23)


# Every decision


@row("registration/transitions:lock_delegates DataDestroyed")
def _():
    gone = DelegateFactory(status="rejected")
    purge(now=DEADLINE + 10_000 * DAY)
    stays = DelegateFactory(status="rejected")

    def reopen(delegate):
        return lambda: services.reopen(delegate=delegate, by=OFFICER, reason="x", now=IN_TIME)

    return reopen(gone), reopen(stays)


@row("registration/transitions:refuse_unseen ChangedMeanwhile")
def _():
    person = DelegateFactory()
    services.approve(delegate=person, by=OFFICER, now=IN_TIME)
    person.refresh_from_db()
    seen = seen_state(person)
    services.take_back(delegate=person, by=OFFICER, reason="x", now=IN_TIME)
    person.refresh_from_db()

    def reject(seen):
        return services.reject(delegate=person, by=OFFICER, reason="x", now=IN_TIME, seen=seen)

    return lambda: reject(seen), lambda: reject(seen_state(person))


@row("registration/transitions:lock_changeable NotChangeable")
def _():
    person = DelegateFactory()

    def change(now):
        return services.update_details(
            delegate=person, details={"position": "Minister"}, passport={}, now=now
        )

    return lambda: change(LAST_DAY + DAY), lambda: change(LAST_DAY)


@row("registration/batches:start_batch ReasonMissing")
def _():
    officer, person = accounts.make_staff(), DelegateFactory()

    def start(what, reason):
        return batches.start_batch(what=what, delegates=[person], by=officer, reason=reason, now=IN_TIME)

    return lambda: start(BatchWork.REJECT, " "), lambda: start(BatchWork.APPROVE, "")


# Changes


@row("registration/detail_changes:settle_change NotChangeable")
def _():
    person = DelegateFactory(status="approved")
    services.update_details(delegate=person, details={"position": "Minister"}, passport={}, now=IN_TIME)
    services.update_details(delegate=person, details={"institution": "Other"}, passport={}, now=IN_TIME)
    damaged, whole = DetailChange.objects.order_by("pk")
    _damage(damaged, "before")

    def set_back(change):
        return settle_change(change=change, agree=False, by=OFFICER, now=IN_TIME)

    return lambda: set_back(damaged), lambda: set_back(whole)


def _damage(made, column: str) -> None:
    """Make a value one that no key opens."""
    table = connection.ops.quote_name(made._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", ["plain", made.pk])


def correct(person, *, reason="x", seen=None, **details):
    return correcting.correct(
        delegate=person,
        details=details,
        passport={},
        kind=CorrectionKind.TYPING_ERROR,
        reason=reason,
        seen=seen or {},
        by=OFFICER,
        now=IN_TIME,
    )


@row("registration/corrections/correcting:correct ReasonMissing")
def _():
    person = DelegateFactory()
    return (
        lambda: correct(person, reason=" ", position="Minister"),
        lambda: correct(person, position="Minister"),
    )


@row("registration/corrections/correcting:correct ChangedSince")
def _():
    person = DelegateFactory()
    stale = correcting.seen_fields(person, person.passport, ["position"])
    services.update_details(delegate=person, details={"position": "Vice-minister"}, passport={}, now=IN_TIME)
    person = Delegate.objects.get(pk=person.pk)
    fresh = correcting.seen_fields(person, person.passport, ["position"])
    return (
        lambda: correct(person, seen=stale, position="Minister"),
        lambda: correct(person, seen=fresh, position="Minister"),
    )


@row("registration/corrections/correcting:correct NothingChanged")
def _():
    person = DelegateFactory()
    return (
        lambda: correct(person, position=person.position),
        lambda: correct(person, position="Minister"),
    )


@row("registration/corrections/correcting:note_entry ReasonMissing")
def _():
    person = DelegateFactory()

    def enter(note):
        return correcting.note_entry(delegate=person, what="journey", note=note, by=OFFICER, now=IN_TIME)

    return lambda: enter(" "), lambda: enter("By telephone.")


# The delegation's link and head


@row("registration/delegation_links:send_delegation_link NoFocalPoint")
def _():
    without, with_one = DelegationFactory(party__code="CRI"), DelegationFactory(focal_point_email="f@x.org")

    def send(delegation):
        return services.send_delegation_link(delegation=delegation, by=OFFICER, now=IN_TIME)

    return lambda: send(without), lambda: send(with_one)


def make_head(delegate, **more):
    return services.set_head(delegate=delegate, by=OFFICER, now=IN_TIME, **more)


@row("registration/delegation_links:set_head MayNotLead")
def _():
    ended, waiting = DelegateFactory(status="rejected"), DelegateFactory(status="waitlisted")
    return lambda: make_head(ended), lambda: make_head(waiting)


@row("registration/delegation_links:refuse_to_take TakesBenefits")
def _():
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    flight(delegation.workshop, limit=1)
    accept(letter_for(DelegateFactory(delegation=delegation)))
    second = DelegateFactory(delegation=delegation)
    services.approve(delegate=second, by=OFFICER, now=IN_TIME)
    decide(workshop=delegation.workshop, now=IN_TIME)
    return lambda: make_head(second), lambda: make_head(second, take_benefits=True)


# Doubles


def double(**facts):
    return DelegateFactory(surnames="Canul", passport__number="P7654321", **facts)


@row("registration/duplicates:merge_pair ReasonMissing")
def _():
    keep, drop = double(), double()

    def merge(reason):
        return merge_pair(keep=keep, drop=drop, by=OFFICER, reason=reason, now=IN_TIME)

    return lambda: merge(" "), lambda: merge("Same passport.")


@row("registration/duplicates:signs_of NotAPair")
def _():
    one, ended, standing = double(), double(status="cancelled"), double()

    def dismiss(other):
        return dismiss_pair(first=one, second=other, by=OFFICER, reason="x", now=IN_TIME)

    return lambda: dismiss(ended), lambda: dismiss(standing)


# Passports


def verify(person, seen=None):
    person = Delegate.objects.get(pk=person.pk)
    copy = PassportCopy.objects.filter(delegate=person).first()
    shown = passport_checks.fingerprint(person, person.passport, copy)
    return services.verify_passport(delegate=person, seen=seen or shown, by=OFFICER, now=IN_TIME)


@row("registration/passport_checks:verify_passport NothingToVerify")
def _():
    person = DelegateFactory()

    def with_a_copy():
        PassportCopyFactory(delegate=person)
        verify(person)

    return lambda: verify(person), with_a_copy


@row("registration/passport_checks:verify_passport PapersChanged")
def _():
    person = DelegateFactory()
    copy = PassportCopyFactory(delegate=person)
    person.refresh_from_db()
    seen = passport_checks.fingerprint(person, person.passport, copy)
    PassportCopy.objects.update(sha256="1" * 64)
    return lambda: verify(person, seen), lambda: verify(person)


@row("registration/passport_checks:verify_passport PassportExpires")
def _():
    person = DelegateFactory(passport__expires_on=date(2022, 3, 31))
    PassportCopyFactory(delegate=person)

    def until_the_last_day():
        Passport.objects.update(expires_on=date(2022, 4, 1))
        verify(person)

    return lambda: verify(person), until_the_last_day


def ask(person, text):
    return services.ask_for_correction(delegate=person, text=text, now=IN_TIME)


@row("registration/passport_checks:ask_for_correction ReasonMissing")
def _():
    person = DelegateFactory()
    return lambda: ask(person, " "), lambda: ask(person, "Blurred.")


@row("registration/passport_checks:ask_for_correction NumberInMail")
def _():
    person = DelegateFactory(passport__number="P7654321")
    return lambda: ask(person, "Not p-765 4321?"), lambda: ask(person, "Not P7654320?")


@row("registration/passport_checks:confirm_ticket_name NotAllowedName")
def _():
    person = DelegateFactory(given_names="Luz", surnames="Canul")

    def confirm(text):
        return services.confirm_ticket_name(delegate=person, text=text, now=IN_TIME)

    return lambda: confirm("SOMEBODY/ELSE"), lambda: confirm("CANUL/LUZ")


# The door


@row("registration/arrivals:check_in NotExpected")
def _():
    submitted, approved = DelegateFactory(), DelegateFactory(status="approved")

    def tick(person):
        return arrivals.check_in(delegate=person, by=OFFICER, now=LAST_DAY)

    return lambda: tick(submitted), lambda: tick(approved)


@row("registration/arrivals:check_in TooEarly")
def _():
    person = DelegateFactory(status="approved")
    begins = DEADLINE.replace(month=3, day=31, hour=0)

    def tick(now):
        return arrivals.check_in(delegate=person, by=OFFICER, now=now)

    return lambda: tick(begins - timedelta(seconds=1)), lambda: tick(begins)


@row("registration/arrivals:undo NotArrived")
def _():
    person, arrived = DelegateFactory.create_batch(2, status="approved")
    arrivals.check_in(delegate=arrived, by=OFFICER, now=LAST_DAY)

    def undo(person):
        return arrivals.undo(delegate=person, by=OFFICER, now=LAST_DAY)

    return lambda: undo(person), lambda: undo(arrived)


# Reminders


def remind(person, by, now=IN_TIME):
    return reminders.send_by_hand(who=person, by=by, now=now)


def owing():
    """Somebody who owes the copy of their passport, and the rule that reminds of it."""
    person = DelegateFactory()
    for what in ReminderTopic:
        before = "acceptance" if what == ReminderTopic.LETTER else "deadline"
        ReminderRule.objects.create(
            workshop=person.workshop, what=what, to="delegate", before=before, days=[7]
        )
    return person


@row("registration/reminders:send_due hindrance")
def _():
    """Whatever hinders the planning of one workshop is told at the end."""
    owing()

    def broken(workshop, now):
        raise LookupError(workshop.slug)

    def run():
        with mock.patch.object(reminders, "plan_workshop", broken):
            reminders.send_due(now=IN_TIME)

    return run, lambda: reminders.send_due(now=IN_TIME)


@row("registration/reminders:send_by_hand JustReminded")
def _():
    person = owing()
    by = staff(accounts.make_staff())
    remind(person, by)
    later = IN_TIME + timedelta(hours=1)
    return lambda: remind(person, by, later - timedelta(seconds=1)), lambda: remind(person, by, later)


@row("registration/reminders:send_by_hand NothingMissing")
def _():
    owes, by = owing(), staff(accounts.make_staff())
    complete = DelegateFactory(delegation=owes.delegation)
    PassportCopyFactory(delegate=complete)
    return lambda: remind(complete, by), lambda: remind(owes, by)


@row("registration/reminders:pause_reminders PauseReasonMissing")
def _():
    person = DelegateFactory()

    def pause(reason):
        return services.pause_reminders(target=person, by=OFFICER, reason=reason, now=IN_TIME)

    return lambda: pause(" "), lambda: pause("Writes to us.")
