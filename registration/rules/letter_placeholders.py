"""Letter texts with placeholders from a closed list. Pure: no database, no template engine.

A text is plain. `{{ name }}` is replaced once by a value, and what the value says is never looked at again, so a
delegate's name that looks like a placeholder stays that text. A placeholder that is unknown, or whose value is empty,
is a hole: the letter is then not made but reported. So are words in square brackets, which say that staff are still to
write something: "[Name of the signatory]".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..enums import LetterTextKey

PLACEHOLDERS = {
    "delegate_name": _("the delegate's full name"),
    "surnames": _("the delegate's surnames"),
    "institution": _("the delegate's institution"),
    "position": _("the delegate's position"),
    "party_name": _("the delegation"),
    "workshop_name": _("the workshop's full name"),
    "workshop_short_name": _("the workshop's short name"),
    "workshop_dates": _("the workshop's days, in words"),
    "workshop_venue": _("the venue"),
    "workshop_city": _("the city"),
    "organiser": _("the organiser"),
    "presidency_name": _("the party that holds the Presidency Pro-Témpore"),
    "host_name": _("the host party"),
    "contact_email": _("the workshop's e-mail address"),
    "letter_reference": _("the letter's number"),
    "accept_by": _("until when the letter can be accepted"),
    "verification_address": _("where the letter's genuineness can be checked"),
}

_PLACEHOLDER = re.compile(r"\{\{\s*(\w*)\s*\}\}")
_TO_REPLACE = re.compile(r"\[[^\[\]]+\]")
_STRAY = re.compile(r"\{\{|\}\}|\{%|%\}")


@dataclass(frozen=True)
class Hole:
    """What is missing for one letter: the text's key, and the placeholder, or the words that are still to be replaced
    (`stand_in`), or characters that no font has (`unprintable`); none of them where the text itself is missing."""

    text: str
    placeholder: str = ""
    stand_in: str = ""
    unprintable: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.unprintable:
            words = gettext("no font has %(characters)s") % {"characters": named(self.unprintable)}
            return f"{self.text}: {words}"
        if self.stand_in:
            return f"{self.text}: {self.stand_in}"
        return f"{self.text}: {{{{ {self.placeholder} }}}}" if self.placeholder else self.text


_PARTS = {
    "addressee": _("the delegate's name, position or institution"),
    "addressee name": _("the delegate's full name"),
    "addressee position": _("the delegate's position"),
    "addressee institution": _("the delegate's institution"),
    "benefits": _("the benefits"),
    **{key.value: key.label for key in LetterTextKey},
}
_PROBLEM = re.compile(
    r"(?P<part>[a-z_]+(?: [a-z_]+)?)(?: \((?P<language>\w\w)\))?(?:: (?P<rest>.*))?", re.DOTALL
)


def problem_in_words(problem: str) -> str:
    """Why a letter could not be made, as it stands in the letter's row (holes by their keys, or an error of the portal), as
    staff read it."""
    if not problem:
        return ""
    said = [_hole_in_words(part) for part in problem.split("; ")]
    if None in said:
        return gettext(
            "The portal failed while it made the letter. It is tried again by itself: %(error)s"
        ) % {"error": problem}
    return "; ".join(filter(None, said))


def _hole_in_words(part: str) -> str | None:
    match = _PROBLEM.fullmatch(part)
    if match is None or match["part"] not in _PARTS:
        return None
    name = str(_PARTS[match["part"]])
    if match["language"]:
        name = f"{name} ({match['language']})"
    if match["rest"] is None:
        return gettext("%(text)s: still to be written") % {"text": name}
    placeholders = placeholders_in(match["rest"])
    if not placeholders:
        return f"{name}: {match['rest']}"
    missing = ", ".join(str(PLACEHOLDERS.get(each, each)) for each in placeholders)
    return gettext("%(text)s: this is empty: %(missing)s") % {"text": name, "missing": missing}


def named(characters: Iterable[str]) -> str:
    """Characters as staff recognise and find them: "王 (U+738B)"."""
    return ", ".join(f"{character} (U+{ord(character):04X})" for character in characters)


def placeholders_in(text: str) -> list[str]:
    """The names between double braces, in order."""
    return _PLACEHOLDER.findall(text)


def stand_ins(text: str) -> list[str]:
    """Words in square brackets: what is still to be replaced."""
    return _TO_REPLACE.findall(text)


def validate_placeholders(text: str) -> None:
    """Raise ValidationError for a placeholder that is not in the list, or for braces that are none."""
    unknown = [name for name in placeholders_in(text) if name not in PLACEHOLDERS]
    if unknown:
        raise ValidationError(
            _("“%(name)s” is no placeholder. Known are: %(known)s."),
            params={"name": unknown[0], "known": ", ".join(PLACEHOLDERS)},
        )
    if _STRAY.search(_PLACEHOLDER.sub("", text)):
        raise ValidationError(_("A placeholder is written {{ name }}, with two braces on each side."))


def fill(key: str, text: str, values: Mapping[str, str]) -> tuple[str, list[Hole]]:
    """`text` with its placeholders replaced, each exactly once, and the holes that are left."""
    holes = [Hole(key, stand_in=words) for words in stand_ins(text)]

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        found = values.get(name, "") if name in PLACEHOLDERS else ""
        if not found.strip():
            holes.append(Hole(key, name or "?"))
        return found

    return _PLACEHOLDER.sub(value, text), holes


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text: an empty line parts them, a single line break is a space."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
