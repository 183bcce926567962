"""Countries by the three letters that a passport prints, in the reader's language."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_countries import countries

if TYPE_CHECKING:
    from django.forms.renderers import BaseRenderer

# ICAO Doc 9303 part 3, section 5: codes that stand in a passport and are no country's.
SPECIAL = {
    "UNO": pgettext_lazy("passport issuer", "United Nations Organization"),
    "UNA": pgettext_lazy("passport issuer", "United Nations specialized agency"),
    "XOM": pgettext_lazy("passport issuer", "Sovereign Military Order of Malta"),
    "EUE": pgettext_lazy("passport issuer", "European Union (laissez-passer)"),
    "XXA": _("Stateless person"),
    "XXB": _("Refugee (1951 Convention)"),
    "XXC": _("Refugee (other)"),
}


@lru_cache(maxsize=4)
def _choices(language: str) -> list[tuple[str, str]]:  # noqa: ARG001 - what the names are kept by
    named = [(countries.alpha3(code), str(name)) for code, name in countries]
    return [
        ("", "—"),
        *sorted(named, key=lambda pair: pair[1]),
        *((code, str(name)) for code, name in SPECIAL.items()),
    ]


def choices() -> list[tuple[str, str]]:
    """(alpha-3, name) of every country, by name in the active language, then ICAO's special codes."""
    return _choices(get_language() or "en")


def country_name(code: str) -> str:
    """The name in the active language; the code itself where it is unknown."""
    return dict(choices()).get(code, code) if code else ""


@lru_cache(maxsize=4)
def _options(language: str) -> SafeString:
    return format_html_join("", '<option value="{}">{}</option>', _choices(language))


class CountrySelect(forms.Select):
    """A list of 250 countries whose options are rendered once per language.

    Django renders every option by a template of its own: the two lists of the form took 40 of its 60 milliseconds.
    """

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: "BaseRenderer | None" = None,
    ) -> SafeString:
        options = _options(get_language() or "en")
        if value in dict(self.choices):
            chosen = format_html('value="{}"', value)
            options = mark_safe(options.replace(chosen, f"{chosen} selected", 1))
        return format_html(
            "<select{}>{}</select>", flatatt(self.build_attrs({**self.attrs, "name": name}, attrs)), options
        )


class CountryField(forms.ChoiceField):
    """A country by its three letters."""

    widget = CountrySelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)
