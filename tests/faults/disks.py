"""A disk that can be filled: a small tmpfs of its own, or, where nothing may be mounted, a limit on the size of files."""

import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.processes import Process

FILLER = "filler"


@dataclass
class Disk:
    """The folder of a worker's private files; `error` is what the system answers to a write while it is full."""

    root: Path
    error: int

    def files(self) -> list[str]:
        """The keys of what is stored, and the names of what is half stored."""
        found = (path for path in self.root.rglob("*") if path.is_file() and path.name != FILLER)
        return sorted(str(path.relative_to(self.root)) for path in found)

    def fill(self, worker: Process) -> None:
        """From now on the worker can store no letter."""
        raise NotImplementedError

    def free(self, worker: Process) -> None:
        """There is room again."""
        raise NotImplementedError


class SmallDisk(Disk):
    def fill(self, worker):
        with (self.root / FILLER).open("wb", buffering=0) as filler:
            while True:
                try:
                    filler.write(b"x" * 4096)
                except OSError:
                    return

    def free(self, worker):
        subprocess.run(["mount", "-o", "remount,size=16m", self.root], check=True)


class LimitedFiles(Disk):
    def fill(self, worker):
        self._limit(worker, 4096)

    def free(self, worker):
        self._limit(worker, resource.RLIM_INFINITY)

    @staticmethod
    def _limit(worker: Process, size: int) -> None:
        for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
            with suppress(ProcessLookupError):  # gone meanwhile
                if os.getpgid(pid) == worker.pid:
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def small_disk(root: Path) -> Iterator[Disk]:
    """A disk at the new folder `root`, with room for no more than a letter until it is freed."""
    root.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", root]
    if subprocess.run(mount, capture_output=True).returncode:
        yield LimitedFiles(root, errno.EFBIG)
        return
    try:
        yield SmallDisk(root, errno.ENOSPC)
    finally:
        subprocess.run(["umount", "--lazy", root], check=True)
