"""Countries by the three letters that a passport prints, in the reader's language."""

from functools import lru_cache

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

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
def _choices(language: str) -> list[tuple[str, str]]:
    from django_countries import countries

    named = [(countries.alpha3(code), str(name)) for code, name in countries]
    return [("", "—"), *sorted(named, key=lambda pair: pair[1]), *((code, str(name)) for code, name in SPECIAL.items())]


def choices() -> list[tuple[str, str]]:
    """(alpha-3, name) of every country, by name in the active language, then ICAO's special codes."""
    return _choices(get_language() or "en")


def country_name(code: str) -> str:
    """The name in the active language; the code itself where it is unknown."""
    return dict(choices()).get(code, code) if code else ""
