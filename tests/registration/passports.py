"""Passports for tests: María José Núñez Peña's zone, in which her issuing state wrote Ñ as N."""

from datetime import date

from registration.models import Delegate, Delegation
from registration.rules.mrz import PassportFields, compose
from tests.factories import DelegateFactory, PassportFactory

FIELDS = {
    "surnames": "Núñez Peña",
    "given_names": "María José",
    "number": "P1234567",
    "nationality": "BLZ",
    "issuing_country": "BLZ",
    "date_of_birth": date(1980, 2, 28),
    "sex": "F",
    "expires_on": date(2027, 5, 1),
}


def zone(**changes) -> str:
    """The two lines for these fields; `changes` replace fields of PassportFields."""
    return "\n".join(compose(PassportFields(**{**FIELDS, **changes})))


def maria(delegation: Delegation, *, email: str = "maria@example.org", **passport) -> Delegate:
    """María José Núñez Peña, an official of `delegation`, with a passport of these fields and no copy of it."""
    delegate = DelegateFactory(
        delegation=delegation,
        given_names="María José",
        surnames="Núñez Peña",
        email=email,
        passport=None,
    )
    PassportFactory(delegate=delegate, **{"number": "P1234567", **passport})
    return delegate


def with_wrong_digit(lines: str, position: int = 9) -> str:
    """The zone with one check digit changed: 9 guards the number, 19 the birth, 27 the expiry, 43 all of them."""
    first, second = lines.splitlines()
    wrong = str((int(second[position]) + 1) % 10)
    return f"{first}\n{second[:position]}{wrong}{second[position + 1 :]}"
