"""The documents that a section of the background names: one a line. Pure."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def split_references(text: str) -> list[tuple[str, str]]:
    """Lines "A/RES/73/195 https://…" as name and address; the address is "" where a line ends with none."""
    found = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        name, _space, last = line.rpartition(" ")
        found.append((name.strip(), last) if "://" in last else (line, ""))
    return found


def validate_references(text: str) -> None:
    """Raise ValidationError for an address that is not https, or that has no name before it."""
    for name, url in split_references(text):
        if url and (not name or urlsplit(url).scheme != "https" or not urlsplit(url).hostname):
            raise ValidationError(
                _("“%(line)s”: write the document’s name, a space and an address that begins with https://."),
                params={"line": f"{name} {url}".strip()},
            )
