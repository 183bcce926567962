"""The waiting list: who gets onto it, to whom a seat is offered, who takes it, and what staff may change."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from rcm_portal.models import OutgoingMail
from registration import services
from registration.exceptions import DelegationFull, IllegalTransition, ReasonMissing
from registration.models import Delegate
from registration.services.transitions import staff
from registration.services.waiting_list import OfferOver, SeatOnOffer
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory
from tests.registration.forms import REGISTER, filled_in
from tests.registration.pages import page

HOURS = timedelta(hours=48)


@pytest.fixture
def full(belize):
    """Both seats of Belize are taken."""
    return DelegateFactory.create_batch(2, delegation=belize)


@pytest.fixture
def line(belize, full):
    """Three people wait: the first, the second, the third."""
    return [
        DelegateFactory(delegation=belize, status="waitlisted", waiting_position=place, surnames=name)
        for place, name in enumerate(("Alba", "Bravo", "Cruz"), start=1)
    ]


def free_a_seat(full):
    services.cancel(delegate=full[0], by=staff(None), reason="asked by phone", now=IN_TIME)


def standing(delegate) -> tuple:
    """Status, seat, whether it is an offer, and place in line, as the database has them."""
    delegate.refresh_from_db()
    return (
        delegate.status,
        delegate.seat_number,
        delegate.seat_offer_until is not None,
        delegate.waiting_position,
    )


def mails_of(kind: str) -> list[str]:
    return list(OutgoingMail.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


# The form


def test_a_full_delegation_is_said_and_the_waiting_list_offered_before_anything_is_sent(client, full):
    shown = client.get(REGISTER)
    assert "waiting_list" in [
        field.name for section in shown.context["form"].sections for field in section.fields
    ]
    assert "tick the box below" in shown.content.decode()


def test_where_seats_are_free_nobody_is_asked_about_a_waiting_list(client, belize):
    shown = client.get(REGISTER)
    assert 'name="waiting_list"' not in shown.content.decode()


def test_without_the_tick_a_third_is_refused_and_the_tick_shown(client, full):
    answer = client.post(REGISTER, filled_in())
    assert answer.status_code == 400
    assert answer.context["form"].errors["delegation"] == ["Both seats of Belize are taken."]
    assert 'name="waiting_list"' in answer.content.decode()
    assert "Núñez Peña" in answer.content.decode()


def test_a_seat_lost_while_the_form_was_filled_in_brings_the_tick(client, belize, monkeypatch):
    """The list of seats was read before another registration took the last one."""
    from registration.views.registering import form_page as view

    read = view.delegations_with_seats
    first_reading = [list(read(belize.workshop))]
    monkeypatch.setattr(
        view,
        "delegations_with_seats",
        lambda *args, **named: first_reading.pop() if first_reading else read(*args, **named),
    )
    DelegateFactory.create_batch(2, delegation=belize)
    answer = client.post(REGISTER, filled_in())
    assert answer.status_code == 400
    assert 'name="waiting_list"' in answer.content.decode()


def test_with_the_tick_a_third_waits_and_is_told_the_place_in_line(client, full):
    answer = client.post(REGISTER, filled_in(waiting_list="on"))
    assert answer.status_code == 302
    waiting = Delegate.objects.get(email="maria@example.org")
    assert standing(waiting) == ("waitlisted", None, False, 1)
    assert "goes on the waiting list" in client.get(answer["Location"]).content.decode()
    assert "ocupa el número 1 de su lista de espera" in OutgoingMail.objects.get(to="maria@example.org").text
    assert "You are number 1 in line." in client.get(page(waiting)).content.decode()


def test_with_the_tick_a_free_seat_is_taken_all_the_same(client, belize):
    client.post(REGISTER, filled_in(waiting_list="on"))
    assert standing(Delegate.objects.get()) == ("submitted", 1, False, None)


# Offers


@pytest.mark.parametrize(
    "free",
    [
        lambda full: services.cancel(delegate=full[0], by=staff(None), reason="phone", now=IN_TIME),
        lambda full: services.reject(delegate=full[0], by=staff(None), reason="not invited", now=IN_TIME),
        lambda full: services.set_seat_limit(delegation=full[0].delegation, limit=3, now=IN_TIME),
        lambda full: services.move(
            delegate=full[0],
            delegation=DelegationFactory(party=PartyFactory(code="CRI")),
            by=staff(None),
            reason="wrong delegation",
            now=IN_TIME,
        ),
    ],
    ids=["cancelled", "rejected", "higher limit", "moved away"],
)
def test_a_seat_that_falls_free_is_offered_to_the_first_in_line(full, line, free):
    free(full)
    first, second, third = line
    status, seat, offered, place = standing(first)
    assert (status, offered, place) == ("waitlisted", True, 1) and seat is not None
    assert first.seat_offer_until == IN_TIME + HOURS
    assert [standing(second), standing(third)] == [
        ("waitlisted", None, False, 2),
        ("waitlisted", None, False, 3),
    ]
    assert mails_of("seat_offered") == [first.email]
    assert "12 de febrero de 2022, 11:59" in OutgoingMail.objects.get(kind="seat_offered").text


def test_an_offered_seat_is_taken_by_nobody_else(client, full, line):
    free_a_seat(full)
    assert client.post(REGISTER, filled_in()).status_code == 400


def test_the_offer_is_taken_with_the_button_on_ones_page(client, full, line):
    free_a_seat(full)
    first = line[0]
    shown = client.get(page(first)).content.decode()
    assert "Take the seat" in shown and "until 12 February 2022, 11:59" in shown
    answer = client.post(page(first, "take_seat"), follow=True)
    assert "The seat is yours" in answer.content.decode()
    assert standing(first) == ("submitted", 1, False, None)
    assert standing(line[1]) == ("waitlisted", None, False, 1)  # the line closes up
    assert [change.verb for change in first.status_changes.all()] == ["offer", "take_seat"]


def test_taking_the_seat_confirms_the_address_that_the_link_came_by(client, full, line):
    Delegate.objects.filter(pk=line[0].pk).update(email_confirmed_at=None)
    free_a_seat(full)
    client.post(page(line[0], "take_seat"))
    line[0].refresh_from_db()
    assert line[0].email_confirmed_at == IN_TIME


def test_taking_the_seat_twice_changes_nothing(full, line):
    free_a_seat(full)
    for _press in range(2):
        services.take_seat(delegate=line[0], now=IN_TIME)
    assert standing(line[0]) == ("submitted", 1, False, None)
    assert line[0].status_changes.count() == 2


def test_an_offer_that_is_over_moves_on_to_the_next_and_then_to_nobody(full, line):
    free_a_seat(full)
    services.tend_seats(now=IN_TIME + HOURS - timedelta(seconds=1))
    assert standing(line[0])[2]
    services.tend_seats(now=IN_TIME + HOURS)
    assert standing(line[0]) == ("waitlisted", None, False, None)
    assert standing(line[1]) == ("waitlisted", 1, True, 1)
    services.tend_seats(now=IN_TIME + 2 * HOURS)
    services.tend_seats(now=IN_TIME + 3 * HOURS)
    services.tend_seats(now=IN_TIME + 4 * HOURS)
    assert [standing(waiting) for waiting in line] == [("waitlisted", None, False, None)] * 3
    assert mails_of("seat_offered") == mails_of("offer_over") == [waiting.email for waiting in line]


def test_tending_twice_at_the_same_instant_changes_nothing(full, line):
    free_a_seat(full)
    services.tend_seats(now=IN_TIME + HOURS)
    before = OutgoingMail.objects.count(), [standing(waiting) for waiting in line]
    assert not +services.tend_seats(now=IN_TIME + HOURS)
    assert (OutgoingMail.objects.count(), [standing(waiting) for waiting in line]) == before


def test_tending_offers_a_seat_that_fell_free_by_a_way_that_forgot_it(full, line):
    Delegate.objects.filter(pk=full[0].pk).update(status="cancelled", seat_number=None)
    assert services.tend_seats(now=IN_TIME)["offered"] == 1
    assert standing(line[0]) == ("waitlisted", 1, True, 1)


def test_what_fails_in_one_delegation_stops_no_other(full, line, monkeypatch):
    from registration.exceptions import RegistrationError
    from registration.services import seat_sweep

    elsewhere = DelegationFactory(party=PartyFactory(code="CRI"), seat_limit=1)
    waiting = DelegateFactory(delegation=elsewhere, status="waitlisted", waiting_position=1)
    Delegate.objects.filter(pk=full[0].pk).update(status="cancelled", seat_number=None)
    tend_line = seat_sweep.tend_line

    def fails_in_belize(delegation, *, now):
        if delegation.pk != elsewhere.pk:
            raise RegistrationError
        return tend_line(delegation, now=now)

    monkeypatch.setattr(seat_sweep, "tend_line", fails_in_belize)
    assert services.tend_seats(now=IN_TIME)["offered"] == 1
    assert standing(waiting) == ("waitlisted", 1, True, 1)


def test_too_late_but_nobody_else_waits_the_seat_can_still_be_taken(full, line):
    for waiting in line[1:]:
        services.cancel(delegate=waiting, by=staff(None), reason="phone", now=IN_TIME)
    free_a_seat(full)
    services.take_seat(delegate=line[0], now=IN_TIME + HOURS)
    assert standing(line[0]) == ("submitted", 1, False, None)


def test_too_late_while_others_wait_the_seat_is_gone(client, full, line, in_time):
    free_a_seat(full)
    with pytest.raises(OfferOver):
        services.take_seat(delegate=line[0], now=IN_TIME + HOURS)
    in_time.move_to(IN_TIME + HOURS)
    answer = client.post(page(line[0], "take_seat"), follow=True)
    assert "The time to take the offered seat is over" in answer.content.decode()
    assert standing(line[0])[0] == "waitlisted"


def test_who_let_an_offer_pass_asks_again_and_stands_at_the_end(client, full, line, in_time):
    free_a_seat(full)
    services.tend_seats(now=IN_TIME + HOURS)
    in_time.move_to(IN_TIME + HOURS)
    shown = client.get(page(line[0])).content.decode()
    assert "Put me in line again" in shown
    client.post(page(line[0], "take_seat"))
    assert standing(line[0]) == ("waitlisted", None, False, 3)
    assert line[0].status_changes.last().verb == "rejoin"


def test_who_let_an_offer_pass_may_take_a_seat_that_nobody_wants(client, full, line):
    free_a_seat(full)
    for round_ in range(1, 4):
        services.tend_seats(now=IN_TIME + round_ * HOURS)
    assert "Take the seat that is free now" in client.get(page(line[0])).content.decode()
    client.post(page(line[0], "take_seat"))
    assert standing(line[0]) == ("submitted", 1, False, None)


def test_who_does_not_wait_takes_no_seat(full):
    for status in ("rejected", "cancelled", "approved"):
        delegate = DelegateFactory(delegation=DelegationFactory(party=PartyFactory()), status=status)
        with pytest.raises(IllegalTransition):
            services.take_seat(delegate=delegate, now=IN_TIME)


def test_cancelling_with_an_offer_hands_it_on_at_once(full, line):
    free_a_seat(full)
    services.cancel(delegate=line[0], by=staff(None), reason="cannot come", now=IN_TIME)
    assert standing(line[1]) == ("waitlisted", 1, True, 1)


# What staff may do


def test_staff_reorder_the_line_with_a_reason(full, line):
    with pytest.raises(ReasonMissing):
        services.reorder(delegate=line[2], place=1, by=staff(None), reason=" ", now=IN_TIME)
    services.reorder(delegate=line[2], place=1, by=staff(None), reason="Vice-Minister", now=IN_TIME)
    assert [standing(waiting)[3] for waiting in line] == [2, 3, 1]
    change = line[2].status_changes.get()
    assert (change.verb, change.reason) == ("reorder", "Vice-Minister")
    free_a_seat(full)
    assert standing(line[2]) == ("waitlisted", 1, True, 1)


@pytest.mark.parametrize(("asked", "place"), [(-1, 1), (0, 1), (1, 1), (2, 2), (3, 3), (4, 3)])
def test_whatever_place_is_asked_for_the_line_runs_from_one_without_a_gap(full, line, asked, place):
    services.reorder(delegate=line[1], place=asked, by=staff(None), reason="x", now=IN_TIME)
    assert standing(line[1])[3] == place
    assert sorted(standing(waiting)[3] for waiting in line) == [1, 2, 3]


def test_nobody_can_be_told_that_they_are_number_nought_in_line(line):
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegate.objects.filter(pk=line[0].pk).update(waiting_position=0)
    assert standing(line[0])[3] == 1


def test_the_reason_of_a_new_order_is_for_staff_alone(client, full, line):
    services.reorder(delegate=line[2], place=1, by=staff(None), reason="Vice-Minister", now=IN_TIME)
    shown = client.get(page(line[2])).content.decode()
    assert "changed your place on the waiting list" in shown and "Vice-Minister" not in shown


def test_staff_promote_directly_with_a_reason(full, line):
    services.set_seat_limit(delegation=full[0].delegation, limit=None, now=IN_TIME)
    with pytest.raises(ReasonMissing):
        services.promote(delegate=line[2], by=staff(None), reason="", now=IN_TIME)
    services.promote(delegate=line[2], by=staff(None), reason="agreed by phone", now=IN_TIME)
    assert standing(line[2])[:3] == ("submitted", 5, False)
    assert mails_of("seat_given") == [line[2].email]


def test_seat_1_promotion_is_refused_while_all_seats_are_held(full, line):
    with pytest.raises(DelegationFull):
        services.promote(delegate=line[0], by=staff(None), reason="please", now=IN_TIME)
    assert standing(line[0]) == ("waitlisted", None, False, 1)


def test_a_seat_on_offer_is_given_to_another_only_when_staff_withdraw_the_offer(full, line):
    free_a_seat(full)
    with pytest.raises(SeatOnOffer, match="Alba"):
        services.promote(delegate=line[1], by=staff(None), reason="Vice-Minister", now=IN_TIME)
    services.promote(
        delegate=line[1], by=staff(None), reason="Vice-Minister", now=IN_TIME, withdraw_offer=True
    )
    assert standing(line[1]) == ("submitted", 1, False, None)
    assert standing(line[0]) == ("waitlisted", None, False, 1)  # keeps the place, told without the reason
    assert standing(line[2]) == ("waitlisted", None, False, 2)  # nobody stands before them any more
    mail = OutgoingMail.objects.get(kind="offer_withdrawn")
    assert mail.to == line[0].email and "Vice-Minister" not in mail.text


def test_the_first_in_line_is_promoted_into_the_seat_that_is_offered_to_them(full, line):
    free_a_seat(full)
    services.promote(delegate=line[0], by=staff(None), reason="agreed by phone", now=IN_TIME)
    assert standing(line[0]) == ("submitted", 1, False, None)
    assert [standing(each)[3] for each in line[1:]] == [1, 2]
