"""Errors as operators read them."""

from . import BackupError


def in_one_line(error: BaseException) -> str:
    """What went wrong on one line: our own sentence, or the first line of what a database, disk or store said."""
    if isinstance(error, BackupError):
        return str(error)
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0][:300] if said else 'without a word'}"
