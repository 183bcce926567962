"""The text of a machine-readable zone as people type and paste it, made into its two lines of 44.

Source: ICAO Doc 9303 parts 3 and 4. What is forgiven says nothing: small letters, spaces, invisible characters, signs that
look like the filler, and how many fillers end a line.
"""

import re
import unicodedata
from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rcm_portal.zone_reader.steps import td3
from rcm_portal.zone_reader.steps.td3 import LENGTH, digits_of

# What is typed or recognised for the filler, and how many fillers it stands for. mrz.js is given the same table.
FILLER_LIKE = {
    **dict.fromkeys("\u02c2\u1438\u2039\u227a\u2329\u276e\u2770\u27e8\u29fc\u3008\ufe3f\ufe64\uff1c", "<"),
    **dict.fromkeys("\u00ab\u226a\u27ea\u300a\u2abb", "<<"),
    "\u22d8": "<<<",
}
# The second line from its number on: what tells where it begins when both stand on one line.
_BOTH = re.compile(
    r"(P[A-Z<].{3,}<)([A-Z0-9<]{9}[0-9<][A-Z<]{3}[0-9X<]{6}[0-9][MFX<][0-9<]{6}[0-9<].{12,20})"
)


class MrzError(ValueError):
    """The text is not a zone of two lines of 44. `message` is translated and says what to do."""

    def __init__(self, message: str | Promise):
        super().__init__(message)
        self.message = message


def check_digit(text: str) -> str:
    """The check digit of a field. Raises MrzError for other characters."""
    try:
        return td3.check_digit(text)
    except ValueError:
        raise MrzError(
            _("The machine-readable zone has capital letters A to Z, digits and < only.")
        ) from None


def clean_lines(text: str | Sequence[str]) -> tuple[str, str]:
    """The two lines of a pasted or typed zone: what says nothing out, small letters up, one long line cut, fillers at the
    end of a line made as many as there must be.

    Raises MrzError, saying which line is how long, where they are not two lines of 44 allowed characters.
    """
    if not isinstance(text, str):
        text = "\n".join(text)
    text = text.replace("&lt;", "<")
    lines = [line for line in map(_plain, text.splitlines()) if line]
    if len(lines) != 2:
        joined = "".join(lines)
        both = _BOTH.fullmatch(joined)
        if len(joined) == 2 * LENGTH:
            lines = [joined[:LENGTH], joined[LENGTH:]]
        elif both:
            lines = [both[1], both[2]]
    if len(lines) != 2:
        raise MrzError(
            _("Enter the two lines at the foot of the passport's photo page, each on its own line.")
        )
    for line in lines:
        check_digit(line)
    first, second = _first(lines[0]), _second(lines[1])
    for number, line in enumerate((first, second), start=1):
        if len(line) != LENGTH:
            raise MrzError(
                _("Line %(line)s has %(count)s characters instead of 44. Copy it whole, with every < sign.")
                % {"line": number, "count": len(line)}
            )
    return first, second


def _plain(line: str) -> str:
    kept = "".join(FILLER_LIKE.get(character, character) for character in line)
    kept = unicodedata.normalize("NFKC", kept).upper()
    return "".join(
        character
        for character in kept
        if not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf", "Mn")
    )


def _first(line: str) -> str:
    """No digit guards the fillers that end the first line, and their number says nothing."""
    bare = line.rstrip("<")
    if line.endswith("<") and len(bare) > 5:
        return bare.ljust(LENGTH, "<")
    return line


def _second(line: str) -> str:
    """As many fillers before the last digits as there must be, if every check digit is right then."""
    found = re.fullmatch(r"(.{28}[A-Z0-9<]*?)(<+)([0-9]{1,2})", line)
    if found is None or len(line) == LENGTH:
        return line
    fillers = LENGTH - len(found[1]) - len(found[3])
    mended = found[1] + "<" * fillers + found[3]
    right = fillers >= 0 and all(expected == digit for expected, digit in digits_of(mended).values())
    return mended if right else line
