"""What a backup is: a folder of this shape, complete as soon as its manifest is there.

2026-11-30T021500Z/
    database.dump(.age)     pg_dump's custom format, or the SQLite file; .age where it is encrypted
    files/<prefix>/<uuid>   private files, ciphertext as it lies in the storage
    SHA256SUMS              of all the above, for `sha256sum --check`
    manifest.json           versions, migrations, rows of each table, how the keys can be told; written last
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from ..files.storage import KEY_PATTERN
from . import BackupError

FORMAT = 1
MANIFEST, SUMS, FILES, DATABASE = "manifest.json", "SHA256SUMS", "files", "database"
SEALED = ".age"
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")
DATABASE_FILE = re.compile(r"database\.(dump|sqlite3)(\.age)?")
PART = ".part-"  # how the name of a backup begins that is being made


@dataclass
class Manifest:
    """`rows` by table; `migrations` by app; `key_check` is a sentence as the database's own keys encrypted it, and
    `signed` a text signed with SECRET_KEY: by these a restore knows whether it has the right ones."""

    made_at: str
    engine: str  # "postgresql" or "sqlite"
    database: str  # the file's name
    versions: dict[str, str]
    migrations: dict[str, list[str]]
    rows: dict[str, int]
    key_check: str
    signed: str
    extensions: list[str] = field(default_factory=list)  # of PostgreSQL
    files: int = 0
    bytes: int = 0
    lost: list[str] = field(default_factory=list)  # files that rows name and the storage did not have
    to: list[str] = field(default_factory=list)  # the public keys
    sums: str = ""  # SHA-256 of SHA256SUMS
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        with create(folder / MANIFEST) as output:
            output.write(json.dumps(asdict(self), indent=1, sort_keys=True).encode() + b"\n")
            keep(output)


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupError where there is none, or one of a newer format."""
    try:
        values = json.loads((folder / MANIFEST).read_bytes())
        if values["format"] > FORMAT:
            raise BackupError(f"{folder} was made by a newer version of the portal.")
        return Manifest(**values)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BackupError(f"{folder} is no complete backup: {type(error).__name__} at {MANIFEST}.") from None


def find(folder: Path) -> Path:
    """`folder` itself if it is a backup, or the newest complete one in it. Raises BackupError where there is none."""
    if (folder / MANIFEST).is_file():
        return folder
    if found := complete(folder):
        return found[-1]
    raise BackupError(f"{folder} is no backup, and holds none: a complete one has a {MANIFEST}.")


def complete(folder: Path) -> list[Path]:
    """The complete backups in a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(
        each for each in folder.iterdir() if NAME.fullmatch(each.name) and (each / MANIFEST).is_file()
    )


def create(path: Path) -> IO[bytes]:
    """A new file that its owner alone reads; the folders above it are made alike."""
    for missing in reversed([each for each in path.parents if not each.exists()]):
        missing.mkdir(mode=0o700)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def keep(output: IO[bytes]) -> None:
    """On the disk before anything else is done."""
    output.flush()
    os.fsync(output.fileno())


def keep_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_sums(folder: Path, sums: dict[str, str]) -> str:
    """Write SHA256SUMS; the digest of it."""
    text = "".join(f"{value}  {name}\n" for name, value in sorted(sums.items())).encode()
    with create(folder / SUMS) as output:
        output.write(text)
        keep(output)
    return hashlib.sha256(text).hexdigest()


def check_sums(folder: Path, manifest: Manifest) -> list[str]:
    """The keys of the private files, once every file of the backup has proved whole. Raises BackupError naming the first
    that is missing or altered."""
    try:
        text = (folder / SUMS).read_bytes()
    except OSError:
        raise BackupError(f"{folder / SUMS} cannot be read.") from None
    if hashlib.sha256(text).hexdigest() != manifest.sums:
        raise BackupError(f"{folder / SUMS} was altered since the backup was made.")
    names = []
    for value, name in _entries(text.decode()):
        try:
            whole = digest(folder / name) == value
        except OSError:
            whole = False
        if not whole:
            raise BackupError(f"{folder / name} is missing or was altered since the backup was made.")
        names.append(name)
    keys = [name.removeprefix(f"{FILES}/") for name in names if name.startswith(f"{FILES}/")]
    if manifest.database not in names or len(keys) != manifest.files:
        raise BackupError(f"{folder / SUMS} does not name all that the manifest counts.")
    return keys


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        value, _blanks, name = line.partition("  ")
        key = name.removeprefix(f"{FILES}/")
        # A name that leads out of the backup's folder belongs to no backup.
        if not (KEY_PATTERN.fullmatch(key) if key != name else DATABASE_FILE.fullmatch(name)):
            raise BackupError(f"{SUMS} names what is no part of a backup.")
        yield value, name
