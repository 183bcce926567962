"""An address that nobody confirms: one warning, then the seat is let go; confirming late brings it back."""

from datetime import timedelta

import pytest

from rcm_portal.models import OutgoingMail
from registration import services
from registration.enums import Source
from registration.models import Delegate
from registration.rules.email_confirmation import Stage, confirm_by, stage
from registration.services.addresses import follow_up_confirmation
from registration.services.transitions import staff
from tests.factories import IN_TIME, DelegateFactory
from tests.registration.forms import REGISTER, filled_in
from tests.registration.pages import page
from tests.registration.test_waiting_list import mails_of, standing

HALF, END = IN_TIME + timedelta(hours=24), IN_TIME + timedelta(hours=48)
SECOND = timedelta(seconds=1)


@pytest.fixture
def unconfirmed(belize):
    return DelegateFactory(delegation=belize, email_confirmed_at=None)


# The rule


@pytest.mark.parametrize(
    ("warned_at", "now", "due"),
    [
        (None, HALF - SECOND, Stage.WAIT),
        (None, HALF, Stage.WARN),
        (None, END + timedelta(days=9), Stage.WARN),  # the portal stood still: warned first all the same
        (HALF, HALF, Stage.WAIT),
        (HALF, END - SECOND, Stage.WAIT),
        (HALF, END, Stage.LET_GO),
        (END, END + timedelta(hours=12) - SECOND, Stage.WAIT),
        (END, END + timedelta(hours=12), Stage.LET_GO),
    ],
)
def test_what_is_due_and_when(warned_at, now, due):
    assert stage(IN_TIME, hours=48, warned_at=warned_at, now=now) == due


def test_a_late_warning_leaves_a_quarter_of_the_time():
    assert confirm_by(IN_TIME, hours=48) == END
    assert confirm_by(IN_TIME, hours=48, warned_at=HALF) == END
    assert confirm_by(IN_TIME, hours=48, warned_at=END) == END + timedelta(hours=12)


# The seat


@pytest.mark.parametrize(
    "state",
    [
        {"email_confirmed_at": IN_TIME},
        {"status": "approved", "approved_at": IN_TIME},
        {"source": Source.STAFF},
        {"source": Source.EMAIL},
        {"source": Source.WALK_IN},
        {"status": "waitlisted", "waiting_position": 1, "seat_offer_until": END + timedelta(days=9)},
    ],
)
@pytest.mark.parametrize("warned", [False, True])
def test_whose_seat_does_not_hang_on_the_address_any_more_is_neither_warned_nor_ended(belize, state, warned):
    delegate = DelegateFactory(
        delegation=belize,
        **{"email_confirmed_at": None, "email_warned_at": HALF if warned else None, **state},
    )
    assert follow_up_confirmation(delegate=delegate, now=END + timedelta(days=1)) == Stage.WAIT
    after = Delegate.objects.get()
    assert (after.status, after.seat_number) == (delegate.status, delegate.seat_number)
    assert not OutgoingMail.objects.exists()


def test_the_sweep_says_how_often_it_did_what(unconfirmed):
    assert services.tend_seats(now=HALF - SECOND) == {}
    assert services.tend_seats(now=HALF) == {"warn": 1}
    assert services.tend_seats(now=END) == {"let_go": 1}


def test_one_warning_at_half_time_then_the_seat_is_let_go(unconfirmed):
    for now in (HALF - SECOND, HALF, HALF + timedelta(minutes=10), END - SECOND):
        services.tend_seats(now=now)
    assert mails_of("confirm_soon") == [unconfirmed.email]
    assert "12 de febrero de 2022, 11:59" in OutgoingMail.objects.get(kind="confirm_soon").text
    assert standing(unconfirmed)[:2] == ("submitted", 1)
    services.tend_seats(now=END)
    assert standing(unconfirmed)[:2] == ("cancelled", None)
    change = unconfirmed.status_changes.get()
    assert (change.actor, change.reason) == ("system", "email_not_confirmed")
    services.tend_seats(now=END + timedelta(days=1))
    assert (mails_of("confirm_soon"), mails_of("let_go")) == ([unconfirmed.email], [unconfirmed.email])


