"""The nights of one guest: two are paid, staff may choose others, flights shorten and flag but never lengthen a stay."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from logistics.enums import StayFlag, Unit
from logistics.rules.stays import stay_of, when_in_words

MARCH_28, MARCH_29, MARCH_30, MARCH_31 = (date(2022, 3, number) for number in (28, 29, 30, 31))
APRIL_1, APRIL_2 = date(2022, 4, 1), date(2022, 4, 2)
PAID = [MARCH_30, MARCH_31]


def stay(wanted=PAID, decided=None, arrival=None, departure=None, quantity=2):
    return stay_of(
        wanted=wanted,
        decided=decided,
        paid=PAID,
        quantity=quantity,
        arrival=arrival,
        departure=departure,
        last_day=APRIL_1,
    )


def flags(found):
    return {flag.code: list(flag.days) for flag in found.flags}


def test_without_flights_the_paid_nights_stand():
    found = stay()
    assert (found.nights, found.check_in, found.check_out) == ((MARCH_30, MARCH_31), MARCH_30, APRIL_1)
    assert (found.unfunded, found.flags) == ((), ())


def test_a_third_night_is_flagged_as_paid_by_nobody():
    found = stay(wanted=[MARCH_30, MARCH_31, APRIL_1])
    assert found.unfunded == (APRIL_1,)
    assert flags(found) == {StayFlag.UNFUNDED: [APRIL_1]}
    assert found.check_out == APRIL_2


def test_two_other_nights_are_paid_only_once_staff_decided_them():
    assert stay(wanted=[MARCH_31, APRIL_1]).unfunded == (APRIL_1,)
    assert stay(decided=[MARCH_31, APRIL_1]).unfunded == ()
    assert stay(decided=[MARCH_30, MARCH_31, APRIL_1]).unfunded == (APRIL_1,)
    assert stay(decided=[MARCH_29, MARCH_30, MARCH_31]).unfunded == (MARCH_29,)


def test_somebody_without_the_benefit_pays_every_night():
    assert stay_of(
        wanted=(), decided=[MARCH_30], paid=(), quantity=0, arrival=None, departure=None, last_day=APRIL_1
    ).unfunded == (MARCH_30,)


def test_a_later_arrival_and_an_earlier_departure_shorten_the_stay():
    found = stay(arrival=datetime(2022, 3, 31, 8), departure=datetime(2022, 4, 1, 18, 5))
    assert (found.nights, found.check_in, found.check_out) == ((MARCH_31,), MARCH_31, APRIL_1)
    assert found.flags == ()


def test_no_same_day_flight_home_is_flagged_with_the_night_that_is_missing():
    found = stay(arrival=datetime(2022, 3, 30, 14), departure=datetime(2022, 4, 2, 9))
    assert found.nights == (MARCH_30, MARCH_31)
    assert flags(found) == {StayFlag.NO_SAME_DAY_FLIGHT: [APRIL_2], StayFlag.NO_ROOM: [APRIL_1]}


def test_an_early_arrival_is_flagged_and_not_booked():
    assert flags(stay(arrival=datetime(2022, 3, 29, 14))) == {StayFlag.NO_ROOM: [MARCH_29]}


@pytest.mark.parametrize(
    ("arrival", "first"),
    [
        (datetime(2022, 3, 31, 5, 59), MARCH_30),  # needs the bed of the night that is ending
        (datetime(2022, 3, 31, 6), MARCH_31),
    ],
)
def test_who_lands_before_dawn_has_the_room_from_the_evening_before(arrival, first):
    assert stay(arrival=arrival).check_in == first


@pytest.mark.parametrize(
    ("departure", "leaves"),
    [
        (datetime(2022, 4, 2, 2, 59), None),  # the evening before: the workshop's last day
        (datetime(2022, 4, 2, 3), APRIL_2),
        (datetime(2022, 4, 3, 2, 59), APRIL_2),
    ],
)
def test_who_departs_in_the_dead_of_night_left_the_evening_before(departure, leaves):
    assert flags(stay(departure=departure)).get(StayFlag.NO_SAME_DAY_FLIGHT) == (leaves and [leaves])
    assert (stay(departure=departure).flags == ()) is (leaves is None)


def test_what_staff_decided_is_not_shortened_but_flagged():
    found = stay(decided=[MARCH_30, MARCH_31], arrival=datetime(2022, 3, 31, 12))
    assert found.nights == (MARCH_30, MARCH_31)
    assert flags(found) == {StayFlag.NOT_THERE: [MARCH_30]}


def test_no_nights_is_no_room():
    found = stay(decided=[], departure=datetime(2022, 4, 2, 9))
    assert (found.nights, found.check_in, found.check_out) == ((), None, None)
    assert StayFlag.NO_ROOM not in flags(found)


def test_nights_not_in_a_row_are_flagged():
    assert flags(stay(wanted=[MARCH_30, APRIL_1]))[StayFlag.GAP] == [APRIL_1]
    # The night between is the gap, however the guest flies: it is not one before or after the room.
    there = {"arrival": datetime(2022, 3, 30, 14), "departure": datetime(2022, 4, 2, 9)}
    found = flags(stay(wanted=[MARCH_30, APRIL_1], **there))
    assert (found[StayFlag.GAP], StayFlag.NO_ROOM in found) == ([APRIL_1], False)


@pytest.mark.parametrize(
    ("arrival", "without"),
    [
        (datetime(2022, 3, 28, 14), [MARCH_28, MARCH_29]),
        (datetime(2022, 3, 30, 5, 59), [MARCH_29]),
        (datetime(2022, 3, 30, 6), None),
    ],
)
def test_each_night_there_before_the_room_begins_is_flagged(arrival, without):
    assert flags(stay(arrival=arrival)).get(StayFlag.NO_ROOM) == without


@pytest.mark.parametrize(
    ("departure", "without"),
    [
        (datetime(2022, 4, 1, 23, 59), None),
        (datetime(2022, 4, 2, 3), [APRIL_1]),
        (datetime(2022, 4, 3, 9), [APRIL_1, APRIL_2]),
    ],
)
def test_each_night_there_after_the_room_ends_is_flagged(departure, without):
    assert flags(stay(departure=departure)).get(StayFlag.NO_ROOM) == without


def test_a_night_before_the_arrival_or_from_the_departure_on_is_a_room_without_a_guest():
    found = stay(decided=[MARCH_29, MARCH_30, MARCH_31, APRIL_1], arrival=datetime(2022, 3, 30, 6))
    assert flags(found)[StayFlag.NOT_THERE] == [MARCH_29]
    found = stay(decided=[MARCH_30, MARCH_31, APRIL_1], departure=datetime(2022, 3, 31, 12))
    assert flags(found)[StayFlag.NOT_THERE] == [MARCH_31, APRIL_1]


def test_flights_that_leave_no_night_at_all_leave_the_nights_that_were_wanted():
    away = {"arrival": datetime(2022, 4, 2, 12), "departure": datetime(2022, 4, 3, 12)}
    assert stay(**away).nights == (MARCH_30, MARCH_31)
    assert flags(stay(**away))[StayFlag.NOT_THERE] == [MARCH_30, MARCH_31]


@pytest.mark.parametrize(
    ("unit", "days", "english", "spanish"),
    [
        (Unit.NIGHT, ["2022-03-30"], "night of 30 March", "noche del 30 de marzo"),
        (
            Unit.NIGHT,
            ["2022-03-30", "2022-03-31"],
            "nights of 30 and 31 March",
            "noches del 30 y 31 de marzo",
        ),
        (Unit.MEAL, ["2022-03-30", "2022-03-31"], "30 and 31 March", "30 y 31 de marzo"),
        (Unit.NIGHT, [], "", ""),
        (Unit.MEAL, [], "", ""),
    ],
)
def test_the_dates_of_a_benefit_are_said_as_nights_where_they_are_nights(unit, days, english, spanish):
    for language, words in (("en", english), ("es", spanish)):
        with translation.override(language):
            assert when_in_words(unit, days) == words


DAYS = st.integers(0, 6).map(lambda number: date(2022, 3, 28) + timedelta(days=number))
MOMENTS = st.none() | st.datetimes(datetime(2022, 3, 27), datetime(2022, 4, 5))


@given(
    wanted=st.sets(DAYS), decided=st.none() | st.sets(DAYS), arrival=MOMENTS, departure=MOMENTS,
    quantity=st.integers(0, 4),
)  # fmt: skip
def test_never_more_nights_are_paid_than_the_benefit_has(wanted, decided, arrival, departure, quantity):
    found = stay(wanted, decided, arrival, departure, quantity)
    assert len(found.funded) <= quantity
    assert set(found.funded) <= set(found.nights)
    assert set(found.nights) <= set(wanted if decided is None else decided)
    if decided is not None:
        assert set(found.nights) == decided
    if found.nights:
        assert found.check_in < found.check_out
