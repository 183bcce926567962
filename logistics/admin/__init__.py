"""Staff pages of logistics."""

from . import rules, ticket_files, tickets

__all__ = ["rules", "ticket_files", "tickets"]
