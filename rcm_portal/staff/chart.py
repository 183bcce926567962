"""Days as bars: one strip per series, so that no colour has to be told from another. SVG without styles of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ..output.dates import day_in_words

DAYS = 42  # six weeks
STEP, HEIGHT = 10, 48


@dataclass(frozen=True)
class Strip:
    """One series as it is shown: how many on all days, how many on the fullest, the drawing, and each day's number."""

    label: str
    total: int
    most: int
    drawing: SafeString
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Chart:
    """The strips over the same days, of which one may be marked."""

    days: tuple[date, ...]
    marked: date | None
    strips: tuple[Strip, ...]

    @property
    def rows(self) -> list[tuple[date, list[int]]]:
        """The days on which anything happened, with the number of each series: the table behind the drawing."""
        numbers = zip(*(strip.numbers for strip in self.strips), strict=True)
        return [(day, list(row)) for day, row in zip(self.days, numbers, strict=True) if any(row)]


def chart(
    series: list[tuple[str, Mapping[date, int]]], *, last: date, marked: date | None = None
) -> Chart | None:
    """The last six weeks up to `last`; None where nothing happened in them."""
    days = tuple(last - timedelta(days=before) for before in reversed(range(DAYS)))
    strips = tuple(_strip(label, counts, days, marked) for label, counts in series)
    if not any(strip.total for strip in strips):
        return None
    return Chart(days, marked if marked in days else None, strips)


def _strip(label: str, counts: Mapping[date, int], days: tuple[date, ...], marked: date | None) -> Strip:
    numbers = tuple(counts.get(day, 0) for day in days)
    most = max(numbers)
    bars = format_html_join(
        "",
        '<rect class="days-bar" x="{}" y="{}" width="{}" height="{}"><title>{}: {}</title></rect>',
        (
            (
                place * STEP + 1,
                HEIGHT - max(2, round(HEIGHT * number / most)),
                STEP - 2,
                max(2, round(HEIGHT * number / most)),
                day_in_words(day),
                number,
            )
            for place, (day, number) in enumerate(zip(days, numbers, strict=True))
            if number
        ),
    )
    mark = ""
    if marked in days:
        x = (days.index(marked) + 1) * STEP
        mark = format_html('<line class="days-mark" x1="{}" y1="0" x2="{}" y2="{}"></line>', x, x, HEIGHT)
    drawing = format_html(
        '<svg class="days-strip" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '{}<line class="days-ground" x1="0" y1="{}" x2="{}" y2="{}"></line>{}</svg>',
        len(days) * STEP, HEIGHT + 1, bars, HEIGHT, len(days) * STEP, HEIGHT, mark,
    )  # fmt: skip
    return Strip(label, sum(numbers), most, drawing, numbers)
