"""Every guard of the services refuses: for each `raise` one row with the call and the state that make it speak."""

import traceback

import pytest

from .guards import (  # noqa: F401 - their rows
    ROWS,
    conditions,
    consulate,
    deciding,
    funding,
    guard_of,
    guards,
    letters,
    programme,
    registering,
    telling,
)

GUARDS = guards()


def test_every_raise_of_a_service_has_its_row_and_no_row_names_one_that_is_gone():
    rows = {guard_of(name) for name in ROWS}
    assert sorted(set(GUARDS) - rows) == []
    assert sorted(rows - set(GUARDS)) == []


@pytest.mark.parametrize("name", sorted(ROWS))
def test_each_guard_refuses_what_it_is_there_for_and_lets_the_good_pass(db, in_time, name):
    guard = GUARDS[guard_of(name)]
    refused, allowed = ROWS[name]()
    with pytest.raises(Exception) as caught:
        refused()
    frames = traceback.extract_tb(caught.value.__traceback__)
    told = "".join(traceback.format_exception(caught.value))
    # The very guard, not another one that raises the same.
    assert any(frame.filename == str(guard.path) and frame.lineno in guard.lines for frame in frames), told
    if guard.exception[0].isupper():  # else a variable that holds what was caught before
        assert type(caught.value).__name__ == guard.exception
    allowed()
