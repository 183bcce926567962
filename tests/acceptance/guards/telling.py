"""Rows about setting a workshop up, telling its people, writing to them, and who is seen by the others."""

from datetime import timedelta
from functools import partial

import time_machine
from django.utils import translation

from registration.models import Delegate, Message, MessageRecipient, PracticalPart
from registration.queries.messages import addressees
from registration.rules.findings import Level, findings
from registration.services.detail_changes import agree_to_be_listed
from registration.services.practical.notices import prepare
from registration.services.retention import purge
from registration.services.setting_up import focal_points
from registration.services.setting_up.deadlines import extend_registration
from registration.services.setting_up.seen import set_aside
from registration.services.writing import messages
from tests import accounts
from tests.factories import DEADLINE, IN_TIME, DelegateFactory, DelegationFactory, WorkshopFactory

from . import row

SECOND = timedelta(seconds=1)
ENDED = DEADLINE.replace(month=4, day=2)  # the first instant after the workshop's last day
ENGLISH = {"subject_en": "Your data", "text_en": "Please send your data."}


def in_archive(workshop, call):
    """The call, made once the workshop's personal data are destroyed."""
    with time_machine.travel(workshop.archived_from, tick=False):
        purge(now=workshop.archived_from)
        call()


# The registration deadline


@row("registration/setting_up/deadlines:extend_registration OnlyRead")
def _():
    workshop = DelegateFactory().workshop

    def extend(workshop):
        extend_registration(workshop=workshop, until=ENDED, now=IN_TIME)

    return lambda: in_archive(workshop, lambda: extend(workshop)), lambda: extend(WorkshopFactory(slug="x"))


@row("registration/setting_up/deadlines:extend_registration NotLater")
def _():
    workshop = WorkshopFactory()

    def extend(until):
        extend_registration(workshop=workshop, until=until, now=IN_TIME)

    return lambda: extend(DEADLINE), lambda: extend(DEADLINE + SECOND)


@row("registration/setting_up/deadlines:extend_registration AfterTheWorkshop")
def _():
    workshop = WorkshopFactory()

    def extend(until):
        extend_registration(workshop=workshop, until=until, now=IN_TIME)

    return lambda: extend(ENDED + SECOND), lambda: extend(ENDED)


@row("registration/setting_up/seen:set_aside FindingGone")
def _():
    """An error is never set aside."""
    workshop = DelegationFactory().workshop
    officer = accounts.make_staff()

    def aside(level):
        with translation.override("en"):
            words = next(found.words for found in findings(workshop) if found.level == level)
            set_aside(workshop=workshop, words=words, reason="x", by=officer, now=IN_TIME)

    return lambda: aside(Level.ERROR), lambda: aside(Level.WARNING)


# The list of focal points


@row("registration/setting_up/focal_points:as_text Unreadable")
def _():
    return lambda: focal_points.as_text(b""), lambda: focal_points.as_text(b"BLZ;Ana;ana@example.org")


def listed(number: int) -> str:
    return "\n".join(["BLZ\tAna\tana@example.org"] * number)


@row("registration/setting_up/focal_points:as_text Unreadable 2")
def _():
    return (
        lambda: focal_points.as_text(listed(focal_points.MOST_ROWS + 1).encode()),
        lambda: focal_points.as_text(listed(focal_points.MOST_ROWS).encode()),
    )


@row("registration/setting_up/focal_points:plan Unreadable")
def _():
    workshop = DelegationFactory().workshop
    return (
        lambda: focal_points.plan(workshop, listed(focal_points.MOST_ROWS + 1)),
        lambda: focal_points.plan(workshop, listed(focal_points.MOST_ROWS)),
    )


# Practical information


def venue(workshop) -> PracticalPart:
    return PracticalPart.objects.create(workshop=workshop, kind="venue", address="Calle 1")


def tell(workshop):
    return prepare(workshop=workshop, now=IN_TIME, by=accounts.make_staff())


