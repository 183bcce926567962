"""Staff pages of logistics."""

from . import decisions, history, rules, tickets

__all__ = ["decisions", "history", "rules", "tickets"]
