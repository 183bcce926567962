"""How much a packed stream of a PDF becomes, counted without holding it (ISO 32000-2, 7.4)."""

import logging
import zlib
from collections.abc import Iterator

log = logging.getLogger(__name__)

PIECE_BYTES = 1024 * 1024
DEFLATE = {"/FlateDecode", "/Fl"}
LZW = {"/LZWDecode", "/LZW"}
RUN_LENGTH = {"/RunLengthDecode", "/RL"}
COMPRESSION = DEFLATE | LZW | RUN_LENGTH
MAX_EXPANSION = 1400  # no filter makes more bytes than this out of one (LZW; deflate 1,032)
MAX_LZW_BYTES = 4 * 1024 * 1024  # packed: each 1.5 bytes are a step in Python, a second in all
CLEAR, END, FIRST, LAST, NARROWEST, WIDEST = 256, 257, 258, 4096, 9, 12  # of LZW (7.4.4)


class TooMuch(ValueError):
    """More than the limit."""


def size_of(raw: bytes, name: str, *, limit: int, early: int = 1) -> int:
    """How many bytes the filter `name` of COMPRESSION makes of `raw`; `early` is LZW's EarlyChange. Raises TooMuch."""
    if name in LZW and len(raw) > MAX_LZW_BYTES:
        raise TooMuch
    pieces = _inflated(raw) if name in DEFLATE else _runs(raw) if name in RUN_LENGTH else _lzw(raw, early)
    size = 0
    for piece in pieces:
        size += piece if isinstance(piece, int) else len(piece)
        if size > limit:
            raise TooMuch
    return size


def inflated(raw: bytes, *, limit: int) -> bytes:
    """What deflate makes of `raw`. Raises TooMuch."""
    parts, size = [], 0
    for piece in _inflated(raw):
        parts.append(piece)
        size += len(piece)
        if size > limit:
            raise TooMuch
    return b"".join(parts)


def _inflated(raw: bytes) -> Iterator[bytes]:
    unpacker, rest = zlib.decompressobj(), raw
    try:
        while rest and not unpacker.eof:
            yield unpacker.decompress(rest, PIECE_BYTES)
            rest = unpacker.unconsumed_tail
    except zlib.error as error:  # readers show what comes before the fault
        log.info("Faulty deflate stream: %s", error)


def _runs(raw: bytes) -> Iterator[int]:
    """The length of each run (7.4.5); what follows the end of the data counts too, as not every reader stops there."""
    place, end_of_data = 0, 128
    while place < len(raw):
        length = raw[place]
        if length < end_of_data:
            yield length + 1
            place += length + 2
        elif length == end_of_data:
            place += 1
        else:
            yield 257 - length
            place += 2


def _lzw(raw: bytes, early: int) -> Iterator[int]:
    """The length of what each code stands for; of the table's entries only the lengths are kept."""
    lengths, width, held, bits, before = [1] * FIRST, NARROWEST, 0, 0, 0
    for byte in raw:
        held = held << 8 | byte
        bits += 8
        if bits < width:
            continue
        bits -= width
        code = held >> bits
        held &= (1 << bits) - 1
        if code == CLEAR:
            del lengths[FIRST:]
            width, before = NARROWEST, 0
            continue
        if code == END:
            return
        if before and len(lengths) < LAST:
            lengths.append(before + 1)
            if len(lengths) + early >= 1 << width and width < WIDEST:
                width += 1
        if code >= len(lengths):
            return  # readers show what comes before the fault
        before = lengths[code]
        yield before
