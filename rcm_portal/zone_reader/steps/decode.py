"""The most likely 44 characters of each line, under what may stand at each position (td3.py).

The recogniser answers column by column; a character lasts for one or more columns, with or without nothing between two.
No look-alikes are exchanged until the check digits hold: that would make valid what was misprinted.
"""

from dataclasses import dataclass

import numpy as np

from .kinds import Places, Values
from .td3 import ALPHABET, FILLER, FIRST_LINE, LENGTH, SECOND_LINE

CHARACTERS = ALPHABET + FILLER  # as the recogniser numbers them; then comes nothing
NEVER = np.float32(-1e9)
GAP, INK = 2.2, 0.7  # a gap, and the width of a character's ink, beside the usual distance of two
STAYS, FROM_NOTHING = -2, -1  # how a character was reached; else the number of the one before


def mask(form: tuple[tuple[int, str], ...]) -> Values:
    """Position × character: 0 where it may stand, NEVER elsewhere."""
    rows = [allowed for number, allowed in form for _position in range(number)]
    return np.array([[0 if each in row else NEVER for each in CHARACTERS] for row in rows], np.float32)


MASKS = np.stack([mask(FIRST_LINE), mask(SECOND_LINE)])


@dataclass(frozen=True)
class Decoded:
    """A line; `sure` is how probable each character is among those that may stand there."""

    text: str
    chances: Values  # position × character
    score: float  # mean logarithm over the columns: how well the whole line is explained
    forced: int  # how many characters differ from what the recogniser says by itself

    def sure(self, begin: int, end: int) -> float:
        return min(float(self.chances[at, CHARACTERS.index(self.text[at])]) for at in range(begin, end))


def decode(columns: Values) -> tuple[Decoded, Decoded]:
    """Both lines at once: (line, column, character) in, by Viterbi."""
    characters, nothing = columns[..., :-1], columns[..., -1]
    lines, steps = nothing.shape
    each, later = np.arange(lines)[:, None], np.arange(LENGTH)
    waiting = np.full((lines, LENGTH + 1), NEVER)  # so many characters are complete
    waiting[:, 0] = 0
    within = np.full((lines, LENGTH, len(CHARACTERS)), NEVER)  # in the character of that position
    left = np.empty((steps, lines, LENGTH + 1), np.int8)
    reached = np.empty((steps, *within.shape), np.int8)
    for step in range(steps):
        best = within.argmax(-1)
        best_score = within[each, later, best]
        others = within.copy()
        others[each, later, best] = NEVER
        second = others.argmax(-1)
        # A character from the one before, without nothing between: not from an equal one.
        before, before_number = np.full_like(within, NEVER), np.full(within.shape, STAYS, np.int8)
        before[:, 1:], before_number[:, 1:] = best_score[:, :-1, None], best[:, :-1, None]
        equal = (each, later[1:], best[:, :-1])
        before[equal] = others[each, later, second][:, :-1]
        before_number[equal] = second[:, :-1]

        begun = waiting[:, :-1, None]
        how = np.where(begun > within, FROM_NOTHING, STAYS)
        now = np.maximum(begun, within)
        reached[step] = np.where(before > now, before_number, how)
        over = best_score > waiting[:, 1:]
        left[step, :, 0], left[step, :, 1:] = FROM_NOTHING, np.where(over, best, FROM_NOTHING)
        waiting[:, 1:] = np.where(over, best_score, waiting[:, 1:])
        waiting += nothing[:, step, None]
        within = np.maximum(now, before) + characters[:, step, None] + MASKS
    first, second_line = (
        path(waiting[line], within[line], left[:, line], reached[:, line], columns[line], MASKS[line])
        for line in range(2)
    )
    return first, second_line


def path(
    waiting: Values, within: Values, left: Places, reached: Places, columns: Values, allowed: Values
) -> Decoded:
    """The way back through the best steps, and what the columns of each character say."""
    steps = len(columns)
    score = max(waiting[LENGTH], within[LENGTH - 1].max())
    character = -1 if waiting[LENGTH] >= score else int(within[LENGTH - 1].argmax())
    position = LENGTH if character < 0 else LENGTH - 1
    text, chances = [""] * LENGTH, np.zeros_like(allowed)
    for step in reversed(range(steps)):
        if character < 0:
            if left[step, position] >= 0:
                position, character = position - 1, int(left[step, position])
            continue
        text[position] = CHARACTERS[character]
        chances[position] += columns[step, :-1]
        how = int(reached[step, position, character])
        if how == FROM_NOTHING:
            character = -1
        elif how != STAYS:
            position, character = position - 1, how
    chances += allowed
    chances = np.exp(chances - chances.max(1, keepdims=True))
    chances /= chances.sum(1, keepdims=True)
    said = "".join(text)
    return Decoded(said, chances, float(score) / steps, differences(spoken(columns), said))


def spoken(columns: Values) -> str:
    """What the recogniser says by itself, without any rule."""
    numbers = columns.argmax(1)
    return "".join(CHARACTERS[number] for number in numbers[beginnings(numbers)])


def beginnings(numbers: Places) -> Places:
    """At which columns a character begins, where each says the number most likely."""
    begins: Places = np.flatnonzero((numbers != np.roll(numbers, 1)) & (numbers < len(CHARACTERS)))
    return begins


def printed(columns: Values) -> tuple[float, float] | None:
    """Where the longest row of characters begins and ends, as shares of the width; the edge of a page stands apart."""
    begins = beginnings(columns.argmax(1))
    if len(begins) < 2:
        return None
    apart = np.diff(begins)
    rows = np.split(begins, np.flatnonzero(apart > GAP * np.median(apart)) + 1)
    row = max(rows, key=len)
    return float(row[0]) / len(columns), float(row[-1] + np.median(apart) * INK) / len(columns)


def differences(one: str, other: str) -> int:
    """How many characters must be put in, left out or changed."""
    row = np.arange(len(other) + 1)
    letters = np.array(list(other))
    for number, character in enumerate(one, start=1):
        changed = np.minimum(row[:-1] + (letters != character), row[1:] + 1)
        ahead = np.concatenate([[number], changed]) - np.arange(len(row))
        row = np.minimum.accumulate(ahead) + np.arange(len(row))
    return int(row[-1])
