"""Reading the machine-readable zone of a passport's picture. A person always compares: reading never verifies.

The picture is decoded and read by a program of its own (worker.py), which has no key and sees nothing but the file.
"""

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from rcm_portal.files.confined import NotDrawn, TooSlow, answered

from .codes import is_known

log = logging.getLogger(__name__)

WORKER = Path(__file__).with_name("worker.py")
SECONDS = 3  # for somebody who waits for the answer
MEDIA_TYPES = ("image/jpeg", "image/png", "application/pdf")
FIELDS = frozenset({"kind", "issuing_country", "number", "nationality", "date_of_birth", "sex", "expires_on"})
LINE = re.compile(r"[A-Z0-9<]{44}")
JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True)
class ZoneReading:
    """What the zone says most likely. `certain` names the fields that may be offered as certain, `names` says whether the
    names may be offered (always to be compared); `strip` is a JPEG of the zone, upright, for people to compare with.
    """

    lines: tuple[str, str]  # of 44 characters each: A to Z, 0 to 9, <
    certain: frozenset[str]  # of FIELDS
    names: bool
    strip: bytes


def read_zone(content: bytes, media_type: str, *, seconds: float | None = None) -> ZoneReading | None:
    """What the zone in this picture or PDF says. None: nothing readable, switched off, or the program died. Raises TooSlow
    after `seconds` (SECONDS): another time it may be read."""
    if not settings.PASSPORT_READER or media_type not in MEDIA_TYPES:
        return None
    try:
        said = answered(WORKER, media_type, content=content, seconds=seconds or SECONDS)
        return understood(said)
    except TooSlow:
        raise
    except NotDrawn as error:
        log.info("No zone was read: %s.", error)
    except ValueError:  # what hostile bytes may make of the program is not believed
        log.warning("The program that reads zones gave an answer of another form.")
    return None


def understood(said: bytes) -> ZoneReading | None:
    """The program's answer: a line of JSON, then the strip. Raises ValueError where it has another form."""
    head, _newline, strip = said.partition(b"\n")
    match json.loads(head):
        case {"lines": [str(first), str(second)], "certain": [*fields], "names": bool(names), **more} if (
            not more
        ):
            certain = frozenset(map(str, fields))
        case _:
            raise ValueError("another form")
    if not (
        LINE.fullmatch(first) and LINE.fullmatch(second) and certain <= FIELDS and strip.startswith(JPEG)
    ):
        raise ValueError("other characters")
    codes = {"issuing_country": first[2:5], "nationality": second[10:13]}
    certain -= {field for field, code in codes.items() if not is_known(code)}
    names = names and "issuing_country" in certain
    return ZoneReading((first, second), certain, names, strip) if certain or names else None
