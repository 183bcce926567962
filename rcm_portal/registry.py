"""What the apps contribute to one another when they start: named things, in the order in which they were registered.

An app registers in its AppConfig.ready. A `Question` is a registry of functions that answer it: one app asks, others
answer, and neither imports the other. A question that nobody answers would mean a letter without benefits, silently:
so `unanswered` is asked once at start, and asking such a question raises.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

Thing = TypeVar("Thing")
Key = TypeVar("Key")
Value = TypeVar("Value")


class NobodyAnswers(LookupError):
    """A question was asked that no app answers."""


class Registry(Generic[Thing]):
    """Things by name; iterating gives the things."""

    def __init__(self) -> None:
        self._things: dict[str, Thing] = {}

    def register(self, name: str, thing: Thing) -> Thing:
        """Make `thing` known under `name`; the same name again takes the place of the thing before."""
        self._things[name] = thing
        return thing

    def forget(self, name: str) -> None:
        """Take a thing out again."""
        del self._things[name]

    def get(self, name: str) -> Thing | None:
        """The thing of that name, None where nobody registered one."""
        return self._things.get(name)

    def items(self) -> Iterable[tuple[str, Thing]]:
        """Names and things."""
        return self._things.items()

    def __iter__(self) -> Iterator[Thing]:
        return iter(list(self._things.values()))

    def __len__(self) -> int:
        return len(self._things)


class Question(Registry[Thing]):
    """The functions that answer one question; `Thing` is the Protocol of an answer. Iterating gives the functions."""

    all: list["Question[Any]"] = []

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.all.append(self)

    def answer(self, name: str) -> Callable[[Thing], Thing]:
        """Register the decorated function under `name`."""
        return lambda function: self.register(name, function)

    def __iter__(self) -> Iterator[Thing]:
        if not len(self):
            raise NobodyAnswers(self.name)
        return super().__iter__()


def unanswered() -> list[str]:
    """The names of the questions that no app answers; empty once every app is ready."""
    return [question.name for question in Question.all if not len(question)]


def joined(answers: Iterable[Mapping[Key, list[Value]]]) -> dict[Key, list[Value]]:
    """Answers that are mappings of lists, as one."""
    found: dict[Key, list[Value]] = {}
    for answer in answers:
        for key, values in answer.items():
            found.setdefault(key, []).extend(values)
    return found
