"""Words of the other language in a text that is said to be of one, by the portal's own catalogue.

Whoever reads English meets no sentence that the catalogue has in Spanish, and the other way round. What people typed is
not the catalogue's, so a name or a reason in another language is let pass; a month or a day of the week is not.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

import polib
from django.utils import translation
from django.utils.dates import MONTHS, WEEKDAYS

from tests.sources import BASE_DIR

Words = tuple[str, ...]
VARIABLE = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]+>|\{\{ \w+ \}\}|\{\w*\}|\n")
NO_WORDS = re.compile(r"https?://\S+|\S+@\S+|\{\{.*?\}\}")
WORD = re.compile(r"[^\W\d_]+")
RUNNING = 3
"""So many words in a row are a sentence of the catalogue; fewer only where they stand on a line of their own."""
LINE = 2
"""So many words on a line of their own; a single one may be a name, a code or a form of address that somebody typed."""
OWN_NAMES = {"Español", "English"}
"""The languages call themselves by their own names in both."""


def words_of(text: str) -> Words:
    return tuple(WORD.findall(text))


def in_one_line(text: str) -> str:
    return " ".join(text.split())


class Sayings:
    """What is said in one language only: whole lines, and pieces of sentences between their variables."""

    def __init__(self, texts: Iterable[str], more: Iterable[str]):
        self.lines = {in_one_line(text) for text in texts if not VARIABLE.search(text)}
        pieces = {words_of(piece) for text in texts for piece in VARIABLE.split(text)}
        self.begun: dict[Words, set[Words]] = defaultdict(set)
        for piece in pieces:
            if len(piece) >= RUNNING:
                self.begun[piece[:RUNNING]].add(piece)
        self.single = frozenset(more)

    def leave_out(self, texts: Iterable[str]) -> None:
        """Forget what the other language says as well."""
        self.lines -= OWN_NAMES
        for text in texts:
            self.lines.discard(in_one_line(text))
            for piece in self.pieces_in(words_of(text)):
                self.begun[piece[:RUNNING]].discard(piece)

    def pieces_in(self, words: Words) -> list[Words]:
        return [
            piece
            for start, begun in enumerate(zip(words, words[1:], words[2:], strict=False))
            if begun in self.begun
            for piece in self.begun[begun]
            if words[start : start + len(piece)] == piece
        ]

    def in_text(self, text: str, shortest_line: int) -> set[str]:
        text = NO_WORDS.sub(" ", text)
        words = words_of(text)
        found = {" ".join(piece) for piece in self.pieces_in(words)} | self.single.intersection(words)
        return found | {
            line.strip()
            for line in text.splitlines()
            if in_one_line(line) in self.lines and len(words_of(line)) >= shortest_line
        }


def _dates() -> list[str]:
    return [str(name) for name in (*MONTHS.values(), *WEEKDAYS.values())]


@cache
def sayings() -> dict[str, Sayings]:
    """By language, what only that language says."""
    english: set[str] = set()
    spanish: set[str] = set()
    for entry in polib.mofile(str(BASE_DIR / "locale" / "es" / "LC_MESSAGES" / "django.mo")):
        if entry.msgctxt == "country":  # the parties' own names too, which staff see in both languages
            continue
        english |= {entry.msgid, entry.msgid_plural} - {""}
        spanish |= {entry.msgstr, *entry.msgstr_plural.values()} - {""}
    with translation.override("en"):
        dates = {"en": set(_dates())}
    with translation.override("es"):
        dates["es"] = set(_dates())
    said = {"en": Sayings(english, dates["en"]), "es": Sayings(spanish, dates["es"])}
    said["en"].leave_out(spanish)
    said["es"].leave_out(english)
    return said


def other_language_in(text: str, language: str, *, shortest_line: int = LINE) -> set[str]:
    """What of `text`, which somebody meets as `language`, is said in the other one; nothing of other languages."""
    if language not in sayings():
        return set()
    return sayings()["en" if language == "es" else "es"].in_text(text, shortest_line)
