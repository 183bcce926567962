"""Encryption of a backup's database to public keys, in the format of age: its own program opens it too.

The machine that makes backups holds the public key alone, so whoever takes its backups, or the machine itself, reads none.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import pyrage

from . import BackupError

SSH_PRIVATE = "-----BEGIN"


def recipients(values: Sequence[str]) -> list[Any]:
    """The public keys given: each value a key (`age1…`, `ssh-ed25519 …`, `ssh-rsa …`) or a file with one on each line.
    Raises BackupError for what is neither."""
    found = []
    for value in values:
        lines = _lines(Path(value)) if Path(value).is_file() else [value.strip()]
        if not lines:
            raise BackupError(f"{value} holds no public key.")
        found += [_recipient(line) for line in lines]
    return found


def _recipient(line: str) -> Any:
    kind = pyrage.ssh if line.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(line)
    except pyrage.RecipientError:
        raise BackupError(
            f"{line[:60]!r} is neither a public key (age1…, ssh-ed25519 …) nor a file with such keys."
        ) from None


def identities(path: Path) -> list[Any]:
    """The private keys in a file: as age-keygen writes it, or an SSH key without a passphrase. Raises BackupError."""
    try:
        text = path.read_text()
        if text.lstrip().startswith(SSH_PRIVATE):
            return [pyrage.ssh.Identity.from_buffer(text.encode())]
        found = [pyrage.x25519.Identity.from_str(line) for line in _lines(path)]
    except (OSError, ValueError, pyrage.IdentityError):
        # Never what stands in it.
        raise BackupError(f"{path} cannot be read as a private key of age or SSH.") from None
    if not found:
        raise BackupError(f"{path} holds no private key.")
    return found


def _lines(path: Path) -> list[str]:
    lines = [line.strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def seal(source: IO[bytes], target: IO[bytes], to: list[Any]) -> None:
    """Encrypt all of `source` into `target`, a piece at a time."""
    pyrage.encrypt_io(source, target, to)


def unseal(source: IO[bytes], target: IO[bytes], keys: list[Any]) -> None:
    """Decrypt all of `source` into `target`. Raises BackupError where no key opens it, OSError where it was cut or altered."""
    try:
        pyrage.decrypt_io(source, target, keys)
    except pyrage.DecryptError:
        raise BackupError("The private key given does not open this backup.") from None
