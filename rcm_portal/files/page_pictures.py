"""Pages of a private PDF as pictures, so that staff see a copy without any PDF program and without a frame.

A hostile file that gets past the upload checks must not meet a decoder in a process that holds the portal's keys.
"""

import logging

from .confined import NotDrawn, drawn

log = logging.getLogger(__name__)

LONGEST_SIDE = 2000  # pixels: the small print of a passport page can be read


class PageNotDrawn(Exception):
    """The page could not be drawn: broken, too heavy, or not there."""


def page_picture(pdf: bytes, page: int, *, longest: int = LONGEST_SIDE) -> bytes:
    """The page (counted from 1) as PNG, `longest` pixels on its longer side. Raises PageNotDrawn."""
    try:
        return drawn("page", page, longest, content=pdf)
    except NotDrawn as error:
        log.warning("A page was not drawn: %s.", error)
        raise PageNotDrawn from None