@row("registration/practical/notices:prepare NothingToTell")
def _():
    workshop = DelegateFactory(status="approved").workshop

    def with_a_venue():
        venue(workshop)
        tell(workshop)

    return lambda: tell(workshop), with_a_venue


@row("registration/practical/notices:prepare NobodyToTell")
def _():
    person = DelegateFactory()
    venue(person.workshop)

    def with_somebody():
        Delegate.objects.update(status="approved")
        tell(person.workshop)

    return lambda: tell(person.workshop), with_somebody


# Messages


def begin(*people) -> Message:
    return messages.begin(people=people, by=accounts.make_staff(), now=IN_TIME)


def written(**words) -> Message:
    """A message to one delegate who reads English."""
    message = begin(DelegateFactory(language="en"))
    return messages.save_draft(message=message, values=ENGLISH | words)


def send(message, seen=""):
    people = addressees(message)
    seen = seen or messages.stamp_of(message, people)
    messages.send(message=message, people=people, seen=seen, now=IN_TIME)


@row("registration/writing/messages:begin NobodyChosen")
def _():
    return begin, lambda: begin(DelegateFactory())


@row("registration/writing/messages:begin SeveralWorkshops")
def _():
    one, other = DelegationFactory(), DelegationFactory(workshop=WorkshopFactory(slug="other"))
    return lambda: begin(one, other), lambda: begin(one)


@row("registration/writing/messages:begin OverForGood")
def _():
    person = DelegateFactory()
    other = DelegateFactory(delegation=DelegationFactory(workshop=WorkshopFactory(slug="other")))
    return (
        lambda: in_archive(person.workshop, lambda: begin(person)),
        lambda: begin(other),
    )


@row("registration/writing/messages:_draft SentAlready")
def _():
    sent, fresh = written(), written()
    send(sent)
    return lambda: send(sent), lambda: send(fresh)


@row("registration/writing/messages:send NobodyChosen")
def _():
    message = written()
    Delegate.objects.update(status="rejected", seat_number=None)

    def also_to_who_has_ended():
        messages.save_draft(message=message, values={"with_ended": True})
        message.refresh_from_db()
        send(message)

    return lambda: send(message), also_to_who_has_ended


@row("registration/writing/messages:send ChangedSinceLooked")
def _():
    message = written()
    seen = messages.stamp_of(message, addressees(message))
    message = messages.save_draft(message=message, values={"text_en": "Something else."})
    return lambda: send(message, seen), lambda: send(message)


def write(message):
    """One mail, as `run_message` has it written; it keeps the words of a refusal beside the recipient."""
    messages._write(MessageRecipient.objects.get(message=message), rules=[], now=IN_TIME)


@row("registration/writing/messages:_write NotForThem")
def _():
    message = written()
    Delegate.objects.update(status="rejected", seat_number=None)

    def also_to_who_has_ended():
        Message.objects.update(with_ended=True)
        write(message)

    return lambda: write(message), also_to_who_has_ended


@row("registration/writing/messages:_write NotForThem 2")
def _():
    holed, whole = written(text_en="On [the day]."), written()
    return lambda: write(holed), lambda: write(whole)


# The list of participants


@row("registration/detail_changes:agree_to_be_listed NotListable")
def _():
    workshop = WorkshopFactory(publishes_participants=True)
    people = [
        DelegateFactory(delegation=DelegationFactory(workshop=workshop), status=status, seat_number=None)
        for status in ("cancelled", "waitlisted")
    ]
    ended, stands = (partial(agree_to_be_listed, delegate=each, agreed=True, now=IN_TIME) for each in people)
    return ended, stands


@row("registration/detail_changes:agree_to_be_listed NotListable / not published")
def _():
    person = DelegateFactory()

    def agree(agreed):
        return agree_to_be_listed(delegate=person, agreed=agreed, now=IN_TIME)

    return lambda: agree(True), lambda: agree(False)
