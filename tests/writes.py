"""What a request has written into the database and not taken back: whoever only looks, or is refused, leaves nothing."""

import re
from collections.abc import Callable
from typing import Any

STATEMENT = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
POINT = re.compile(r'(SAVEPOINT|ROLLBACK TO SAVEPOINT|RELEASE SAVEPOINT) "?(\w+)"?')


class Writes:
    """For `connection.execute_wrapper`. `tables` are those with rows that were made, changed or deleted for good.

    Only within a transaction that stays open, as most tests have one: what ends with its own is not seen.
    """

    def __init__(self) -> None:
        self._levels: list[tuple[str, set[str]]] = [("", set())]

    @property
    def tables(self) -> set[str]:
        return set().union(*(tables for _name, tables in self._levels))

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if found := STATEMENT.match(sql):
            if context["cursor"].rowcount:
                self._levels[-1][1].add(found[1])
        elif found := POINT.match(sql):
            self._point(*found.groups())
        return result

    def _point(self, what: str, name: str) -> None:
        if what == "SAVEPOINT":
            self._levels.append((name, set()))
            return
        begun = next(index for index, (each, _tables) in enumerate(self._levels) if each == name)
        since = self._levels[begun:]
        del self._levels[begun:]
        if what == "RELEASE SAVEPOINT":
            self._levels[-1][1].update(*(tables for _name, tables in since))
        else:
            self._levels.append((name, set()))
