"""Arrivals and departures by hour as a picture: SVG made from plain numbers. No style, no script, nothing fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

LEFT, RIGHT, TOP = 34, 8, 64
HOUR = 30
PLOT, ROW = 84, 138  # height of a day's bars, and of a day with its title and hours
WIDTH = LEFT + 24 * HOUR + RIGHT
BAR = 11
ARRIVALS, DEPARTURES = "#0b746d", "#b45309"
INK, QUIET, RULE = "#14222d", "#455663", "#c4d0d8"
FONT = "Noto Sans, Liberation Sans, Arial, sans-serif"


@dataclass(frozen=True)
class Day:
    """One day: its words, and how many arrive and depart in each of its 24 hours."""

    words: str
    arrivals: tuple[int, ...]
    departures: tuple[int, ...]


@dataclass(frozen=True)
class Words:
    """The texts of the picture in the reader's language."""

    title: str
    description: str
    arrivals: str
    departures: str
    hours: str
    note: str


def chart(days: Sequence[Day], words: Words, *, name: str = "hours") -> str:
    """The picture: one row of 24 hours per day, two bars per hour with their numbers, one scale for all days.

    `name` begins the ids in it, so that two pictures can stand in one page. It says in its title and description what it
    shows; the numbers are in the table beside it.
    """
    most = max([1, *(number for day in days for number in (*day.arrivals, *day.departures))])
    height = TOP + ROW * len(days)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img" aria-labelledby="{name}-title {name}-description" font-family="{FONT}" font-size="11">',
        f'<title id="{name}-title">{escape(words.title)}</title>',
        f'<desc id="{name}-description">{escape(words.description)}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(0, 14, words.note, fill=QUIET),
        f'<rect x="0" y="26" width="12" height="12" fill="{ARRIVALS}"/>',
        _text(18, 36, words.arrivals),
        f'<rect x="150" y="26" width="12" height="12" fill="{DEPARTURES}"/>',
        _text(168, 36, words.departures),
    ]
    for number, day in enumerate(days):
        parts += _day(day, TOP + number * ROW, most, words)
    return "".join([*parts, "</svg>"])


def _day(day: Day, top: int, most: int, words: Words) -> list[str]:
    floor = top + 22 + PLOT
    parts = [
        _text(0, top + 10, day.words, weight="700", size=12),
        f'<line x1="{LEFT}" y1="{floor}" x2="{WIDTH - RIGHT}" y2="{floor}" stroke="{RULE}"/>',
        _text(0, floor + 14, words.hours, fill=QUIET),
    ]
    for hour in range(24):
        x = LEFT + hour * HOUR
        parts.append(_text(x + HOUR / 2, floor + 14, f"{hour:02d}", anchor="middle", fill=QUIET))
        for place, number, colour in (
            (0, day.arrivals[hour], ARRIVALS),
            (1, day.departures[hour], DEPARTURES),
        ):
            if number:
                length = max(2, round(PLOT * number / most))
                left = x + 3 + place * (BAR + 2)
                parts.append(
                    f'<rect x="{left}" y="{floor - length}" width="{BAR}" height="{length}" fill="{colour}"/>'
                )
                parts.append(
                    _text(
                        left + BAR / 2,
                        floor - length - 3,
                        str(number),
                        anchor="middle",
                        size=_fit(number),
                    )
                )
    return parts


def _fit(number: int) -> float:
    """A size at which a number of many digits does not run into its neighbour."""
    return {1: 11, 2: 11, 3: 8}.get(len(str(number)), 6)


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    weight: str = "400",
    size: float = 11,
    fill: str = INK,
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size:g}" fill="{fill}">'
        f"{escape(words)}</text>"
    )
