"""What the portal read in the picture of a passport, and what of it may be put into a form: pure functions over plain data.

Reading never verifies: it fills in and points out, and a person compares. Source: ICAO Doc 9303-4, 4.2 (the zone of a
passport).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from rcm_portal.zone_reader.codes import is_known
from rcm_portal.zone_reader.steps.td3 import PLACES

from ...enums import PassportKind
from .. import mrz
from .dates import PARTS, birth_date_problem
from .zone_text import MrzError

NAMES = ("surnames", "given_names")
ALL_FIELDS = frozenset(PLACES) - {"names"}  # those that a reading may be certain of
# Beside P, the letter by which a state tells its kinds of passport apart; it may choose others, of which nothing is said.
KINDS = {
    "": PassportKind.ORDINARY,
    "P": PassportKind.ORDINARY,
    "D": PassportKind.DIPLOMATIC,
    "O": PassportKind.OFFICIAL,
    "S": PassportKind.OFFICIAL,
}


@dataclass(frozen=True)
class ReadZone:
    """The zone as it was read: two lines of 44 characters, the fields that are `certain`, and whether the names may be
    offered, which are compared by a person in any case."""

    lines: tuple[str, str]
    certain: frozenset[str]  # of rcm_portal.zone_reader.FIELDS
    names: bool

    @property
    def as_text(self) -> str:
        """For an encrypted column."""
        return json.dumps({"lines": self.lines, "certain": sorted(self.certain), "names": self.names})


def read_back(text: str | None) -> ReadZone | None:
    """What `as_text` wrote; None where nothing was read."""
    if not text:
        return None
    kept = json.loads(text)
    first, second = kept["lines"]
    return ReadZone((first, second), frozenset(kept["certain"]), kept["names"])


def offered(read: ReadZone | None, *, today: date) -> dict[str, date | str]:
    """What is put into a form: name of its field to value. Of what is certain only what can be: a field whose own check
    digit is wrong, a code of no country and a birth date that no delegate can have are left to the person, and so are names
    that the line was too short for. The zone writes names in capitals and without accents: they are always to be compared.
    """
    if read is None:
        return {}
    try:
        zone = mrz.parse(read.lines)
    except MrzError:
        return {}
    wrong = {check.field for check in zone.checks if not check.ok}
    born = zone.birth_date(today)
    if born and birth_date_problem(born, today=today, workshop_ends=today):
        born = None
    found = {
        "kind": ("passport_type", KINDS.get(zone.subtype)),
        "number": ("passport_number", zone.number),
        "nationality": ("nationality", zone.nationality if is_known(zone.nationality) else ""),
        "issuing_country": ("issuing_country", zone.issuer if is_known(zone.issuer) else ""),
        "date_of_birth": ("date_of_birth", born),
        "sex": ("sex", zone.sex),
        "expires_on": ("passport_expiry", zone.expiry_date(today)),
    }
    values = {name: value for field, (name, value) in found.items() if field in read.certain - wrong}
    if read.names:
        values |= _whole_names(zone)
    return {name: value for name, value in values.items() if value}


def _whole_names(zone: mrz.Mrz) -> dict[str, str]:
    """The names in small letters, but for the half at whose end the line was full."""
    halves = {"surnames": zone.surnames.title(), "given_names": zone.given_names.title()}
    if zone.truncated:
        del halves["given_names" if zone.given_names else "surnames"]
    return halves


def sent_texts(values: Mapping[str, date | str]) -> dict[str, str]:
    """The same as a browser sends them: a date in its three boxes."""
    texts: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, date):
            texts |= {f"{name}_{part}": str(getattr(value, part)) for part in PARTS}
        else:
            texts[name] = str(value)
    return texts
