"""What the portal read in the picture of a passport, beside what its holder typed: pure functions over plain data.

Reading never verifies: it fills in and points out, and a person compares. Source: ICAO Doc 9303-4, 4.2 (the zone of a
passport).
"""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class ReadZone:
    """The zone as it was read: two lines of 44 characters, the fields that are `certain`, and whether the names may be
    offered, which are compared by a person in any case."""

    lines: tuple[str, str]
    certain: frozenset[str]  # of rcm_portal.zone_reader.FIELDS
    names: bool

    @property
    def as_text(self) -> str:
        """For an encrypted column."""
        return json.dumps({"lines": self.lines, "certain": sorted(self.certain), "names": self.names})


def read_back(text: str) -> ReadZone | None:
    """What `as_text` wrote; None where nothing was read."""
    if not text:
        return None
    kept = json.loads(text)
    first, second = kept["lines"]
    return ReadZone((first, second), frozenset(kept["certain"]), kept["names"])
