"""The marker segments of a JPEG (ITU-T T.81, annex B), walked without decoding."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # not a stuffed zero, a restart marker or a fill byte
START, END, SCAN, EXIF, COMMENT = 0xD8, 0xD9, 0xDA, 0xE1, 0xFE
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # of all coding processes (B.2.2)
SEQUENTIAL = {0xC0, 0xC1, 0xC9}  # in one scan these are decoded line by line
RESTART_INTERVAL = 0xDD
END_OF_IMAGE = b"\xff\xd9"
RESTART = re.compile(rb"\xff[\xd0-\xd7]")
EXIF_NAME = b"Exif\0\0"
WITHOUT_LENGTH = {0x01, START}
APPLICATION = range(0xE0, 0xF0)
KEPT_APPLICATION = {0xE0, 0xEE}  # JFIF, and Adobe's: without it the colours of a CMYK picture are wrong
MAX_SEGMENTS = 5000


class NotWalkable(ValueError):
    """The markers do not follow each other as they must, or are too many."""


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) from SOI to EOI, a scan with its entropy-coded data. Raises NotWalkable.

    Where a scan reaches to the end of the data, EOI is missing: the data may be cut there, or not.
    """
    marker = position = 0
    for _number in range(MAX_SEGMENTS):
        found = MARKER.search(data, position)
        if found is None:
            if marker == SCAN:  # some telephones leave the end out
                return
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
    ended: bool  # whether the end marker was there; `picture` has it in any case
    restarts_missing: (
        bool  # of a picture in one scan: whether there are fewer restart marks than it must have
    )
    pixels: int
    held_bytes: int  # what the decoder holds of a picture in several scans, at whatever size it is decoded


def walked(data: bytes) -> Walked:
    """Take a JPEG apart in one pass. Raises NotWalkable."""
    kept: list[bytes | memoryview] = []
    exif, scans, held = b"", 0, 0
    in_several, frame, interval, restarts = False, b"", 0, 0
    for marker, start, end in segments(data):
        if marker == EXIF and not exif and data[start + 4 : start + 10] == EXIF_NAME:
            exif = data[start + 4 : end]
        if marker != COMMENT and (marker not in APPLICATION or marker in KEPT_APPLICATION):
            kept.append(memoryview(data)[start:end])
        if marker == RESTART_INTERVAL:
            interval = int.from_bytes(data[start + 4 : start + 6], "big")
        if marker == SCAN:
            restarts = len(RESTART.findall(data, start, end))
        if marker in FRAMES:
            frame = data[start + 4 : end]
            held = max(held, _coefficient_bytes(frame))
            in_several |= marker not in SEQUENTIAL
        scans += marker == SCAN
    ended = marker == END
    if not ended:
        kept.append(END_OF_IMAGE)
    held = held if in_several or scans > 1 else 0
    width, height, *_sampling = _frame(frame)
    missing = restarts < _restarts(frame, interval)
    return Walked(b"".join(kept), exif, scans, ended, missing, width * height, held)


def _restarts(frame: bytes, interval: int) -> int:
    """How many restart marks one scan of all components has, with one after each `interval` of its units (A.2)."""
    if not interval:
        return 0
    width, height, factors, across, down = _frame(frame)
    if len(factors) == 1:
        across = down = 1
    units = -(-width // (8 * across or 1)) * -(-height // (8 * down or 1))
    return -(-units // interval) - 1


def _frame(frame: bytes) -> tuple[int, int, list[tuple[int, int]], int, int]:
    """Width, height, the sampling factors across and down of each component, and the largest of them (B.2.2)."""
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    factors = [(each >> 4, each & 15) for each in frame[7::3]]
    across, down = (max((pair[side] for pair in factors), default=0) for side in (0, 1))
    return width, height, factors, across, down


def _coefficient_bytes(frame: bytes) -> int:
    """Two bytes for each coefficient of a frame."""
    width, height, factors, across, down = _frame(frame)
    shares = sum(horizontal * vertical for horizontal, vertical in factors)
    return 2 * width * height * shares // (across * down) if across and down else 0
