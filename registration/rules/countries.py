"""Countries by the three letters that a passport prints, in the reader's language."""

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from rcm_portal.search.folding import sort_key
from rcm_portal.zone_reader.codes import SPECIAL

from .listing.party_order import COUNTRIES

if TYPE_CHECKING:
    from django.forms.renderers import BaseRenderer

NO_COUNTRY = _("Without a country, and organisations")


@lru_cache(maxsize=4)
def _names(language: str) -> dict[str, str]:
    """Name by alpha-3 code, in the order of the language's alphabet, then ICAO's special codes."""
    named = [(countries.alpha3(code), str(name)) for code, name in countries]
    named.sort(key=lambda pair: sort_key(pair[1], language))
    return dict(named) | {code: str(name) for code, name in SPECIAL.items()}


def country_name(code: str) -> str:
    """The name in the active language; the code itself where it is unknown."""
    return _names(get_language() or "en").get(code, code) if code else ""


Options = list[tuple[str, str]]


def choices(first: tuple[str, ...] = ()) -> list[tuple[str, str | Options]]:
    """(alpha-3, name) in the active language, under headings: the countries of `first` in their order, the others by the
    alphabet, and ICAO's special codes."""
    names = _names(get_language() or "en")
    own = [(code, names[code]) for code in first if code in names]
    rest = [(code, name) for code, name in names.items() if code not in first and code not in SPECIAL]
    special = [(code, names[code]) for code in SPECIAL]
    groups = (
        (COUNTRIES, own),
        (_("Other countries") if own else _("Countries"), rest),
        (NO_COUNTRY, special),
    )
    return [("", "—"), *((str(title), options) for title, options in groups if options)]


@lru_cache(maxsize=32)
def _options(language: str, first: tuple[str, ...]) -> SafeString:  # noqa: ARG001 - what the names are kept by
    rendered = []
    for key, value in choices(first):
        if isinstance(value, str):
            rendered.append(format_html(_OPTION, key, value))
        else:
            options = format_html_join("", _OPTION, value)
            rendered.append(format_html('<optgroup label="{}">{}</optgroup>', key, options))
    return mark_safe("".join(rendered))  # noqa: S308 - each was escaped above


_OPTION = '<option value="{}">{}</option>'


class CountrySelect(forms.Select):
    """A list of 250 countries whose options are rendered once per language, and per workshop's own countries.

    Django renders every option by a template of its own: the two lists of the form took 40 of its 60 milliseconds.
    """

    first: tuple[str, ...] = ()

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: "BaseRenderer | None" = None,
    ) -> SafeString:
        chosen = format_html('value="{}"', value or "")
        options = _options(get_language() or "en", self.first)
        options = mark_safe(options.replace(chosen, f"{chosen} selected"))
        return format_html(
            "<select{}>{}</select>", flatatt(self.build_attrs({**self.attrs, "name": name}, attrs)), options
        )


class CountryField(forms.ChoiceField):
    """A country by its three letters."""

    widget = CountrySelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)

    def put_first(self, codes: Iterable[str]) -> None:
        """Offer the countries with these codes before the others."""
        first = tuple(codes)
        self.choices = partial(choices, first)
        self.widget.first = first
