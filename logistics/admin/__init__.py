"""Staff pages of logistics."""

from . import host, rules, tickets

__all__ = ["host", "rules", "tickets"]
