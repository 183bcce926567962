"""Decoders that must not run in a process that holds the portal's keys: a program of its own runs them.

It has no environment, little memory and little time, gets the file on its standard input and answers on its output:
picture_worker.py with a picture, the zone reader's worker.py with what it read.
"""

import subprocess
import sys
from pathlib import Path

WORKER = Path(__file__).with_name("picture_worker.py")
SECONDS = 20
TOO_LARGE = 3  # exit status of the program, as it has it


class NotDrawn(Exception):
    """The program ended without an answer; its text says how, and holds nothing of the file."""

    def __init__(self, reason: str, *, too_large: bool = False):
        super().__init__(reason)
        self.too_large = too_large  # known from the header


class TooSlow(NotDrawn):
    """It was given no more time: that says more of the machine at that moment than of the file."""


def drawn(command: str, *numbers: int, content: bytes) -> bytes:
    """The picture that `command` of picture_worker.py makes of `content`. Raises NotDrawn."""
    return answered(WORKER, command, *map(str, map(int, numbers)), content=content, seconds=SECONDS)


def answered(program: Path, *arguments: str, content: bytes, seconds: float) -> bytes:
    """What one of our own programs makes of `content`; its arguments are ours too. Raises NotDrawn where it is nothing,
    TooSlow where that is only for want of time."""
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(program), *arguments],
            input=content,
            capture_output=True,
            timeout=seconds,
            env={},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TooSlow(f"not within {seconds} seconds") from None
    if done.returncode or not done.stdout:
        raise NotDrawn(f"the program ended with {done.returncode}", too_large=done.returncode == TOO_LARGE)
    return done.stdout
