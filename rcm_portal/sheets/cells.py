"""Cells as text, and headings as they are compared. Pure functions."""

from typing import Any


def text_of(value: Any) -> str:
    """A cell as text on one line; a whole number without its decimal point, as booking systems write identifiers."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split())


def heading_key(text: Any) -> str:
    """A heading as it is compared: case, spaces and a byte order mark do not count."""
    return text_of(text).lstrip("\ufeff'").casefold()
