"""What a process keeps for a while."""

from rcm_portal import process_cache as module
from rcm_portal.process_cache import KEPT, KEPT_SECONDS, kept


def test_a_thing_is_made_once_while_it_is_fresh_and_anew_afterwards(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    made = iter(range(9))
    key = ("test", object())
    assert [kept(key, lambda: next(made)) for _ in range(3)] == [0, 0, 0]
    now[0] += KEPT_SECONDS + 1
    assert kept(key, lambda: next(made)) == 1


def test_no_more_is_kept_than_foreseen_and_what_is_out_of_date_goes_first(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "_kept", {})
    for number in range(KEPT):
        kept(("old", number), lambda: "old")
    now[0] += KEPT_SECONDS + 1
    kept("fresh", lambda: "fresh")
    assert list(module._kept) == ["fresh"]
    for number in range(2 * KEPT):
        kept(("more", number), lambda: "more")
    assert len(module._kept) == KEPT


def test_an_error_while_making_is_not_kept():
    key = ("test", object())

    def fail():
        raise RuntimeError

    for _ in range(2):
        try:
            kept(key, fail)
        except RuntimeError:
            continue
        raise AssertionError("the error was swallowed")
    assert kept(key, lambda: "made") == "made"
