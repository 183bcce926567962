"""Which rows of a list hold every word of a query, whatever their order."""

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.contrib.admin.utils import get_fields_from_path
from django.db.models import Model, Q, QuerySet

from .folding import query_words, searchable
from .text import SearchText

Found = TypeVar("Found", bound=Model)


def found(
    rows: "QuerySet[Found]", query: str, paths: Iterable[str], *, as_typed: Collection[str] = ()
) -> "QuerySet[Found]":
    """The rows in which each word of `query` is part of one of `paths`; all of them where nothing is asked.

    A path to a `SearchText` is searched by the database. So is one of `as_typed`: numbers and references, where only
    case is nothing. With any other path the list is taken to be a short one (accounts, parties, texts): it is read whole
    and folded here, with one query more.
    """
    words = query_words(query)
    if not words:
        return rows.none() if query.strip() else rows
    paths = list(paths)
    if not all(path in as_typed or _is_folded(rows.model, path) for path in paths):
        texts = (
            (key, searchable(*(str(value) for value in values if value)))
            for key, *values in rows.values_list("pk", *paths)
        )
        parts = [part for word in words for part in word.parts]
        return rows.filter(pk__in=[key for key, text in texts if all(part in text for part in parts)])
    for word in words:
        either = [Q((f"{path}__icontains", word.typed)) for path in paths if path in as_typed]
        for path in paths:
            if path not in as_typed:
                either.append(Q(*((f"{path}__contains", part) for part in word.parts)))
        rows = rows.filter(reduce(or_, either))
    return rows


def _is_folded(model: type[Model], path: str) -> bool:
    field: Any = get_fields_from_path(model, path)[-1]
    return isinstance(field, SearchText)
