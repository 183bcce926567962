"""What of a zone that was read is put into a form: nothing that is uncertain, wrong or impossible."""

from datetime import date

import pytest

from registration.rules.typed.zone_reading import ALL_FIELDS, ReadZone, offered, read_back, sent_texts
from tests.registration.passports import with_wrong_digit, zone

TODAY = date(2022, 2, 1)
WHOLE = {
    "passport_type": "ordinary",
    "passport_number": "P1234567",
    "nationality": "BLZ",
    "issuing_country": "BLZ",
    "date_of_birth": date(1980, 2, 28),
    "sex": "F",
    "passport_expiry": date(2027, 5, 1),
    "surnames": "Nunez Pena",
    "given_names": "Maria Jose",
}


def read(lines: str = "", *, certain=ALL_FIELDS, names=True) -> ReadZone:
    first, second = (lines or zone()).splitlines()
    return ReadZone((first, second), frozenset(certain), names)


def changed(lines: str, line: int, at: int, text: str) -> str:
    """The zone with other characters from a place on; no check digit is made anew."""
    both = lines.splitlines()
    both[line] = both[line][:at] + text + both[line][at + len(text) :]
    return "\n".join(both)


def without(*names: str) -> dict:
    return {name: value for name, value in WHOLE.items() if name not in names}


CASES = {
    "everything": (read(), WHOLE),
    "nothing was read": (None, {}),
    "only what is certain": (read(certain={"number", "sex"}), {"passport_number": "P1234567", "sex": "F"} | {
        "surnames": "Nunez Pena", "given_names": "Maria Jose"}),
    "names alone": (read(certain=()), {"surnames": "Nunez Pena", "given_names": "Maria Jose"}),
    "no names": (read(names=False), without("surnames", "given_names")),
    "a slip of two letters in the names": (read(changed(zone(), 0, 5, "NUMEZ"), names=False), without("surnames", "given_names")),
    "a slip that no check digit sees": (read(changed(zone(), 1, 10, "BIZ"), certain=ALL_FIELDS - {"nationality"}), without("nationality")),
    "wrong digit of the number": (read(with_wrong_digit(zone(), 9)), without("passport_number")),
    "wrong digit of the birth": (read(with_wrong_digit(zone(), 19)), without("date_of_birth")),
    "wrong digit of the expiry": (read(with_wrong_digit(zone(), 27)), without("passport_expiry")),
    "born on a day that is none": (read(changed(zone(), 1, 13, "8002304")), without("date_of_birth")),
    "never born after today": (
        read(zone(date_of_birth=date(2022, 6, 1))),
        WHOLE | {"date_of_birth": date(1922, 6, 1)},
    ),
    "a child": (read(zone(date_of_birth=date(2015, 6, 1))), without("date_of_birth")),
    "birth partly unknown": (read(changed(zone(), 1, 13, "80<<<<2")), without("date_of_birth")),
    "expired": (read(zone(expires_on=date(2020, 1, 1))), WHOLE | {"passport_expiry": date(2020, 1, 1)}),
    "of no country": (read(zone(nationality="QQQ", issuing_country="QQQ")), without("nationality", "issuing_country")),
    "a code of the zone alone": (read(zone(nationality="DEU")), WHOLE | {"nationality": "DEU"}),
    "sex not said": (read(zone(sex="X")), WHOLE | {"sex": "X"}),
    "diplomatic": (read(changed(zone(), 0, 1, "D")), WHOLE | {"passport_type": "diplomatic"}),
    "service": (read(changed(zone(), 0, 1, "S")), WHOLE | {"passport_type": "official"}),
    "a kind of its own": (read(changed(zone(), 0, 1, "Z")), without("passport_type")),
    "a visa": (read(changed(zone(), 0, 0, "V")), {}),
    "one name": (read(zone(given_names="")), without("given_names")),
    "given names cut": (read(zone(given_names="Maximiliana Guadalupe Alexandra")), without("given_names")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_offered(case):
    zone_read, expected = CASES[case]
    assert offered(zone_read, today=TODAY) == expected


def test_what_is_kept_is_read_back_and_a_date_goes_in_three_boxes():
    assert read_back(read().as_text) == read()
    assert read_back("") is None
    assert sent_texts({"sex": "F", "date_of_birth": date(1980, 2, 28)}) == {
        "sex": "F", "date_of_birth_day": "28", "date_of_birth_month": "2", "date_of_birth_year": "1980",
    }  # fmt: skip
