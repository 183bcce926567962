"""Whether two registrations look like one person's. Pure: no database, no clock.

Source: the Secretariat's rule: the same passport number, or the same name and birth date, under two addresses.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from ..enums import DuplicateSign
from .names import tidied


@dataclass(frozen=True)
class Person:
    """What is compared. `passport_index` is the keyed index of the number, never the number; "" where none is held."""

    pk: int
    given_names: str
    surnames: str
    date_of_birth: date | None
    passport_index: str = ""


@dataclass(frozen=True)
class Pair:
    """Two registrations, the lower key first, and what they have in common."""

    first: int
    second: int
    signs: tuple[DuplicateSign, ...]


def name_key(given_names: str, surnames: str) -> str:
    """A name without case, accents, punctuation and order: "NÚÑEZ Peña, María" is "Maria Nunez-Pena"."""
    decomposed = unicodedata.normalize("NFKD", tidied(f"{given_names} {surnames}").casefold())
    letters = "".join(
        char if char.isalnum() else " " for char in decomposed if not unicodedata.combining(char)
    )
    return " ".join(sorted(letters.split()))


def alike(one: Person, other: Person) -> bool:
    """Whether two that come from one mailbox, or one browser, are one person: the same passport number, or the same name.

    There the name is enough: two people of the same name do not share one by chance.
    """
    if one.passport_index and one.passport_index == other.passport_index:
        return True
    return name_key(one.given_names, one.surnames) == name_key(other.given_names, other.surnames)


def pairs(people: Iterable[Person]) -> list[Pair]:
    """Every pair with at least one sign of being one person, in the order of their keys."""
    found: dict[tuple[int, int], set[DuplicateSign]] = {}
    groups: dict[tuple[Any, ...], list[int]] = {}
    for person in people:
        if person.passport_index:
            groups.setdefault((DuplicateSign.PASSPORT, person.passport_index), []).append(person.pk)
        if person.date_of_birth and (name := name_key(person.given_names, person.surnames)):
            groups.setdefault((DuplicateSign.NAME_AND_BIRTH, name, person.date_of_birth), []).append(
                person.pk
            )
    for (sign, *_rest), members in groups.items():
        for first, second in combinations(sorted(members), 2):
            found.setdefault((first, second), set()).add(sign)
    return [Pair(first, second, tuple(sorted(signs))) for (first, second), signs in sorted(found.items())]
