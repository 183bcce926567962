"""Bought flights against the workshop's days: the moment before, at and after each limit, by the clocks of the place."""

import datetime as dt

import pytest

from logistics.rules.flights import Leg, days_there, faults
from logistics.rules.needs import Window

WINDOW = Window(dt.date(2022, 3, 30), dt.date(2022, 4, 1), dt.date(2022, 3, 31), dt.date(2022, 4, 1))
OVER = dt.datetime(2022, 4, 1, 22, 30, tzinfo=dt.UTC)  # 16:30 in Mexico City
THERE, HOME, BETWEEN = "America/Mexico_City", "America/Belize", "America/New_York"
ZONES = {"BZE": HOME, "MEX": THERE, "NLU": THERE, "MIA": BETWEEN, "LAX": "America/Los_Angeles"}


def leg(origin, destination, departs, arrives):
    """Instants as "30 12:00", a day of March (from 1 to 5: of April) and its time in UTC."""
    return Leg(origin, destination, _at(departs), ZONES[origin], _at(arrives), ZONES[destination])


def _at(text):
    day, time = text.split()
    month = 4 if int(day) < 15 else 3
    return dt.datetime.combine(dt.date(2022, month, int(day)), dt.time.fromisoformat(time), dt.UTC)


OUT = leg("BZE", "MEX", "30 13:00", "30 15:30")
BACK = leg("MEX", "BZE", "1 23:30", "2 02:00")


def found(*legs, return_from=OVER, window=WINDOW):
    told = faults(legs, arrivals={"MEX", "NLU"}, window=window, return_from=return_from)
    return [(fault.leg, fault.column) for fault in told]


def test_a_journey_within_the_days_has_no_fault():
    assert found(OUT, BACK) == found(OUT) == found() == []


@pytest.mark.parametrize(
    ("arrives", "wrong"),
    [
        ("30 12:59", True),
        ("30 13:00", True),
        ("30 13:01", False),
        ("31 13:00", False),  # a day exactly
        ("31 13:01", True),
    ],
)
def test_a_flight_arrives_after_its_departure_and_within_a_day(arrives, wrong):
    assert found(leg("BZE", "MEX", "30 13:00", arrives)) == [(1, "arrives")] * wrong


@pytest.mark.parametrize(("departs", "wrong"), [("30 14:59", True), ("30 15:00", False), ("30 15:01", False)])
def test_a_connection_departs_when_the_flight_before_it_has_arrived(departs, wrong):
    legs = [leg("BZE", "MIA", "30 13:00", "30 15:00"), leg("MIA", "MEX", departs, "30 19:00")]
    assert found(*legs) == [(2, "departs")] * wrong


def test_a_connection_departs_from_where_the_flight_before_it_ended():
    apart = [leg("BZE", "MIA", "30 13:00", "30 15:00"), leg("LAX", "MEX", "30 16:00", "30 19:00")]
    [fault] = faults(apart, arrivals={"MEX"}, window=WINDOW, return_from=OVER)
    assert (fault.leg, fault.column) == (2, "from")
    assert str(fault.message) == "This flight departs from LAX, but the one before it ends in MIA."
    assert found(OUT, leg("NLU", "BZE", "1 23:30", "2 02:00")) == [(2, "from")]


def test_each_wrong_connection_is_named_by_its_own_number():
    legs = [
        leg("BZE", "MIA", "30 13:00", "30 15:00"),
        leg("MIA", "LAX", "30 14:00", "30 18:00"),
        leg("LAX", "MEX", "30 17:00", "30 16:00"),
    ]
    assert found(*legs) == [(3, "arrives"), (2, "departs"), (3, "departs")]


def test_flights_that_never_come_to_the_workshop_are_named_at_the_last():
    legs = [leg("BZE", "MIA", "30 13:00", "30 15:00"), leg("MIA", "LAX", "30 16:00", "30 22:00")]
    assert found(*legs) == [(2, "to")]
    assert days_there(legs, {"MEX", "NLU"}) == (None, None)
    assert days_there([], {"MEX"}) == (None, None)


@pytest.mark.parametrize(
    ("departs", "wrong"),
    [
        ("30 05:59", True),  # the evening before in Belize
        ("30 06:00", False),
        ("30 06:01", False),
    ],
)
def test_nobody_departs_before_the_first_day_of_flights_where_they_depart(departs, wrong):
    assert found(leg("BZE", "MEX", departs, "30 09:00")) == [(1, "departs")] * wrong


@pytest.mark.parametrize(
    ("arrives", "wrong"),
    [
        ("1 05:59", False),  # the last minute of 31 March in Mexico City
        ("1 06:00", True),
    ],
)
def test_nobody_arrives_after_the_first_day_of_the_workshop_where_it_is(arrives, wrong):
    assert found(leg("BZE", "NLU", "1 03:00", arrives)) == [(1, "arrives")] * wrong


def test_of_several_flights_the_first_departs_and_the_one_that_comes_there_arrives():
    early, late = ("29 20:00", "29 23:00"), ("1 04:00", "1 07:00")
    legs = [leg("BZE", "MIA", *early), leg("MIA", "MEX", "30 13:00", "30 17:00"), BACK]
    assert found(*legs) == [(1, "departs")]
    legs = [leg("BZE", "MIA", "31 20:00", "31 23:00"), leg("MIA", "MEX", *late), BACK]
    assert found(*legs) == [(2, "arrives")]
    # A second airport of the workshop is on the way back.
    there = [OUT, leg("MEX", "NLU", "1 23:00", "2 00:00"), leg("NLU", "BZE", "2 12:00", "2 14:00")]
    assert found(*there) == []
    assert days_there(there, {"MEX", "NLU"}) == (dt.date(2022, 3, 30), dt.date(2022, 4, 1))


@pytest.mark.parametrize(("departs", "wrong"), [("1 22:29", True), ("1 22:30", False), ("1 22:31", False)])
def test_nobody_flies_back_before_the_hour_that_the_rule_says(departs, wrong):
    assert found(OUT, leg("MEX", "BZE", departs, "2 03:00")) == [(2, "departs")] * wrong


@pytest.mark.parametrize(
    ("day", "wrong"),
    [(dt.date(2022, 3, 31), True), (dt.date(2022, 4, 1), False), (dt.date(2022, 4, 15), False), (dt.date(2022, 4, 16), True)],
)  # fmt: skip
def test_without_an_hour_the_way_back_lies_within_its_days(day, wrong):
    noon = dt.datetime.combine(day, dt.time(18), dt.UTC)
    back = Leg("MEX", "BZE", noon, THERE, noon + dt.timedelta(hours=2), HOME)
    told = faults([OUT, back], arrivals={"MEX"}, window=WINDOW, return_from=None)
    assert [(fault.leg, str(fault.message)) for fault in told] == [
        (2, "Outside the days of the workshop.")
    ] * wrong


def test_the_days_there_go_by_the_clocks_of_the_place():
    late = leg("BZE", "MEX", "31 02:00", "31 05:59")  # 30 March, 23:59 in Mexico City
    after = leg("MEX", "BZE", "2 05:59", "2 08:00")
    assert days_there([late, after], {"MEX"}) == (dt.date(2022, 3, 30), dt.date(2022, 4, 1))
    assert days_there([late], {"MEX"}) == (dt.date(2022, 3, 30), None)
    through = leg("MIA", "MEX", "31 02:00", "31 06:00")
    assert days_there([leg("BZE", "MIA", "30 20:00", "30 23:00"), through], {"MEX"}) == (
        dt.date(2022, 3, 31),
        None,
    )
