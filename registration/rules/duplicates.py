"""Whether two registrations look like one person's. Pure: no database, no clock.

Source: the Secretariat's rule: the same passport number, or the same name and birth date, under two addresses.
"""

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations, islice
from typing import Any

from ..enums import DuplicateSign
from .names import tidied

MOST_OF_ALIKE = 50
WORDS = re.compile(r"[^\W_]+")


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
    if not decomposed.isascii():
        decomposed = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(sorted(WORDS.findall(decomposed)))


def alike(one: Person, other: Person) -> bool:
    """Whether two that come from one mailbox, or one browser, are one person: the same passport number, or the same name.

    There the name is enough: two people of the same name do not share one by chance.
    """
    if one.passport_index and one.passport_index == other.passport_index:
        return True
    return name_key(one.given_names, one.surnames) == name_key(other.given_names, other.surnames)


def _signs(person: Person) -> set[tuple[Any, ...]]:
    """What is looked for in others: whoever has one of these in common may be the same person."""
    found: set[tuple[Any, ...]] = set()
    if person.passport_index:
        found.add((DuplicateSign.PASSPORT, person.passport_index))
    if person.date_of_birth and (name := name_key(person.given_names, person.surnames)):
        found.add((DuplicateSign.NAME_AND_BIRTH, name, person.date_of_birth))
    return found


def pairs(
    people: Iterable[Person], decided: Mapping[tuple[int, int], Container[str]] | None = None
) -> list[Pair]:
    """Every pair with a sign of being one person that was not seen when it was `decided`, in the order of their keys.

    Of more than a few who are all alike, MOST_OF_ALIKE pairs: a thousand registrations under one name are half a million.
    The next come as these are decided.
    """
    decided = decided or {}
    signs = {person.pk: _signs(person) for person in people}
    groups: dict[tuple[Any, ...], list[int]] = {}
    for pk in sorted(signs):
        for sign in signs[pk]:
            groups.setdefault(sign, []).append(pk)
    found: set[tuple[int, int]] = set()
    for (sign, *_rest), members in groups.items():
        open_ = (pair for pair in combinations(members, 2) if sign not in decided.get(pair, ()))
        found.update(islice(open_, MOST_OF_ALIKE))
    return [
        Pair(first, second, tuple(sorted(sign for sign, *_rest in signs[first] & signs[second])))
        for first, second in sorted(found)
    ]
