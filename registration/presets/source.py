"""Finds a preset file, reads it and checks the whole of it before anything is loaded."""

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from ..exceptions import RegistrationError
from .mistakes import Mistakes
from .sections import sections

FORMAT = 1  # of the file; raised when an older file would be read differently
DOTS_IN_A_LINE = 1000
DIRECTORY = Path(__file__).parent


class PresetNotFound(RegistrationError):
    """No preset of this name and no file at this path."""


@dataclass
class Preset:
    """A checked preset: its sections' tables by name, and the way from its own dates to those asked for."""

    name: str  # of the file, for mistakes
    tables: dict = field(default_factory=dict)
    starts_on: date | None = None
    published: bool = True  # of a workshop that is not there yet
    own_income: bool = True  # moved to other dates, it keeps the income groups of its own first day

    @property
    def workshop(self):
        return self.tables["workshop"]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.workshop.time_zone)

    @property
    def shift(self) -> timedelta:
        """How far the workshop is moved from the file's own dates; whole days."""
        return (self.starts_on or self.workshop.starts_on) - self.workshop.starts_on

    @property
    def party_codes(self) -> set[str]:
        return {party.code for party in self.tables.get("parties") or ()}

    def on(self, day: date) -> date:
        """A date of the file on the workshop's calendar."""
        return day + self.shift

    def at(self, moment: datetime) -> datetime:
        """A moment of the file as an aware instant: the clock of the workshop's zone is what is kept when it is moved.

        A moment without an offset is read by that clock, one with an offset is first brought to it.
        """
        local = moment.astimezone(self.zone) if moment.tzinfo else moment
        if moment.tzinfo and not self.shift:
            return local  # of an hour that the clock shows twice, the one that is meant
        return (local.replace(tzinfo=None) + self.shift).replace(tzinfo=self.zone)


def shipped() -> dict[str, Path]:
    """The presets that come with the portal, by name."""
    return {path.stem: path for path in sorted(DIRECTORY.glob("*.toml"))}


def find(name_or_path: str) -> Path:
    """The file of a shipped preset or at a path; raises PresetNotFound."""
    known = shipped()
    if name_or_path in known:
        return known[name_or_path]
    path = Path(name_or_path)
    if path.is_file():
        return path
    raise PresetNotFound(
        _("There is no preset “%(name)s” (there is: %(known)s) and no file of this name.")
        % {"name": name_or_path, "known": ", ".join(known)}
    )


def read_preset(path: Path, *, starts_on: date | None = None) -> Preset:
    """The file at `path`, checked in full, with `starts_on` as first day (None: the file's own).

    Raises PresetRefused with every mistake of the file.
    """
    return read_content(path.read_bytes(), Preset(path.name, starts_on=starts_on))


def read_content(content: bytes, preset: Preset) -> Preset:
    """The content of a preset file, checked in full, read into `preset`, which says its name and what it is read for.

    Raises PresetRefused with every mistake.
    """
    mistakes = Mistakes()
    data = _parse(content, preset.name, mistakes)
    mistakes.stop_here(preset.name)

    readers = sections()
    if data.pop("format", None) != FORMAT:
        mistakes.add("format", _("this portal reads format %d.") % FORMAT)
    for key in data.keys() - readers.keys():
        mistakes.add(key, _("unknown section. Known are: %s.") % ", ".join(readers))
    for name, reader in readers.items():
        if name in data:
            preset.tables[name] = reader.validate(data[name], mistakes)
        elif reader.required:
            mistakes.add(name, _("this section is missing."))
    mistakes.stop_here(preset.name)  # cross-references are looked at only in tables that can be read

    try:
        for name, tables in preset.tables.items():
            readers[name].check(tables, preset, mistakes)
    except OverflowError:
        mistakes.add(preset.name, _("a date lies outside the calendar."))
    mistakes.stop_here(preset.name)
    return preset


def _parse(content: bytes, name: str, mistakes: Mistakes) -> dict:
    """The file as plain data. Whatever bytes it holds, a mistake is told and nothing else happens."""
    try:
        text = content.decode("utf-8")
        # A key of that many parts costs the parser the square of them.
        if any(line.count(".") > DOTS_IN_A_LINE for line in text.splitlines()):
            raise RecursionError
        data = tomllib.loads(text)
    except RecursionError:
        mistakes.add(name, _("nested too deeply."))
    except (
        ValueError
    ) as error:  # TOMLDecodeError and UnicodeDecodeError are some, a number of too many digits too
        mistakes.add(name, _("not a TOML file: %s.") % error)
    else:
        _refuse_null(data, mistakes)
        return data
    return {}


def _refuse_null(data: dict, mistakes: Mistakes) -> None:
    """No database column takes a null character, which TOML can spell."""
    waiting: list[tuple[str, object]] = [("", data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{path}.{key}".lstrip("."), each) for key, each in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{path}[{number}]", each) for number, each in enumerate(value)]
        elif isinstance(value, str) and "\0" in value:
            mistakes.add(path, _("the text contains a null character."))
