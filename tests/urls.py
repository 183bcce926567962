"""Helpers that read the URL configuration, for tests in which every address must stand."""

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import override


@dataclass(frozen=True)
class Route:
    """One address of the portal: its name with namespaces ("admin:index"), its route text and its parameters' names."""

    name: str
    route: str
    parameters: tuple[str, ...]


def all_routes(urlconf=None) -> list[Route]:
    """Every address in the resolver, in order; an unnamed one is called by its route. Those under a language are given
    under `en/`."""
    with override("en"):
        return list(_walk(get_resolver(urlconf), namespaces=(), before="", parameters=()))


def _walk(resolver: URLResolver, *, namespaces, before, parameters):
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        names = (
            parameters + tuple(entry.pattern.converters)
            if hasattr(entry.pattern, "converters")
            else parameters
        )
        if hasattr(entry.pattern, "_regex") and hasattr(entry.pattern, "regex"):
            names = names + tuple(name for name in entry.pattern.regex.groupindex if name not in names)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry, namespaces=inner, before=route, parameters=names)
        elif isinstance(entry, URLPattern):
            yield Route(":".join((*namespaces, entry.name or route)), route, names)
