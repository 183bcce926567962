"""The agenda's staff pages: the editor of a workshop's programme, and the forms of items, days and documents."""

from . import documents, items, programme

__all__ = ["documents", "items", "programme"]
