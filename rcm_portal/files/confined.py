"""Decoders that must not run in a process that holds the portal's keys: a program of its own (picture_worker.py) runs them.

It has no environment, little memory and little time, gets the file on its standard input and answers with a picture.
"""

import subprocess
import sys
from pathlib import Path

WORKER = Path(__file__).with_name("picture_worker.py")
SECONDS = 20
TOO_LARGE = 3  # exit status of the program, as it has it


class NotDrawn(Exception):
    """The program ended without a picture; its text says how, and holds nothing of the file."""

    def __init__(self, reason: str, *, too_large: bool = False):
        super().__init__(reason)
        self.too_large = too_large  # known from the header


def drawn(command: str, *numbers: int, content: bytes) -> bytes:
    """The picture that `command` of picture_worker.py makes of `content`. Raises NotDrawn."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program, numbers as arguments
            [sys.executable, "-I", str(WORKER), command, *map(str, map(int, numbers))],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            env={},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotDrawn(f"not within {SECONDS} seconds") from None
    if done.returncode or not done.stdout:
        raise NotDrawn(f"the program ended with {done.returncode}", too_large=done.returncode == TOO_LARGE)
    return done.stdout
