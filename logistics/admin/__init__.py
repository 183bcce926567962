"""Staff pages of logistics."""

from . import decisions, history, host, rules, ticket_files, tickets

__all__ = ["decisions", "history", "host", "rules", "ticket_files", "tickets"]
