"""Which fields of a reading may be offered as certain. The check digits prove; how sure the recogniser is only takes away.

Source of the digits: ICAO Doc 9303 part 3, section 4.9. They cannot tell characters apart that are equal modulo 10 (6 and G,
8 and S, F and P, M and W), and nationality, sex and the whole first line have none.
"""

from .decode import CHARACTERS, Decoded
from .td3 import FILLER, PLACES, digits_of, value

PASSPORT = "P"  # a visa has nearly the same form
MOST_FORCED = 3  # characters of a line that the rules changed: more, and it is guesswork
# How sure every character of a field must be. Measured on lines too bad for most people, half of which are not read at all:
# below these, some that were wrong passed (docs/decisions/0023).
AGREED = 0.6  # nationality and issuing country, which are two readings of one code where they are the same
SURE = {
    "kind": 0.995,
    "issuing_country": 0.995,
    "nationality": 0.98,
    "sex": 0.9,
    "number": 0.8,
    "date_of_birth": 0.8,
    "expires_on": 0.8,
    "names": 0.97,
}
SURE_DATE_ALONE = 0.95  # where the digit over all fields is wrong, and only its own speaks for a date
# A character of the number: so sure by itself, or so sure among those that the check digit takes for it.
SURE_CHARACTER, SURE_TWIN = 0.96, 0.998
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def certain(first: Decoded, second: Decoded) -> tuple[frozenset[str], bool]:
    """Of PLACES the fields that may be offered as certain, and whether the names may be offered."""
    if first.text[0] != PASSPORT:
        return frozenset(), False
    right = {field: expected == digit for field, (expected, digit) in digits_of(second.text).items()}
    sure = {field for field in PLACES if surely(first, second, field) >= SURE[field]}
    found: set[str] = set()
    if second.forced <= MOST_FORCED:
        for field in sure & {"date_of_birth", "expires_on"}:
            alone = surely(first, second, field) >= SURE_DATE_ALONE
            if right[field] and is_date(part(second, field)) and (right["composite"] or alone):
                found.add(field)
        if right["number"] and right["composite"]:
            found |= sure & {"nationality", "sex"}
            if twins_told_apart(second, "number"):
                found |= sure & {"number"}
            if agree(first, second):
                found |= {"issuing_country", "nationality"}
    names = False
    if first.forced <= MOST_FORCED:
        found |= sure & {"issuing_country"}
        if "issuing_country" in found:
            found |= sure & {"kind"}
            names = "names" in sure and are_names(part(first, "names"))
    return frozenset(found), names


def agree(first: Decoded, second: Decoded) -> bool:
    """Whether both lines name the same state."""
    return (
        first.forced <= MOST_FORCED
        and part(first, "issuing_country") == part(second, "nationality")
        and min(surely(first, second, field) for field in ("issuing_country", "nationality")) >= AGREED
    )


def part(line: Decoded, field: str) -> str:
    _line, begin, end = PLACES[field]
    return line.text[begin:end]


def surely(first: Decoded, second: Decoded, field: str) -> float:
    """How sure the least sure character of a field is."""
    line, begin, end = PLACES[field]
    return (first, second)[line].sure(begin, end)


def twins_told_apart(line: Decoded, field: str) -> bool:
    """Whether no character may be another that its check digit would take for it."""
    _line, begin, end = PLACES[field]
    for at in range(begin, end):
        chance, chosen = line.sure(at, at + 1), value(line.text[at]) % 10
        twins = sum(
            float(line.chances[at, n]) for n, each in enumerate(CHARACTERS) if value(each) % 10 == chosen
        )
        if chance < SURE_CHARACTER and chance < SURE_TWIN * twins:
            return False
    return True


def is_date(text: str) -> bool:
    """YYMMDD. Parts of a birth that are filled are left to the person who types."""
    if not text.isdigit():
        return False
    month, day = int(text[2:4]), int(text[4:])
    return 1 <= month <= 12 and 1 <= day <= DAYS[month - 1]


def are_names(text: str) -> bool:
    """Surnames, two fillers, given names, and nothing behind the fillers that end them."""
    bare = text.rstrip(FILLER)
    return not bare.startswith(FILLER) and bare != "" and bare.count("<<") <= 1 and "<<<" not in bare
