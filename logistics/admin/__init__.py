"""Staff pages of logistics."""

from . import decisions, history, host, rules, tickets

__all__ = ["decisions", "history", "host", "rules", "tickets"]
