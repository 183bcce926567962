"""Pages of a private PDF as pictures, so that staff see a copy without any PDF program and without a frame.

A hostile file that gets past the upload checks must not meet a decoder in a process that holds the portal's keys:
each page is drawn by a program of its own (page_picture_worker.py), with no environment, little memory and little
time, which gets the file on its standard input and answers with a PNG.
"""

import logging
import subprocess
import sys
from pathlib import Path

log = logging.getLogger(__name__)

WORKER = Path(__file__).with_name("page_picture_worker.py")
LONGEST_SIDE = 2000  # pixels: the small print of a passport page can be read
SECONDS = 20


class PageNotDrawn(Exception):
    """The page could not be drawn: broken, too heavy, or not there."""


def page_picture(pdf: bytes, page: int, *, longest: int = LONGEST_SIDE) -> bytes:
    """The page (counted from 1) as PNG, `longest` pixels on its longer side. Raises PageNotDrawn."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program, numbers as arguments
            [sys.executable, "-I", str(WORKER), str(int(page)), str(int(longest))],
            input=pdf,
            capture_output=True,
            timeout=SECONDS,
            env={},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("A page was not drawn within %s seconds.", SECONDS)
        raise PageNotDrawn from None
    if done.returncode or not done.stdout:
        log.warning("A page was not drawn: the program ended with %s.", done.returncode)
        raise PageNotDrawn
    return done.stdout
