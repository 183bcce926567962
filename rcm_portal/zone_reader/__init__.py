"""Reading the machine-readable zone of a passport's picture. A person always compares: reading never verifies.

The picture is decoded and read by a program of its own (worker.py), which has no key and sees nothing but the file.
"""

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from rcm_portal.files.confined import NotDrawn, answered

from .codes import is_known

log = logging.getLogger(__name__)

WORKER = Path(__file__).with_name("worker.py")
SECONDS = 3
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


def read_zone(content: bytes, media_type: str) -> ZoneReading | None:
    """What the zone in this picture or PDF says. None: nothing readable, switched off, too slow, or the program died."""
    if not settings.PASSPORT_READER or media_type not in MEDIA_TYPES:
        return None
    try:
        said = answered(WORKER, media_type, content=content, seconds=SECONDS)
        return understood(said)
    except NotDrawn as error:
        log.info("No zone was read: %s.", error)
    except ValueError:  # what hostile bytes may make of the program is not believed
        log.warning("The program that reads zones gave an answer of another form.")
    return None


def understood(said: bytes) -> ZoneReading | None:
    """The program's answer: a line of JSON, then the strip. Raises ValueError where it has another form."""
    head, _newline, strip = said.partition(b"\n")
    told = json.loads(head)
    if not isinstance(told, dict) or set(told) != {"lines", "certain", "names"} or not strip.startswith(JPEG):
        raise ValueError
    lines, certain = tuple(map(str, told["lines"])), frozenset(map(str, told["certain"]))
    if len(lines) != 2 or not all(map(LINE.fullmatch, lines)) or not certain <= FIELDS:
        raise ValueError
    certain -= {
        field
        for field, code in (("issuing_country", lines[0][2:5]), ("nationality", lines[1][10:13]))
        if not is_known(code)
    }
    names = told["names"] is True and "issuing_country" in certain
    return ZoneReading(lines, certain, names, strip) if certain or names else None
