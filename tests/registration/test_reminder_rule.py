"""When a reminder is due: pure rule, by the workshop's clock."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.rules.reminders import Action, Missing, Rule, coming_for, due_at, due_for, is_quiet
from tests.factories import DEADLINE, MEXICO_CITY

RULE = Rule("passport_missing", (14, 7, 3, 1), time(20), time(8), timedelta(hours=24))
MISSING = Missing("ana", "passport_missing", DEADLINE)


def local(day, hour=9, minute=0, month=2):
    return datetime(2022, month, day, hour, minute, tzinfo=MEXICO_CITY)


def decisions(now, *, missing=MISSING, rule=RULE, done=()):
    return [
        (due.days, due.action.value) for due in due_for(missing, rule, now=now, zone=MEXICO_CITY, done=done)
    ]


@pytest.mark.parametrize(
    ("days", "instant"),
    [(14, local(15, 8)), (7, local(22, 8)), (3, local(26, 8)), (1, local(28, 8)), (0, local(1, 8, month=3))],
)
def test_days_are_counted_from_the_last_day_that_is_in_time(days, instant):
    assert due_at(DEADLINE, days, RULE, MEXICO_CITY) == instant


def test_the_clock_is_the_workshops_also_across_a_change_of_summer_time():
    new_york = ZoneInfo("America/New_York")  # clocks go forward on 13 March 2022
    assert due_at(datetime(2022, 3, 15, tzinfo=new_york), 3, RULE, new_york) == datetime(
        2022, 3, 11, 8, tzinfo=new_york
    )


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (local(15, 7, 59), []),
        (local(15, 8), [(14, "send")]),
        (local(15, 19, 59), [(14, "send")]),
        (local(15, 20), [(14, "wait")]),
        (local(16, 3), [(14, "wait")]),
        (local(16, 8), [(14, "send")]),
        (local(16, 8, 1), [(14, "miss")]),
        (local(22, 9), [(14, "miss"), (7, "send")]),
        (local(1, 9, month=3), [(14, "miss"), (7, "miss"), (3, "miss"), (1, "miss")]),
        (local(2, 9, month=3), [(14, "miss"), (7, "miss"), (3, "miss"), (1, "miss")]),
    ],
)
def test_each_offset_is_sent_waits_or_is_missed(now, expected):
    assert decisions(now) == expected


def test_what_was_settled_does_not_come_again():
    assert decisions(local(22), done=[14]) == [(7, "send")]
    assert decisions(local(22), done=[14, 7]) == []


def test_nobody_is_reminded_for_a_time_before_it_was_missing():
    registered = replace(MISSING, since=local(20))
    assert decisions(local(22), missing=registered) == [(7, "send")]
    assert decisions(local(22), missing=replace(MISSING, since=local(22, 8))) == []


def test_of_two_that_are_due_together_only_the_later_is_sent():
    rule = replace(RULE, days=(2, 1), missed_after=timedelta(hours=48))
    assert decisions(local(28), rule=rule) == [(2, "miss"), (1, "send")]


def test_nothing_is_sent_once_the_instant_itself_has_passed():
    rule = replace(RULE, days=(0,), missed_after=timedelta(hours=24))
    assert decisions(local(1, 19, month=3), rule=rule) == [(0, "send")]
    assert decisions(DEADLINE, rule=rule) == [(0, "miss")]


SECOND = timedelta(seconds=1)
AT = local(22, 8)  # the reminder seven days before


def coming(missing=MISSING, *, after=AT - SECOND, until=AT):
    return [days for days, _at in coming_for(missing, RULE, after=after, until=until, zone=MEXICO_CITY)]


@pytest.mark.parametrize(
    ("after", "until", "days"),
    [
        (AT - SECOND, AT, [7]),
        (AT, AT + SECOND, []),
        (AT - SECOND, AT - SECOND, []),
        (AT - 2 * SECOND, AT - SECOND, []),
        (AT - SECOND, AT + SECOND, [7]),
    ],
)
def test_what_is_to_come_lies_after_the_first_instant_and_at_the_second_at_the_latest(after, until, days):
    assert coming(after=after, until=until) == days


@pytest.mark.parametrize(("since", "days"), [(AT - SECOND, [7]), (AT, []), (AT + SECOND, [])])
def test_of_what_is_missing_only_since_its_time_no_reminder_is_to_come(since, days):
    assert coming(replace(MISSING, since=since)) == days


@pytest.mark.parametrize(
    ("ends", "days"),
    [(local(1, 7, 59, month=3), []), (local(1, 8, month=3), []), (local(1, 8, 1, month=3), [0])],
)
def test_no_reminder_is_to_come_at_the_instant_that_it_reminds_of(ends, days):
    rule = replace(RULE, days=(0,))
    found = coming_for(
        replace(MISSING, until=ends),
        rule,
        after=local(1, 0, month=3),
        until=local(2, month=3),
        zone=MEXICO_CITY,
    )
    assert [each for each, _at in found] == days


def test_quiet_hours_may_lie_within_one_day():
    siesta = replace(RULE, quiet_from=time(13), quiet_until=time(15))
    assert [is_quiet(local(20, hour), siesta, MEXICO_CITY) for hour in (12, 13, 14, 15, 23)] == [
        False,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("hour", [0, 7, 8, 9, 23])
def test_quiet_hours_that_end_when_they_begin_are_none(hour):
    rule = replace(RULE, quiet_from=time(8), quiet_until=time(8))
    assert not is_quiet(local(20, hour), rule, MEXICO_CITY)


@given(
    minutes=st.lists(st.integers(min_value=0, max_value=60 * 24 * 20), min_size=1, max_size=40),
    late=st.integers(min_value=1, max_value=72),
)
def test_however_irregularly_it_runs_each_offset_is_settled_once_and_never_late_or_quiet(minutes, late):
    """Runs at any instants: each offset is sent or missed at most once, and what is sent is in time and outside quiet hours."""
    rule, settled = replace(RULE, missed_after=timedelta(hours=late)), {}
    for minute in sorted(minutes):
        now = local(14, 0) + timedelta(minutes=minute)
        for due in due_for(MISSING, rule, now=now, zone=MEXICO_CITY, done=settled):
            if due.action == Action.WAIT:
                assert is_quiet(now, rule, MEXICO_CITY)
                continue
            assert due.days not in settled
            settled[due.days] = due.action
            if due.action == Action.SEND:
                assert due.due_at <= now <= due.due_at + rule.missed_after
                assert now < DEADLINE
                assert not is_quiet(now, rule, MEXICO_CITY)
