"""The program that reads zones, run as the portal runs it, and what it took."""

import subprocess
import sys
from dataclasses import dataclass

from rcm_portal import zone_reader

# A small program of its own: what getrusage says of a child begins with the peak of the process that started it.
MEASURE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=sys.stdin, capture_output=True, env={}, cwd="/")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, file=sys.stderr)
sys.stdout.buffer.write(done.stdout)
"""


@dataclass(frozen=True)
class Run:
    said: bytes
    seconds: float  # of the processor, the start included
    megabytes: float  # at most, resident


def measured(content: bytes, *program: str) -> Run:
    """What a Python program makes of `content`, and what it took."""
    command = [sys.executable, "-c", MEASURE, sys.executable, "-I", *program]
    done = subprocess.run(command, input=content, capture_output=True, check=True)
    seconds, megabytes = map(float, done.stderr.split())
    return Run(done.stdout, seconds, megabytes)


def read(content: bytes, media_type: str) -> Run:
    return measured(content, str(zone_reader.WORKER), media_type)
