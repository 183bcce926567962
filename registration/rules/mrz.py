"""The machine-readable zone of a passport (TD3, two lines of 44): read, check, compose, compare.

Source: ICAO Doc 9303 parts 3 and 4. A valid zone is no proof of a right name: names, sex, nationality and
issuer carry no check digit, and characters that are equal modulo 10 pass for each other.
Pure functions: no database; `today` is an argument where a century has to be chosen.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rcm_portal.zone_reader.codes import ZONE_CODES
from rcm_portal.zone_reader.steps.td3 import ALPHABET, digits_of
from registration.rules import names
from registration.rules.typed.zone_text import MrzError, check_digit, clean_lines

NAME_LENGTH = 39
UNKNOWN = ("<<", "XX")  # a part of a date of birth that is not known
UNKNOWN_DAY = (*UNKNOWN, "00")


@dataclass(frozen=True)
class DigitCheck:
    """One check digit: the field it guards, what it should be, what is printed."""

    field: str
    expected: str
    found: str

    @property
    def ok(self) -> bool:
        return self.expected == self.found


@dataclass(frozen=True)
class Mrz:
    """A zone taken apart. Dates stay as printed (YYMMDD); `birth_date` and `expiry_date` read them."""

    lines: tuple[str, str]
    document_type: str
    subtype: str
    issuer: str
    surnames: str
    given_names: str
    truncated: bool
    number: str
    nationality: str
    birth: str
    sex: str
    expiry: str
    optional: str
    checks: tuple[DigitCheck, ...]

    @property
    def valid(self) -> bool:
        """Whether every check digit is right."""
        return all(check.ok for check in self.checks)

    def birth_date(self, today: dt.date) -> dt.date | None:
        """The date of birth, not later than `today`; None where the zone leaves parts of it unknown."""
        return _date(self.birth, latest=today)

    def expiry_date(self, today: dt.date) -> dt.date | None:
        """The date of expiry, at most fifty years after `today`; None where it is not a date."""
        return _date(self.expiry, latest=dt.date(today.year + 50, 12, 31))


@dataclass(frozen=True)
class PassportFields:
    """What the form says, to be held against the zone. Country codes are ISO 3166 alpha-3."""

    surnames: str
    given_names: str
    number: str
    nationality: str
    issuing_country: str
    date_of_birth: dt.date | None
    sex: str
    expires_on: dt.date | None


@dataclass(frozen=True)
class Difference:
    """One disagreement between the zone and the form; `text` is translated and shows no value."""

    field: str
    text: str | Promise
    in_zone: str
    in_form: str


def parse(text: str | Sequence[str]) -> Mrz:
    """Take a zone apart. Raises MrzError where it has another form; wrong check digits are in `checks`."""
    first, second = clean_lines(text)
    if first[0] != "P":
        raise MrzError(_("This is not the zone of a passport: its first line begins with P."))
    name_field = first[5:]
    surnames, _fillers, given_names = name_field.partition("<<")
    checks = tuple(DigitCheck(field, *digits) for field, digits in digits_of(second).items())
    return Mrz(
        lines=(first, second),
        document_type=first[0],
        subtype=first[1].strip("<"),
        issuer=_country(first[2:5]),
        surnames=_spaced(surnames),
        given_names=_spaced(given_names),
        truncated=not name_field.endswith(
            "<<"
        ),  # one filler at the end may be where the cut fell between two words
        number=second[0:9].replace("<", ""),  # a hyphen or space within it is printed as a filler
        nationality=_country(second[10:13]),
        birth=second[13:19],
        sex="X" if second[20] == "<" else second[20],
        expiry=second[21:27],
        optional=second[28:42].rstrip("<"),
        checks=checks,
    )


def compose(fields: PassportFields, *, subtype: str = "", optional: str = "") -> tuple[str, str]:
    """The two lines for these fields in the recommended forms; an over-long name is truncated as Doc 9303 asks.

    Raises MrzError where the number is longer than nine or has other characters than A to Z and 0 to 9.
    """
    if len(fields.number) > 9:
        raise MrzError(_("A passport number in the machine-readable zone has at most nine characters."))
    name = names.airline_name(fields.surnames, fields.given_names)
    number = fields.number.upper().ljust(9, "<")
    birth, expiry = f"{fields.date_of_birth:%y%m%d}", f"{fields.expires_on:%y%m%d}"
    sex = fields.sex if fields.sex in ("M", "F") else "<"
    optional = optional.upper().ljust(14, "<")
    first = f"P{subtype or '<'}{_zone_code(fields.issuing_country)}{_name_field(name.surname, name.given)}"
    second = number + check_digit(number) + _zone_code(fields.nationality)
    second += birth + check_digit(birth) + sex + expiry + check_digit(expiry)
    second += optional + (check_digit(optional) if optional.strip("<") else "<")
    return first, second + check_digit(second[0:10] + second[13:20] + second[21:43])


def compare(mrz: Mrz, fields: PassportFields, *, today: dt.date) -> list[Difference]:
    """What the zone and the form say differently, names against every form that a state may choose.

    What the form leaves empty contradicts nothing, nor does what the zone leaves unknown.
    """
    said = {
        "surnames": _("The surnames differ from the machine-readable zone."),
        "given_names": _("The given names differ from the machine-readable zone."),
    }
    found = [
        Difference(half, said[half], getattr(mrz, half), getattr(fields, half))
        for half in names_differ(mrz, fields.surnames, fields.given_names)
    ]
    birth, expiry = mrz.birth_date(today), mrz.expiry_date(today)
    rows = (
        (
            "number",
            _("The passport number differs from the machine-readable zone."),
            mrz.number,
            _plain(fields.number),
        ),
        (
            "nationality",
            _("The nationality differs from the machine-readable zone."),
            mrz.nationality,
            fields.nationality,
        ),
        (
            "issuing_country",
            _("The issuing country differs from the machine-readable zone."),
            mrz.issuer,
            fields.issuing_country,
        ),
        ("sex", _("The sex differs from the machine-readable zone."), mrz.sex, fields.sex),
    )
    found += [
        Difference(field, text, zone, form) for field, text, zone, form in rows if form and zone != form
    ]
    if fields.date_of_birth and not _may_be_born(mrz.birth, fields.date_of_birth):
        text = _("The date of birth differs from the machine-readable zone.")
        in_zone = birth.isoformat() if birth else mrz.birth
        found.append(Difference("date_of_birth", text, in_zone, fields.date_of_birth.isoformat()))
    if fields.expires_on and mrz.expiry.strip("<") and expiry != fields.expires_on:
        text = _("The date of expiry differs from the machine-readable zone.")
        in_zone = expiry.isoformat() if expiry else mrz.expiry
        found.append(Difference("expires_on", text, in_zone, fields.expires_on.isoformat()))
    return found


def names_differ(mrz: Mrz, surnames: str, given_names: str) -> tuple[str, ...]:
    """Which half of the name the zone contradicts: of "surnames" and "given_names", none, one or both."""
    if names.untransliterated(f"{surnames} {given_names}"):
        return ()  # another script: nothing can be told
    if not surnames.strip():
        surnames, given_names = given_names, ""
    length = len(names.airline_name(surnames, given_names).text) + 1  # two fillers part the halves
    match = names.agrees_truncated if mrz.truncated or length > NAME_LENGTH else names.agrees
    if not (mrz.surnames and mrz.given_names):
        # One half only: the state could not part the name, or there is but one (Doc 9303 part 3, 4.6).
        whole = mrz.surnames or mrz.given_names
        if any(
            match(f"{one} {other}", whole)
            for one, other in ((surnames, given_names), (given_names, surnames))
        ):
            return ()
    halves = (("surnames", surnames, mrz.surnames), ("given_names", given_names, mrz.given_names))
    return tuple(half for half, form, zone in halves if not match(form, zone))


def _may_be_born(printed: str, born: dt.date) -> bool:
    """Whether YYMMDD, parts of which may be unknown, can be this day; the century is not printed."""
    said, known = f"{born:%y%m%d}", (UNKNOWN, UNKNOWN_DAY, UNKNOWN_DAY)
    parts = zip(pairwise((0, 2, 4, 6)), known, strict=True)
    return all(printed[at:end] in (said[at:end], *unknown) for (at, end), unknown in parts)


def _spaced(field: str) -> str:
    return " ".join(field.replace("<", " ").split())


def _plain(number: str) -> str:
    return "".join(character for character in number.upper() if character in ALPHABET)


def _country(code: str) -> str:
    code = code.rstrip("<")
    return ZONE_CODES.get(code, code)


def _zone_code(country: str) -> str:
    for zone, code in ZONE_CODES.items():
        if country == code:
            return zone.ljust(3, "<")
    return country.ljust(3, "<")


def _name_field(surname: str, given: str) -> str:
    """Surname<<Given in 39 positions. A cut name ends in a letter, so that the cut can be seen."""
    surname, given = surname.replace(" ", "<"), given.replace(" ", "<")
    whole = f"{surname}<<{given}" if given else surname
    if len(whole) <= NAME_LENGTH:
        return whole.ljust(NAME_LENGTH, "<")
    if given:
        surname = surname[: NAME_LENGTH - 3].rstrip("<")
    whole = f"{surname}<<{given}" if given else surname
    while len(surname) > 1 and whole[:NAME_LENGTH].endswith("<"):
        surname = surname[:-1].rstrip("<")
        whole = f"{surname}<<{given}" if given else surname
    return whole[:NAME_LENGTH].ljust(NAME_LENGTH, "<")


def _date(printed: str, *, latest: dt.date) -> dt.date | None:
    """The YYMMDD date in the hundred years that end at `latest`; None where it is none."""
    if not printed.isdigit():
        return None
    year, month, day = int(printed[:2]), int(printed[2:4]), int(printed[4:])
    year += latest.year // 100 * 100
    try:
        date = dt.date(year, month, day)
        return date if date <= latest else dt.date(year - 100, month, day)
    except ValueError:
        return None
