"""What a new version of a letter says otherwise than the one before: pure functions over the two contents.

A letter is held against what it says: a key that an earlier version of the portal did not write is no difference.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SUBSTANCE = ("name", "payer", "quantity", "dates")  # of a line of benefits; the other keys are words about it

ADDRESSEE = {
    "name": _("Name"),
    "position": _("Position"),
    "institution": _("Institution"),
    "party": _("Delegation"),
    "role": _("Role"),
}


WHY = {"party": _("You were moved to another delegation.")}
DETAILS = _("Your details were corrected or updated.")


@dataclass(frozen=True)
class Change:
    """One thing that is said otherwise: what it is, as it was, as it is now, and why."""

    what: str | Promise
    before: str | Promise
    after: str | Promise
    why: str | Promise


def same_benefits(said: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a letter's lines of benefits still hold."""
    return len(said) == len(now) and all(map(_same, said, now))


def _same(said: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return all(said[key] == now[key] for key in SUBSTANCE if key in said)


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], *, days: Callable[[Sequence[str]], str]
) -> list[Change]:
    """The differences between two contents in the order of the letter. `days` words the workshop's two ISO days.

    Between two languages only the person's own words and the days can be compared.
    """
    one_language = before.get("language") == after["language"]
    said, now = before.get("addressee", {}), after["addressee"]
    found = [
        Change(what, said[key] or "—", now[key] or "—", WHY.get(key, DETAILS))
        for key, what in ADDRESSEE.items()
        if said.get(key, now[key]) != now[key] and (one_language or key not in ("party", "role"))
    ]
    if before.get("dates", after["dates"]) != after["dates"]:
        was, is_now = days(before["dates"]), days(after["dates"])
        found.append(Change(_("Days of the workshop"), was, is_now, _("The workshop was given other days.")))
    return found + (_of_benefits(before, after) if one_language else [])


def _of_benefits(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    said, now = before.get("benefits", []), after["benefits"]
    by_code = all(line.get("code") for line in [*said, *now])

    def key(line: Mapping[str, Any]) -> str:
        return str(line["code"] if by_code else line["name"])

    was = {key(line): line for line in said}
    found = []
    for line in now:
        old = was.pop(key(line), None)
        if old is None:
            found.append(Change(line["name"], _("not paid for you"), _in_words(line), line["reason"]))
        elif not _same(old, line):
            why = _("The payer changed what it offers.")
            found.append(Change(line["name"], _in_words(old), _in_words(line), why))
    for old in was.values():
        found.append(Change(old["name"], _in_words(old), *_instead(old, after)))
    return found


def _instead(old: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str | Promise, str | Promise]:
    """What takes the place of a benefit that is no longer granted, and why."""
    for part, words in (("not_paid", _("not paid for you")), ("open_to_all", _("open to everybody"))):
        if (reason := _reason(old, after.get(part, []))) is not None:
            return words, reason
    return _("not paid for you"), _("It is no longer offered at this workshop.")


def _reason(old: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> str | None:
    for line in lines:
        if (old.get("code") or None) in line["codes"] or old["name"] in line["each"]:
            return str(line["reason"])
    return None


def _in_words(line: Mapping[str, Any]) -> str:
    return f"{line.get('when') or line['quantity']} ({line['payer']})"
