"""Who gets a message of staff, and when the quiet hours in which it waits are over: pure rules."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from registration.rules.messages import LeftOut, left_out, quiet_until
from tests.factories import MEXICO_CITY

LISBON = ZoneInfo("Europe/Lisbon")
REACHED = {"destroyed": False, "ended": False, "confirmed": True, "address": "ana@example.org"}


@pytest.mark.parametrize(
    ("person", "with_ended", "with_unconfirmed", "why"),
    [
        ({}, False, False, None),
        ({"destroyed": True}, True, True, LeftOut.DESTROYED),
        (
            {"destroyed": True, "address": "", "ended": True, "confirmed": False},
            True,
            True,
            LeftOut.DESTROYED,
        ),
        ({"address": ""}, True, True, LeftOut.NO_ADDRESS),
        ({"ended": True}, False, True, LeftOut.ENDED),
        ({"ended": True}, True, False, None),
        ({"confirmed": False}, True, False, LeftOut.UNCONFIRMED),
        ({"confirmed": False}, False, True, None),
        ({"ended": True, "confirmed": False}, True, False, LeftOut.UNCONFIRMED),
        ({"ended": True, "confirmed": False}, True, True, None),
    ],
)
def test_who_is_not_written_to_and_why(person, with_ended, with_unconfirmed, why):
    assert left_out(**REACHED | person, with_ended=with_ended, with_unconfirmed=with_unconfirmed) == why


def local(day, hour, minute=0, second=0):
    return datetime(2022, 2, day, hour, minute, second, tzinfo=MEXICO_CITY)


NIGHT = (time(20), time(8), MEXICO_CITY)
SIESTA = (time(13), time(15), MEXICO_CITY)


@pytest.mark.parametrize(
    ("now", "hours", "ends"),
    [
        (local(10, 19, 59, 59), [NIGHT], None),
        (local(10, 20), [NIGHT], local(11, 8)),
        (local(10, 23, 59, 59), [NIGHT], local(11, 8)),
        (local(11, 0), [NIGHT], local(11, 8)),
        (local(11, 7, 59, 59), [NIGHT], local(11, 8)),
        (local(11, 8), [NIGHT], None),
        (local(11, 12, 59, 59), [SIESTA], None),
        (local(11, 13), [SIESTA], local(11, 15)),
        (local(11, 14, 59, 59), [SIESTA], local(11, 15)),
        (local(11, 15), [SIESTA], None),
        (local(11, 9), [(time(9), time(9), MEXICO_CITY)], None),  # from nine until nine: none
        (local(11, 9), [], None),
        # of several clocks that are quiet the last to end counts, wherever it stands
        (local(11, 1), [NIGHT, (time(20), time(8), LISBON)], local(11, 8)),
        (local(11, 1), [(time(20), time(8), LISBON), NIGHT], local(11, 8)),
        (local(10, 15), [NIGHT, (time(20), time(8), LISBON)], datetime(2022, 2, 11, 8, tzinfo=LISBON)),
    ],
)
def test_when_the_quiet_hours_are_over(now, hours, ends):
    assert quiet_until(now, hours) == ends
