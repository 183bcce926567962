"""Run as a program by confined.py: a file on standard input, what its zone says on standard output.

It imports nothing of the portal, sees no setting and no key, and may neither write files nor start programs. The answer is
a line of JSON and, after it, the strip; nothing where no zone was read.
"""

import json
import os
import resource
import sys
from pathlib import Path

MEGABYTE = 1024 * 1024
MEMORY, SECONDS = 256 * MEGABYTE, 3


def limit() -> None:
    limits = {"AS": MEMORY, "CPU": SECONDS, "FSIZE": 0, "CORE": 0, "NPROC": 0}
    for name, most in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (most, most))


def answer(content: bytes, media_type: str) -> bytes:
    sys.path.insert(0, str(Path(__file__).parent))  # its own folder alone
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy asks when it is loaded; each thread would take memory
    from steps.read import read  # noqa: PLC0415

    limit()
    reading = read(content, media_type)
    if reading is None:
        return b""
    said = {"lines": reading.lines, "certain": sorted(reading.certain), "names": reading.names}
    strip: bytes = reading.strip
    return json.dumps(said).encode() + b"\n" + strip


if __name__ == "__main__":
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read(), sys.argv[1]))
