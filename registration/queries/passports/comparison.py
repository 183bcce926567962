"""A passport's particulars beside its machine-readable zone, and what about them needs a look.

Nothing is stored of a comparison: it is made from the two whenever somebody looks. Pure but for reading its arguments.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from ...enums import PassportKind, Sex
from ...models import Delegate, Passport
from ...rules import mrz
from ...rules.countries import country_name
from ...rules.details import Expiry, passport_validity
from ...rules.typed.zone_text import MrzError

LABELS = {
    "surnames": _("Surnames"),
    "given_names": _("Given names"),
    "number": _("Passport number"),
    "nationality": _("Nationality"),
    "issuing_country": _("Issued by"),
    "date_of_birth": _("Date of birth"),
    "sex": _("Sex"),
    "expires_on": _("Valid until"),
}
SHOWN = 3  # characters of a passport number, to its holder
# The names of the same things in the registration form.
FORM_FIELDS = {"number": "passport_number", "expires_on": "passport_expiry"}


@dataclass(frozen=True)
class Line:
    """One particular: what the form says, what the zone says, and the difference in words where there is one."""

    name: str
    label: str
    in_form: str
    in_zone: str
    difference: str = ""


@dataclass(frozen=True)
class Papers:
    """A passport as staff check it. `zone` is None where none was typed or it can no longer be read."""

    lines: tuple[Line, ...]
    zone: mrz.Mrz | None
    expiry: Expiry | None

    @property
    def differences(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.difference)


def masked(number: str) -> str:
    """A passport number of which only the last three characters can be read."""
    text = str(number)  # one that no key opens is no number
    return "•" * max(len(text) - SHOWN, 0) + text[-SHOWN:] if len(text) > SHOWN else "•" * len(text)


def fields_of(delegate: Delegate, passport: Passport) -> mrz.PassportFields:
    return mrz.PassportFields(
        surnames=delegate.surnames,
        given_names=delegate.given_names,
        number=passport.number,
        nationality=delegate.nationality,
        issuing_country=passport.issuing_country,
        date_of_birth=delegate.date_of_birth,
        sex=delegate.sex,
        expires_on=passport.expires_on,
    )


def read_zone(text: str) -> mrz.Mrz | None:
    try:
        return mrz.parse(text) if text else None
    except MrzError:
        return None


def differences(passport: mrz.PassportFields, zone_text: str, *, today: date) -> dict[str, str]:
    """What the zone contradicts: name of the form's field to a sentence. Empty where no zone was typed."""
    zone = read_zone(zone_text)
    if zone is None:
        return {}
    return {
        FORM_FIELDS.get(found.field, found.field): str(found.text)
        for found in mrz.compare(zone, passport, today=today)
    }


def papers_of(
    delegate: Delegate, passport: Passport, *, today: date, workshop_ends: date, months: int
) -> Papers:
    """The particulars line by line in the active language; `months` is how long the passport should last afterwards."""
    fields = fields_of(delegate, passport)
    zone = read_zone(passport.mrz)
    found = {item.field: item for item in mrz.compare(zone, fields, today=today)} if zone else {}
    lines = []
    for name, label in LABELS.items():
        in_form = getattr(fields, name)
        in_zone = zone_value(zone, name, today) if zone else ""
        lines.append(
            Line(
                name=name,
                label=str(label),
                in_form=readable(name, in_form),
                in_zone=readable(name, in_zone),
                difference=str(found[name].text) if name in found else "",
            )
        )
    expiry = (
        passport_validity(passport.expires_on, workshop_ends=workshop_ends, months=months)
        if passport.expires_on
        else None
    )
    return Papers(tuple(lines), zone, expiry)


def zone_value(zone: mrz.Mrz, name: str, today: date) -> date | str:
    """A particular as the zone says it; a date that is none as it is printed."""
    if name == "date_of_birth":
        return zone.birth_date(today) or zone.birth
    if name == "expires_on":
        return zone.expiry_date(today) or zone.expiry
    if name == "issuing_country" and zone.issuer:
        return zone.issuer
    text: str = getattr(zone, name, "")
    return text


def readable(name: str, value: date | str | None) -> str:
    """A particular as people read it; `name` as in LABELS or in the form."""
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if name in ("nationality", "issuing_country") and value:
        named = country_name(value)
        return f"{value} · {named}" if named != value else value
    if name == "sex" and value in Sex.values:
        return str(Sex(value).label)
    if name == "passport_type" and value in PassportKind.values:
        return str(PassportKind(value).label)
    return value or ""
