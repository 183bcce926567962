"""Codes of states and organisations in a zone that are none of ISO 3166.

Source: ICAO Doc 9303 part 3, section 5.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_countries import countries

# Germany's one letter, the kinds of British nationality, and states that changed theirs while passports with the old one
# are still valid; and what ISO 3166 says for them.
ZONE_CODES = {
    "D": "DEU",
    **dict.fromkeys(("GBD", "GBN", "GBO", "GBP", "GBS"), "GBR"),
    "ROM": "ROU",
    "ZAR": "COD",
    "TMP": "TLS",
}
# Codes that stand in a passport and are no country's.
SPECIAL = {
    "UNO": pgettext_lazy("passport issuer", "United Nations Organization"),
    "UNA": pgettext_lazy("passport issuer", "United Nations specialized agency"),
    "XOM": pgettext_lazy("passport issuer", "Sovereign Military Order of Malta"),
    "EUE": pgettext_lazy("passport issuer", "European Union (laissez-passer)"),
    "XXA": _("Stateless person"),
    "XXB": _("Refugee (1951 Convention)"),
    "XXC": _("Refugee (other)"),
}


def is_known(code: str) -> bool:
    """Whether these three characters of a zone stand for a country, a nationality or an organisation."""
    code = code.rstrip("<")
    return code in ZONE_CODES or code in SPECIAL or bool(len(code) == 3 and countries.alpha2(code))
