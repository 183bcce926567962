"""The marker segments of a JPEG (ITU-T T.81, annex B), walked without decoding."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # not a stuffed zero, a restart marker or a fill byte
START, END, SCAN, EXIF, COMMENT = 0xD8, 0xD9, 0xDA, 0xE1, 0xFE
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # of all coding processes (B.2.2)
SEQUENTIAL = {0xC0, 0xC1, 0xC9}  # in one scan these are decoded line by line
EXIF_NAME = b"Exif\0\0"
WITHOUT_LENGTH = {0x01, START}
APPLICATION = range(0xE0, 0xF0)
KEPT_APPLICATION = {0xE0, 0xEE}  # JFIF, and Adobe's: without it the colours of a CMYK picture are wrong
MAX_SEGMENTS = 5000


class NotWalkable(ValueError):
    """The markers do not follow each other as they must, or are too many."""


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) from SOI to EOI, a scan with its entropy-coded data. Raises NotWalkable."""
    position = 0
    for _number in range(MAX_SEGMENTS):
        found = MARKER.search(data, position)
        if found is None:
            raise NotWalkable("No end-of-image marker.")
        marker, start = data[found.end() - 1], found.start()
        if marker == END or marker in WITHOUT_LENGTH:
            position = found.end()
        else:
            length = int.from_bytes(data[found.end() : found.end() + 2], "big")
            position = found.end() + length
            if length < 2 or position > len(data):
                raise NotWalkable("A segment reaches past the end.")
            if marker == SCAN:
                following = MARKER.search(data, position)
                position = following.start() if following else len(data)
        yield marker, start, position
        if marker == END:
            return
    raise NotWalkable("Too many segments.")


@dataclass(frozen=True)
class Walked:
    """One JPEG, taken apart."""

    picture: bytes  # without EXIF, XMP, colour profile, thumbnail, comments, further pictures and what follows the end
    exif: bytes  # the first EXIF block, or b""
    scans: int  # each one of a progressive JPEG costs the decoder a pass over all its pixels
    held_bytes: int  # what the decoder holds of a picture in several scans, at whatever size it is decoded


def walked(data: bytes) -> Walked:
    """Take a JPEG apart in one pass. Raises NotWalkable."""
    kept, exif, scans, held, in_several = [], b"", 0, 0, False
    for marker, start, end in segments(data):
        if marker == EXIF and not exif and data[start + 4 : start + 10] == EXIF_NAME:
            exif = data[start + 4 : end]
        if marker != COMMENT and (marker not in APPLICATION or marker in KEPT_APPLICATION):
            kept.append(memoryview(data)[start:end])
        if marker in FRAMES:
            held = max(held, _coefficient_bytes(data[start + 4 : end]))
            in_several |= marker not in SEQUENTIAL
        scans += marker == SCAN
    return Walked(b"".join(kept), exif, scans, held if in_several or scans > 1 else 0)


def _coefficient_bytes(frame: bytes) -> int:
    """Two bytes for each coefficient of a frame, whose header (B.2.2) says how many each component has."""
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    factors = [(each >> 4, each & 15) for each in frame[7::3]]
    across, down = (max((pair[side] for pair in factors), default=0) for side in (0, 1))
    shares = sum(horizontal * vertical for horizontal, vertical in factors)
    return 2 * width * height * shares // (across * down) if across and down else 0
