"""Every guard of the services refuses: for each `raise` one row with the call and the state that make it speak."""

import ast
import traceback

import pytest

from tests.sources import BASE_DIR

from .guards import (  # noqa: F401 - their rows
    ROWS,
    consulate,
    deciding,
    funding,
    guards,
    letters,
    registering,
    telling,
)

GUARDS = guards()

# Not called here: name of the guard, why, and the test that brings it about ("file::test").
ELSEWHERE: dict[str, tuple[str, str]] = {}


def test_every_raise_of_a_service_has_its_row_and_no_row_names_one_that_is_gone():
    assert sorted(set(GUARDS) - set(ROWS) - set(ELSEWHERE)) == []
    assert sorted((set(ROWS) | set(ELSEWHERE)) - set(GUARDS)) == []
    assert sorted(set(ROWS) & set(ELSEWHERE)) == []


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_what_is_tested_elsewhere_is_tested_there(name):
    why, where = ELSEWHERE[name]
    path, _, test = where.partition("::")
    tree = ast.parse((BASE_DIR / path).read_text(encoding="utf-8"))
    assert why and test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_each_guard_refuses_what_it_is_there_for_and_lets_the_good_pass(db, in_time, name):
    guard, made = GUARDS[name], ROWS[name]()
    refused, allowed = made if isinstance(made, tuple) else (made, None)
    with pytest.raises(Exception) as caught:
        refused()
    frames = traceback.extract_tb(caught.value.__traceback__)
    told = "".join(traceback.format_exception(caught.value))
    # The very guard, not another one that raises the same.
    assert any(frame.filename == str(guard.path) and frame.lineno in guard.lines for frame in frames), told
    if guard.exception[0].isupper():  # else a variable with what was caught before
        assert type(caught.value).__name__ == guard.exception
    if allowed is not None:
        allowed()
