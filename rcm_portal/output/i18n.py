"""Bilingual data: two columns per text, read in the active language."""

from django.utils.translation import get_language

LANGUAGES = ("es", "en")


def language_code(language: str | None = None) -> str:
    """`es` or `en`: the given language or the active one; anything else counts as English."""
    code = (language or get_language() or "en")[:2]
    return code if code in LANGUAGES else "en"


def localized(obj: object, field: str, language: str | None = None) -> str:
    """The text of `<field>_es` or `<field>_en`; where it is empty, the other language's text with its code in brackets.

    The bracket makes a missing translation visible to the reader and to the staff who can mend it.
    """
    code = language_code(language)
    other = "en" if code == "es" else "es"
    text: str = getattr(obj, f"{field}_{code}")
    if text:
        return text
    fallback = getattr(obj, f"{field}_{other}")
    return f"{fallback} [{other}]" if fallback else ""
