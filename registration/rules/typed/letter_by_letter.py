"""Two texts held against each other letter by letter, to mark where they differ. Pure functions over plain data."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, product, zip_longest

Forms = Callable[[str], Sequence[str]]
Place = tuple[int, int]  # in the text that was typed, in the one that was read


@dataclass(frozen=True)
class Run:
    """A stretch of both texts that is the same in both, or is not. The runs of a text, joined, are the text."""

    typed: str
    read: str
    same: bool


def as_it_stands(character: str) -> Sequence[str]:
    """What may be read for a typed character: the same, small or capital."""
    return (character.upper(),)


def letter_by_letter(typed: str, read: str, forms: Forms = as_it_stands) -> tuple[Run, ...]:
    """The shortest way from one text to the other: `letter_by_letter("Peña", "PEMA")` marks ñ and M.

    `forms` says what may be read for one typed character (in capitals, "" for nothing). Spaces that are read but not
    typed say nothing.
    """
    ways, at, steps = _ways(typed, read, forms), (0, 0), []
    while at in ways:
        to, same = ways[at]
        steps.append(Run(typed[at[0] : to[0]], read[at[1] : to[1]], same))
        at = to
    return joined(steps)


def word_by_word(typed: str, read: str) -> tuple[Run, ...]:
    """The same for texts whose words answer each other, as two dates."""
    words = zip_longest(typed.split(), read.split(), fillvalue="")
    return joined(
        run
        for number, (one, other) in enumerate(words)
        for run in ((Run(" ", " ", True),) if number else ()) + (Run(one, other, one == other),)
    )


def place_by_place(typed: str, read: str) -> tuple[Run, ...]:
    """The same for texts in which each character has its place, as the lines of a zone."""
    pairs = zip_longest(typed, read, fillvalue="")
    return joined(Run(one, other, one == other) for one, other in pairs)


def joined(steps: Iterable[Run]) -> tuple[Run, ...]:
    """Neighbours of a kind as one run."""
    return tuple(
        Run("".join(run.typed for run in runs), "".join(run.read for run in runs), same)
        for same, runs in ((same, list(found)) for same, found in groupby(steps, key=lambda run: run.same))
    )


def _ways(typed: str, read: str, forms: Forms) -> dict[Place, tuple[Place, bool]]:
    """From each pair of places the next on the best way to the end, and whether the step says the same in both."""
    costs: dict[Place, int] = {}
    ways: dict[Place, tuple[Place, bool]] = {}
    for one, other in product(range(len(typed), -1, -1), range(len(read), -1, -1)):
        steps: list[tuple[Place, bool]] = []
        if one < len(typed):
            for form in forms(typed[one]):
                if read.startswith(form, other):
                    steps.append(((one + 1, other + len(form)), True))
        if one < len(typed) and other < len(read):
            steps.append(((one + 1, other + 1), False))
        if one < len(typed):
            steps.append(((one + 1, other), False))
        if other < len(read):
            steps.append(((one, other + 1), read[other] == " "))
        if steps:
            best = min(steps, key=lambda step: costs[step[0]] + (not step[1]))
            ways[one, other], costs[one, other] = best, costs[best[0]] + (not best[1])
        else:
            costs[one, other] = 0
    return ways
