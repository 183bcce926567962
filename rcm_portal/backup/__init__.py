"""Backups that are drilled, their restore, and the way from SQLite to PostgreSQL."""


class BackupError(Exception):
    """Why a backup, a restore or a move cannot be done: one sentence for the operator, without personal data."""