def test_the_seat_let_go_is_offered_to_the_first_in_line(belize, unconfirmed):
    DelegateFactory(delegation=belize)
    waiting = DelegateFactory(delegation=belize, status="waitlisted", waiting_position=1)
    services.tend_seats(now=HALF)
    services.tend_seats(now=END)
    assert standing(waiting) == ("waitlisted", 1, True, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"email_confirmed_at": IN_TIME},
        {"status": "approved"},
        {"source": Source.EMAIL},
        {"source": Source.STAFF},
    ],
    ids=["confirmed", "approved", "keyed in from an e-mail", "added by staff"],
)
def test_who_is_not_warned(belize, changes):
    delegate = DelegateFactory(**{"delegation": belize, "email_confirmed_at": None, **changes})
    for now in (HALF, END, END + timedelta(days=3)):
        services.tend_seats(now=now)
    assert delegate.seat_number == standing(delegate)[1] == 1
    assert not OutgoingMail.objects.exists()


def test_those_who_wait_without_confirming_leave_the_line_too(belize):
    DelegateFactory.create_batch(2, delegation=belize)
    waiting = DelegateFactory(
        delegation=belize, status="waitlisted", waiting_position=1, email_confirmed_at=None
    )
    services.tend_seats(now=HALF)
    services.tend_seats(now=END)
    assert standing(waiting) == ("cancelled", None, False, None)


def test_a_new_address_has_the_whole_time_again(client, belize, in_time):
    client.post(REGISTER, filled_in())
    delegate = Delegate.objects.get()
    services.confirm_email(delegate=delegate, now=IN_TIME)
    later = IN_TIME + timedelta(days=9)
    services.update_details(
        delegate=delegate, details={"email": "new@example.org"}, passport={}, by=staff(None), now=later
    )
    services.tend_seats(now=later + timedelta(hours=23))
    assert not mails_of("confirm_soon")
    services.tend_seats(now=later + timedelta(hours=24))
    services.tend_seats(now=later + timedelta(hours=48))
    assert mails_of("confirm_soon") == mails_of("let_go") == ["new@example.org"]


def test_reopened_by_staff_the_time_runs_anew(unconfirmed):
    services.tend_seats(now=HALF)
    services.tend_seats(now=END)
    services.reopen(delegate=unconfirmed, by=staff(None), reason="phoned", now=END)
    services.tend_seats(now=END + timedelta(hours=1))
    assert standing(unconfirmed)[0] == "submitted"


# Coming back


@pytest.fixture
def let_go(unconfirmed, in_time):
    services.tend_seats(now=HALF)
    services.tend_seats(now=END)
    in_time.move_to(END + timedelta(hours=1))
    return unconfirmed


def test_the_page_says_what_happened_and_how_to_come_back(client, let_go):
    shown = client.get(page(let_go)).content.decode()
    assert "was not confirmed in time, so your registration ended. You can still come back." in shown
    assert "Confirm my e-mail address" in shown


def test_confirming_late_brings_the_seat_back_if_one_is_free(client, let_go):
    answer = client.post(page(let_go, "confirm"), follow=True)
    assert "a seat is yours again" in answer.content.decode()
    assert standing(let_go)[:2] == ("submitted", 1)
    assert let_go.status_changes.last().verb == "return"


def test_confirming_late_without_a_free_seat_leads_to_the_end_of_the_line(client, belize, let_go):
    DelegateFactory.create_batch(2, delegation=belize)
    DelegateFactory(delegation=belize, status="waitlisted", waiting_position=1)
    answer = client.post(page(let_go, "confirm"), follow=True)
    assert "you are on the waiting list" in answer.content.decode()
    assert standing(let_go) == ("waitlisted", None, False, 2)
    assert let_go.status_changes.last().verb == "return_to_line"


def test_who_registered_anew_meanwhile_does_not_come_back_twice(client, belize, let_go):
    DelegateFactory(delegation=belize, email=let_go.email)
    answer = client.post(page(let_go, "confirm"), follow=True)
    assert "You have registered again" in answer.content.decode()
    assert standing(let_go)[0] == "cancelled"


def test_who_was_cancelled_otherwise_does_not_come_back_by_the_button(client, unconfirmed):
    services.cancel(delegate=unconfirmed, by=staff(None), reason="asked by phone", now=IN_TIME)
    client.post(page(unconfirmed, "confirm"))
    assert standing(unconfirmed)[0] == "cancelled"


def test_before_it_is_too_late_the_page_names_the_last_minute(client, unconfirmed):
    assert "by 12 February 2022, 11:59 (Mexico City time)" in client.get(page(unconfirmed)).content.decode()
