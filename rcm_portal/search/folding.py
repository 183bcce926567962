"""Words without what tickets, passports and telephones leave out: accents, case, apostrophes, hyphens. Pure functions.

Source: a passport's machine-readable zone and an airline write A to Z alone (ICAO Doc 9303 part 3, 6), and a keyboard
at hand may have no ñ: `nunez` is to find Núñez, and `oneill` O’Neill.
"""

import unicodedata
from dataclasses import dataclass

# Letters that Unicode does not take apart into one of A to Z and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"}
)  # fmt: skip
# Within a word: O’Neill, Ka‘ahumanu, Л'Ель. Whatever else is neither letter nor digit parts words.
_APOSTROPHES = frozenset("'`´‘’‛′ʹʻʼʽˈ׳＇")
_AFTER_Z = "ω"  # a letter, so that folding leaves it


def fold(text: str) -> str:
    """The words of a text in plain small letters, one space between them: "Núñez-Peña, O’Neill" is "nunez pena oneill".

    Folding twice is folding once.
    """
    joined = "".join(character for character in text if character not in _APOSTROPHES)
    plain = _without_marks(_without_marks(joined).casefold().translate(_LETTERS))
    return " ".join("".join(letter if letter.isalnum() else " " for letter in plain).split())


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def searchable(*texts: str) -> str:
    """What a row with these texts is found by: their folded words, and e-mail addresses as they are, each once."""
    words = dict.fromkeys(word for text in texts for word in fold(text).split())
    words |= dict.fromkeys(word.casefold() for text in texts for word in text.split() if "@" in word)
    return " ".join(words)


@dataclass(frozen=True)
class Word:
    """One word of a query: as it was typed, and the parts that each must be found in a folded text."""

    typed: str
    parts: tuple[str, ...]


def query_words(query: str) -> list[Word]:
    """The words of a query; what folds to nothing (a dash between two names) is left out."""
    found = []
    for typed in query.replace("\0", " ").split():
        parts = (typed.casefold(),) if "@" in typed else tuple(fold(typed).split())
        if parts:
            found.append(Word(typed, parts))
    return found


def sort_key(text: str, language: str) -> tuple[str, str]:
    """The place of a text in a list by the language's rules: letters with accents beside those without, in Spanish ñ after n."""
    composed = unicodedata.normalize("NFC", text).casefold()
    if language == "es":
        composed = composed.replace("ñ", f"n{_AFTER_Z}")
    return fold(composed), text
