"""Finding a person from any staff page: each app says where it knows them, and shows what the officer may see there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..registry import Question

MOST = 50  # people on the page; who is not among them types more


@dataclass(frozen=True)
class Hit:
    """One place at which a person is known: the address, its label, and a line about how they stand there."""

    person: int  # the key of the registration: what the places of one person share
    name: str
    party: str
    label: str
    url: str
    note: str = ""
    workshop: str = ""  # its name


@dataclass
class Person:
    """A person with every place at which somebody knows them."""

    name: str
    party: str
    workshop: str
    hits: list[Hit] = field(default_factory=list)


class Finding(Protocol):
    def __call__(self, user: Any, words: str, workshop: str) -> Iterable[Hit] | None:
        """At most MOST + 1 people in whom every word is found, by name, of one workshop (its slug; "" for all). None: this
        user finds nobody here. The number of queries does not grow. With no words nobody is found, without a query."""


finding = Question[Finding]("finding")


def may_find(user: Any) -> bool:
    """Whether a search would look anywhere for this user."""
    return any(answer(user, "", "") is not None for answer in finding)


def people(user: Any, words: str, workshop: str) -> tuple[list[Person], bool]:
    """Whom the words find, each once, and whether there are more."""
    found: dict[int, Person] = {}
    for answer in finding:
        for hit in answer(user, words, workshop) or ():
            person = found.setdefault(hit.person, Person(hit.name, hit.party, hit.workshop))
            person.hits.append(hit)
    everybody = list(found.values())
    return everybody[:MOST], len(everybody) > MOST
