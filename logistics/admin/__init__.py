"""Staff pages of logistics."""

from . import rules, tickets

__all__ = ["rules", "tickets"]
