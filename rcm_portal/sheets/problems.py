"""What is wrong with a sheet that came back, and where."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

SHOWN = 40  # characters of a cell that are repeated to its reader


@dataclass(frozen=True)
class Problem:
    """What is wrong and where: the row as the program shows it, and the column's heading."""

    message: str
    row: int | None = None
    column: str = ""

    def __str__(self) -> str:
        where = [_("row %(row)d") % {"row": self.row}] if self.row else []
        where += [_("column “%(column)s”") % {"column": self.column}] if self.column else []
        return f"{', '.join(where)}: {self.message}" if where else self.message


class Unreadable(Exception):
    """The file as a whole cannot be taken."""

    def __init__(self, message: object, row: int | None = None, column: str = ""):
        self.problem = Problem(str(message), row, shortened(column))
        super().__init__(self.problem.message)


class NoHeadings(Unreadable):
    """This sheet is another one than the list."""


@dataclass(frozen=True)
class Line:
    """One row of a file: its number as the program shows it, its values by their place from 0, and of which cells
    something is wrong by itself (place, message)."""

    number: int
    values: dict[int, object]
    troubles: tuple[tuple[int, str], ...] = ()
    hidden: bool = False


def shortened(text: str) -> str:
    """A cell's text as it is repeated to its reader."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
