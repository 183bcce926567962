"""What is asked of a traveller and what of it is open: days at their limits, nights, meals, and who is asked again."""

from datetime import date

import pytest

from logistics.rules.needs import Window, is_answered, kinds_declined, nights_offered

WINDOW = Window(date(2022, 3, 30), date(2022, 4, 1), date(2022, 3, 31), date(2022, 4, 1))


def days(*numbers):
    """Days of March; from 1 to 20, of April."""
    return [date(2022, 4 if number < 21 else 3, number) for number in numbers]


def test_an_arrival_is_good_from_the_first_day_of_flights_to_the_first_of_the_workshop():
    assert [WINDOW.arrival_is_good(day) for day in days(29, 30, 31, 1)] == [False, True, True, False]


def test_a_return_is_good_from_the_last_day_of_the_workshop_to_two_weeks_after_it():
    assert WINDOW.return_by == date(2022, 4, 15)
    assert [WINDOW.return_is_good(day) for day in days(31, 1, 15, 16)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("funded", "offered"),
    [
        ((), (30, 31, 1)),
        ((30, 31), (30, 31, 1)),
        ((29, 30), (29, 30, 31, 1)),
        ((2,), (30, 31, 1, 2)),
    ],
)
def test_the_nights_offered_are_those_around_the_workshop_and_every_paid_one(funded, offered):
    assert nights_offered(WINDOW, days(*funded)) == days(*offered)


MEALS = [
    ("breakfast", "breakfast", ["2022-03-31"]),
    ("lunch", "lunch", ["2022-03-31", "2022-04-01"]),
    ("lunch", "closing", ["2022-04-01"]),
    ("dinner", "dinner", []),
    ("venue", "venue", ["2022-03-31"]),
]
LUNCHES = ["lunch/2022-03-31", "lunch/2022-04-01", "closing/2022-04-01"]


@pytest.mark.parametrize(
    ("declined", "kinds"),
    [
        ([], set()),
        (LUNCHES[:2], set()),  # the one that another benefit gives is taken
        (LUNCHES, {"lunch"}),
        ([*LUNCHES, "breakfast/2022-03-31"], {"lunch", "breakfast"}),
        (["breakfast/2022-03-31", "venue/2022-03-31"], {"breakfast"}),
    ],
)
def test_a_kind_of_meal_is_declined_with_the_last_one_of_it(declined, kinds):
    assert kinds_declined(MEALS, declined) == kinds


ANSWERED = {
    "answered": True, "granted": {"air_ticket", "lunch"}, "not_asked": ["accommodation"], "plan": "payer",
    "departs_from": "BZE",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "done"),
    [
        ({}, True),
        ({"answered": False}, False),
        ({"granted": {"air_ticket", "accommodation"}}, False),  # a room that fell to them since
        ({"not_asked": ["air_ticket"]}, False),
        ({"not_asked": []}, True),
        ({"departs_from": ""}, False),
        ({"departs_from": "", "plan": "own"}, True),
        ({"departs_from": "", "granted": {"lunch"}}, True),
    ],
)
def test_nothing_is_open_where_all_that_is_granted_was_asked_and_a_ticket_has_its_airport(changes, done):
    assert is_answered(**ANSWERED | changes) is done
