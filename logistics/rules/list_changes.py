"""What has changed between a list that went out and the list of now: pure functions over plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Lines = Mapping[str, Sequence[Any]]  # values of each line by the line's key, in the order of `columns`


@dataclass(frozen=True)
class Table:
    """Lines of one section of a list. Values are plain (text, numbers, lists of them) and say the same in any language."""

    columns: tuple[str, ...]
    lines: Lines


@dataclass(frozen=True)
class Marks:
    """What is not as it was. `changed` gives the earlier value by line and column; `gone` the earlier line."""

    new: frozenset[str] = frozenset()
    changed: Mapping[tuple[str, str], Any] = field(default_factory=dict)
    gone: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Lines that came, went or changed."""
        return len(self.new) + len(self.gone) + len({key for key, _column in self.changed})


def compare(before: Table | None, now: Table) -> Marks:
    """What has changed since `before`; nothing where there is no earlier list. Columns of only one of them do not count."""
    if before is None:
        return Marks()
    places = [
        (column, before.columns.index(column), place)
        for place, column in enumerate(now.columns)
        if column in before.columns
    ]
    changed = {
        (key, column): before.lines[key][was]
        for key, line in now.lines.items()
        if key in before.lines
        for column, was, place in places
        if before.lines[key][was] != line[place]
    }
    return Marks(
        new=frozenset(key for key in now.lines if key not in before.lines),
        changed=changed,
        gone={
            key: dict(zip(before.columns, line, strict=True))
            for key, line in before.lines.items()
            if key not in now.lines
        },
    )
