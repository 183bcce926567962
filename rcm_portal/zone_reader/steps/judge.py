"""Which fields of a reading may be offered as certain. The check digits prove; how sure the recogniser is only takes away.

Source of the digits: ICAO Doc 9303 part 3, section 4.9. They cannot tell characters apart that are equal modulo 10 (6 and G,
8 and S, F and P, M and W), and nationality, sex and the whole first line have none.
"""

from .decode import CHARACTERS, Decoded
from .td3 import FILLER, LENGTH, PLACES, digits_of

MOST_FORCED = 7  # characters of a line that the rules changed: more, and it is guesswork
SURE = 0.6  # of characters that have no check digit of their own, beside a line whose digits are right
SURE_ALONE = 0.9  # of those that nothing else speaks for
SURE_TWIN = 0.9  # among characters that the check digit takes for each other
SURE_NAME = 0.8
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def certain(first: Decoded, second: Decoded) -> tuple[frozenset[str], bool]:
    """Of PLACES the fields that may be offered as certain, and whether the names may be offered."""
    right = {field: expected == found for field, (expected, found) in digits_of(second.text).items()}
    found = set()
    if second.forced <= MOST_FORCED:
        for field in ("date_of_birth", "expires_on"):
            if (
                right[field]
                and is_date(part(second, field))
                and (right["composite"] or sure(second, field) >= SURE_ALONE)
            ):
                found.add(field)
        if right["number"] and right["composite"]:
            if twins_told_apart(second, "number"):
                found.add("number")
            found |= {field for field in ("nationality", "sex") if sure(second, field) >= SURE}
    if first.forced <= MOST_FORCED:
        same = "nationality" in found and part(first, "issuing_country") == part(second, "nationality")
        if sure(first, "issuing_country") >= (SURE if same else SURE_ALONE):
            found.add("issuing_country")
        if sure(first, "kind") >= SURE_ALONE:
            found.add("kind")
    names = (
        "issuing_country" in found and are_names(part(first, "names")) and first.sure(2, LENGTH) >= SURE_NAME
    )
    return frozenset(found), names


def part(line: Decoded, field: str) -> str:
    _line, begin, end = PLACES[field]
    return line.text[begin:end]


def sure(line: Decoded, field: str) -> float:
    _line, begin, end = PLACES[field]
    return line.sure(begin, end)


def twins_told_apart(line: Decoded, field: str) -> bool:
    """Whether every character is much likelier than all others that its check digit would take for it."""
    _line, begin, end = PLACES[field]
    for at in range(begin, end):
        chances, chosen = line.chances[at], value(line.text[at])
        twins = sum(float(chances[n]) for n, each in enumerate(CHARACTERS) if value(each) == chosen)
        if chances[CHARACTERS.index(line.text[at])] < SURE_TWIN * twins:
            return False
    return True


def value(character: str) -> int:
    """In a check digit."""
    return 0 if character == FILLER else CHARACTERS.index(character) % 10


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
