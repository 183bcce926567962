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
DIRECTORY = Path(__file__).parent


class PresetNotFound(RegistrationError):
    """No preset of this name and no file at this path."""


@dataclass
class Preset:
    """A checked preset: its sections' tables by name, and the way from its own dates to those asked for."""

    name: str
    tables: dict = field(default_factory=dict)
    starts_on: date | None = None

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
    mistakes = Mistakes()
    data = _parse(path, mistakes)
    mistakes.stop_here(path.name)

    readers = sections()
    if data.pop("format", None) != FORMAT:
        mistakes.add("format", _("this portal reads format %d.") % FORMAT)
    for key in data.keys() - readers.keys():
        mistakes.add(key, _("unknown section. Known are: %s.") % ", ".join(readers))
    preset = Preset(path.stem, starts_on=starts_on)
    for name, reader in readers.items():
        if name in data:
            preset.tables[name] = reader.validate(data[name], mistakes)
        elif reader.required:
            mistakes.add(name, _("this section is missing."))
    mistakes.stop_here(path.name)  # cross-references are looked at only in tables that can be read

    for name, tables in preset.tables.items():
        readers[name].check(tables, preset, mistakes)
    mistakes.stop_here(path.name)
    return preset


def _parse(path: Path, mistakes: Mistakes) -> dict:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        mistakes.add(path.name, _("not a TOML file: %s.") % error)
        return {}
