"""One reading of a file: every likely zone until one is read whole, else the best."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL.Image import Image

from .crops import Cut, widened
from .decode import Decoded, decode, printed, spoken
from .judge import certain
from .kinds import Values, Zone
from .load import pictures
from .locate import zones
from .recognise import Recogniser
from .td3 import LENGTH, PLACES

SECONDS, WAIT = 0.8, 2.0  # of the processor, and by the clock; then the best that was found is the answer
FEWEST = 25  # characters in a line that may be a zone's
UNCLEAR = 0.15  # nearer together, and both ways round are read whole
CLEAR = 0.9  # of every character
BEGINS_WITH_P = 0.3
EVERYTHING = len(PLACES)


@dataclass(frozen=True)
class Reading:
    lines: tuple[str, str]
    certain: frozenset[str]
    names: bool
    strip: bytes


@dataclass(frozen=True)
class Attempt:
    lines: tuple[Decoded, Decoded]
    certain: frozenset[str]
    names: bool
    cut: Cut
    upside_down: bool
    clear: bool  # there is nothing to be gained by looking on: what is not certain of it is so in print

    @classmethod
    def of(cls, columns: Values, cut: Cut, upside_down: bool, before: "Attempt | None" = None) -> "Attempt":
        lines = decode(columns)
        clear = before is not None and all(
            now.text == then.text and now.sure(0, LENGTH) > CLEAR
            for now, then in zip(lines, before.lines, strict=True)
        )
        return cls(lines, *certain(*lines), cut, upside_down, clear)

    @property
    def worth(self) -> tuple[int, float]:
        return len(self.certain) + self.names, sum(line.score for line in self.lines)


def read(content: bytes, media_type: str) -> Reading | None:
    """None where no field may be offered. Raises what the decoders raise."""
    begin, begun = time.monotonic(), time.process_time()
    recogniser, best = Recogniser(), None
    for picture in pictures(content, media_type):
        wide = widened(picture)
        for zone in zones(picture):
            for attempt in attempts(recogniser, wide, zone):
                if best is None or attempt.worth > best.worth:
                    best = attempt
            if time.process_time() > begun + SECONDS or time.monotonic() > begin + WAIT:
                break
            if best and (best.worth[0] == EVERYTHING or best.clear):
                break
        if best and best.worth[0]:
            break
    if best is None or not best.worth[0]:
        return None
    first, second = best.lines
    strip = best.cut.strip(upside_down=best.upside_down)
    return Reading((first.text, second.text), best.certain, best.names, strip)


def attempts(recogniser: Recogniser, picture: Image, zone: Zone) -> Iterator[Attempt]:
    """The zone read the right way up, or both ways where that is not clear; nothing where it is no line of print.

    What is not read whole is cut once more, from its first character to its last.
    """
    cut = Cut(picture, zone)
    upper = recogniser([cut.line(0, upside_down=way) for way in (False, True)])
    said = [spoken(each) for each in upper]
    likely = [
        float(each.max(-1).mean()) + BEGINS_WITH_P * text.startswith("P")
        for each, text in zip(upper, said, strict=True)
    ]
    for way in (False, True):
        if len(said[way]) < FEWEST or likely[way] < max(likely) - UNCLEAR:
            continue
        columns = np.concatenate([upper[[int(way)]], recogniser([cut.line(1, upside_down=way)])])
        attempt = Attempt.of(columns, cut, way)
        yield attempt
        ends = [end for end in map(printed, columns) if end]
        if attempt.worth[0] < EVERYTHING and ends:
            first, last = min(begin for begin, _end in ends), max(end for _begin, end in ends)
            tight = cut.tightened(first, last, upside_down=way)
            again = recogniser([tight.line(number, upside_down=way) for number in (0, 1)])
            yield Attempt.of(again, tight, way, before=attempt)
