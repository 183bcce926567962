"""The form of a passport's machine-readable zone (TD3, two lines of 44) and its check digits.

Source: ICAO Doc 9303 parts 3 and 4. Pure functions without any import: the program that reads pictures has nothing else.
"""

LENGTH = 44
FILLER = "<"
DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHABET = DIGITS + LETTERS  # a character's place is its value in a check digit; a filler counts nought
WEIGHTS = (7, 3, 1)

# What may stand where: (how many positions, which characters).
FIRST_LINE = ((1, LETTERS), (43, LETTERS + FILLER))  # a visa of this size begins with V
SECOND_LINE = (
    (9, ALPHABET + FILLER),  # number
    (1, DIGITS),
    (3, LETTERS + FILLER),  # nationality
    (6, DIGITS + FILLER),  # birth; what is not known of it is filled
    (1, DIGITS),
    (1, "MF<"),
    (6, DIGITS),  # expiry
    (1, DIGITS),
    (14, ALPHABET + FILLER),  # optional
    (1, DIGITS + FILLER),
    (1, DIGITS),
)
# Where the fields stand: (line, from, to).
PLACES = {
    "kind": (0, 0, 2),
    "issuing_country": (0, 2, 5),
    "names": (0, 5, 44),
    "number": (1, 0, 9),
    "nationality": (1, 10, 13),
    "date_of_birth": (1, 13, 19),
    "sex": (1, 20, 21),
    "expires_on": (1, 21, 27),
}


def value(character: str) -> int:
    """In a check digit. Raises ValueError for other characters."""
    return 0 if character == FILLER else ALPHABET.index(character)


def check_digit(text: str) -> str:
    """The check digit of a field: weights 7, 3, 1, modulo 10. Raises ValueError for other characters."""
    total = sum(value(character) * WEIGHTS[position % 3] for position, character in enumerate(text))
    return str(total % 10)


def digits_of(second: str) -> dict[str, tuple[str, str]]:
    """The check digits of the second line: field to (what it should be, what is printed)."""
    optional, optional_digit = second[28:42], second[42]
    # Where there are no optional data, the filler may stand for their digit.
    blank = not optional.strip(FILLER) and optional_digit == FILLER
    return {
        "number": (check_digit(second[0:9]), second[9]),
        "date_of_birth": (check_digit(second[13:19]), second[19]),
        "expires_on": (check_digit(second[21:27]), second[27]),
        "optional": (FILLER if blank else check_digit(optional), optional_digit),
        "composite": (check_digit(second[0:10] + second[13:20] + second[21:43]), second[43]),
    }
