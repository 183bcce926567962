"""Bilingual data: two columns per text, read in the active language."""

import re
from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext as _

LANGUAGES = ("es", "en")
OTHER_LANGUAGE = {"es": "en", "en": "es"}
SOUNDS_LIKE_I = re.compile(r"h?[ií](?![aeo])", re.IGNORECASE)


def language_code(language: str | None = None) -> str:
    """`es` or `en`: the given language or the active one; anything else counts as English."""
    code = (language or get_language() or "en")[:2]
    return code if code in LANGUAGES else "en"


def localized(obj: object, field: str, language: str | None = None) -> str:
    """The text of `<field>_es` or `<field>_en`; where it is empty, the other language's text with its code in brackets.

    The bracket makes a missing translation visible to the reader and to the staff who can mend it.
    """
    code = language_code(language)
    other = OTHER_LANGUAGE[code]
    text: str = getattr(obj, f"{field}_{code}")
    if text:
        return text
    fallback = getattr(obj, f"{field}_{other}")
    return f"{fallback} [{other}]" if fallback else ""


def and_list(words: Iterable[str]) -> str:
    """`a`, `a and b` or `a, b and c` in the active language; Spanish writes "e" before the sound of an i."""
    *most, last = list(words) or [""]
    if not most:
        return last
    first = ", ".join(most)
    if language_code() == "es" and SOUNDS_LIKE_I.match(last):
        return f"{first} e {last}"
    return _("%(first)s and %(last)s") % {"first": first, "last": last}
