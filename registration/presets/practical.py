"""The sections `practical` and `background` of a preset: what delegates need on the spot, and where the workshop comes from."""

from datetime import time
from itertools import zip_longest

from django.utils.translation import gettext as _

from ..enums import PracticalAudience, PracticalKind
from ..models import BackgroundSection, PracticalPart
from ..rules.practical import HOLDS, TEXTS
from .mistakes import Mistakes
from .saved_values import both, filled
from .sections import Section
from .tables import Code, Line, Table, Text, join, one_of, read
from .writer import LANGUAGES, texts


class PartTable(Table):
    audience: one_of(PracticalAudience) = PracticalAudience.APPROVED.value
    name: Text | None = None
    address: Line | None = None
    phone: Line | None = None
    check_in: time | None = None
    check_out: time | None = None
    for_whom: Text | None = None
    entrance: Text | None = None
    floor: Text | None = None
    bring: Text | None = None
    text: Text | None = None


class PracticalSection(Section):
    """One table per part: `[practical.hotel]`."""

    name = "practical"

    def validate(self, data, mistakes: Mistakes):
        return read(dict[one_of(PracticalKind), PartTable], data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        for kind, table in tables.items():
            held = HOLDS[PracticalKind(kind)]
            for key in table.model_fields_set - {"audience", *held}:
                message = _("this part has no such key. Known are: %s.")
                mistakes.add(join(self.name, kind, key), message % ", ".join(("audience", *held)))

    def load(self, tables, preset, writer) -> None:
        for kind, table in tables.items():
            values = {"audience": table.audience}
            for key in HOLDS[PracticalKind(kind)]:
                value = getattr(table, key)
                if key in TEXTS:
                    values |= texts(key, value)
                else:
                    values[key] = value if key in ("check_in", "check_out") else value or ""
            writer.put(
                PracticalPart,
                kind,
                path=join(self.name, kind),
                lookup={"workshop": writer.workshop, "kind": kind},
                values=values,
            )

    def save(self, workshop, *, afresh: bool = False):
        """See Section."""
        return {
            row.kind: filled(
                audience=row.audience,
                **{
                    key: both(row, key) if key in TEXTS else getattr(row, key)
                    for key in HOLDS[PracticalKind(row.kind)]
                },
            )
            for row in PracticalPart.objects.filter(workshop=workshop).order_by("pk")
        } or None


class ReferenceTable(Table):
    name: Text
    url: Line | None = None


class BackgroundTable(Table):
    key: Code
    title: Text
    text: Text
    references: list[ReferenceTable] = []


class BackgroundPresetSection(Section):
    """The sections of the page in their order."""

    name = "background"

    def validate(self, data, mistakes: Mistakes):
        return read(list[BackgroundTable], data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        seen = set()
        for index, table in enumerate(tables):
            if table.key in seen:
                mistakes.add(join(self.name, index, "key"), _("this key is in the file twice."), table.key)
            seen.add(table.key)

    def load(self, tables, preset, writer) -> None:
        for index, table in enumerate(tables):
            writer.put(
                BackgroundSection,
                table.key,
                path=join(self.name, index),
                lookup={"workshop": writer.workshop, "key": table.key},
                values={
                    "position": index + 1,
                    **texts("title", table.title),
                    **texts("text", table.text),
                    **{
                        f"references_{code}": "\n".join(_line(each, code) for each in table.references)
                        for code in LANGUAGES
                    },
                },
            )

    def save(self, workshop, *, afresh: bool = False):
        """See Section. What staff wrote as lines of both languages is paired by their order."""
        rows = BackgroundSection.objects.filter(workshop=workshop).order_by("position", "pk")
        return [
            filled(
                key=row.key,
                title=both(row, "title"),
                text=both(row, "text"),
                references=[
                    filled(name={"es": spanish[0], "en": english[0]}, url=spanish[1] or english[1])
                    for spanish, english in zip_longest(
                        *(
                            [_parted(line) for line in getattr(row, f"references_{code}").splitlines()]
                            for code in LANGUAGES
                        ),
                        fillvalue=("", ""),
                    )
                ],
            )
            for row in rows
        ] or None


def _parted(line: str) -> tuple[str, str]:
    """Name and address of a document's line."""
    name, _space, address = line.rpartition(" ")
    return (name, address) if address.startswith("https://") and name else (line, "")


def _line(reference: ReferenceTable, code: str) -> str:
    """A document as its line in the text: its name, in the other language if need be, and its address."""
    name = getattr(reference.name, code) or reference.name.es or reference.name.en
    return f"{name} {reference.url}" if reference.url else name
