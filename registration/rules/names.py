"""A person's name as a passport's machine-readable zone and an airline write it.

Source of the rules: ICAO Doc 9303 part 3, sections 4.6 and 6 (tables in transliteration.py), and the
Secretariat's facts on tickets: capitals A to Z and single spaces, both surnames kept, no titles, more than
39 characters flagged and never cut. Pure functions: no database, no clock.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from registration.rules import transliteration as tables

AIRLINE_NAME_LIMIT = 39
# More forms than this are not listed by transliterations(); matches() has no such bound.
FORMS_LIMIT = 512

# Titles that people write before their given names; a ticket must not carry them. A title that is also
# somebody's name (Hon, Ing) counts only with its full stop.
TITLES = frozenset(
    {"DR", "DRA", "LIC", "LICDA", "SR", "SRA", "SRTA", "MR", "MRS", "MS", "PROF", "PROFA", "MTRO", "MTRA"}
)
TITLES_WITH_STOP = frozenset({"ING", "HON", "ARQ", "ABG", "EMB", "GRAL", "CNEL"})

# One letter of a name: every form that may stand for it, the recommended one first.
Letter = tuple[str, ...]
Word = tuple[Letter, ...]


@dataclass(frozen=True)
class AirlineName:
    """A name in airline form.

    `text` is SURNAME/GIVEN; `length` counts it whole. `unknown` holds characters that no table transliterates:
    they are missing from the text, so the name has to be copied from the passport. `titles` were left out.
    """

    surname: str
    given: str
    text: str
    length: int
    too_long: bool
    unknown: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()

    @property
    def needs_attention(self) -> bool:
        """Whether somebody must look before a ticket is bought: too long, incomplete, or one name only."""
        return self.too_long or bool(self.unknown) or not (self.surname and self.given)


def _cleaned(name: str) -> str:
    """The name in composed capitals, without apostrophes (NFKC would make a space of a stray acute accent)."""
    name = "".join(character for character in name if character not in tables.APOSTROPHES)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).upper())


def _letter(character: str) -> Letter | None:
    """Every form of one character; None where no table knows it."""
    if "A" <= character <= "Z":
        return (character,)
    if forms := tables.FORMS.get(character):
        return forms
    base = unicodedata.normalize("NFD", character)[0]
    if base != character:
        return (base,) if "A" <= base <= "Z" else tables.FORMS.get(base)
    return None


def _words(name: str) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """The words of a name with the forms of each letter, and the characters that could not be transliterated."""
    words: list[list[Letter]] = [[]]
    raw_ends: list[str] = [""]
    unknown: list[str] = []
    for character in _cleaned(name):
        if character.isspace() or character in tables.SEPARATORS:
            if words[-1]:
                words.append([])
                raw_ends.append("")
        elif character in tables.VANISHING or character in tables.ARABIC_NOT_ENCODED:
            continue
        elif unicodedata.category(character) in ("Cf", "Mn") and character != tables.SHADDA:
            continue  # direction marks, joiners, and accents that stand apart from their letter
        elif character == tables.SHADDA:
            if words[-1]:
                words[-1].append(words[-1][-1])
        elif letter := _letter(character):
            words[-1].append(letter)
            raw_ends[-1] = character
        else:
            unknown.append(character)
    result = []
    for word, last in zip(words, raw_ends, strict=True):
        if word and last == tables.TEH_MARBUTA:
            word = [*word[:-1], tables.TEH_MARBUTA_AT_END]
        if word:
            result.append(tuple(word))
    return tuple(result), tuple(dict.fromkeys(unknown))


def _recommended(words: Iterable[Word]) -> str:
    return " ".join(filter(None, ("".join(letter[0] for letter in word) for word in words)))


@lru_cache(maxsize=4096)
def _recommended_form(part: str) -> tuple[str, tuple[str, ...]]:
    """The recommended form of a text without spaces, and its unknown characters: names are made of few words."""
    words, unknown = _words(part)
    return _recommended(words), unknown


def _airline_form(name: str) -> tuple[str, tuple[str, ...]]:
    forms = [_recommended_form(part) for part in name.split()]
    text = " ".join(form for form, _unknown in forms if form)
    return text, tuple(character for _form, unknown in forms for character in unknown)


def without_titles(given_names: str) -> tuple[str, tuple[str, ...]]:
    """Given names without the titles before them, never leaving nothing."""
    parts, titles = given_names.split(), []
    while len(parts) > 1:
        head = parts[0].upper()
        bare = head.rstrip(".")
        if bare in TITLES or (bare in TITLES_WITH_STOP and head.endswith(".")):
            titles.append(parts.pop(0))
        else:
            break
    return " ".join(parts), tuple(titles)


def airline_name(surnames: str, given_names: str) -> AirlineName:
    """The name as a ticket shall read: `airline_name("Núñez Peña", "María José").text == "NUNEZ PENA/MARIA JOSE"`.

    Someone with one name only has it as surname and no given name (Doc 9303 part 3, 4.6). Nothing is cut.
    """
    given_names, titles = without_titles(given_names)
    if not surnames.strip():
        surnames, given_names = given_names, ""
    surname, unknown_surname = _airline_form(surnames)
    given, unknown_given = _airline_form(given_names)
    text = f"{surname}/{given}" if given else surname
    return AirlineName(
        surname=surname,
        given=given,
        text=text,
        length=len(text),
        too_long=len(text) > AIRLINE_NAME_LIMIT,
        unknown=tuple(dict.fromkeys(unknown_surname + unknown_given)),
        titles=titles,
    )


def same_in_documents(before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Whether two names (surnames, given names) are written alike on a ticket and in a passport's zone: an accent or a
    hyphen makes no other person (ICAO Doc 9303 part 3, 6). A character that has no Latin form tells nothing."""
    one, other = airline_name(*before), airline_name(*after)
    if one.unknown or other.unknown:
        return False
    return (one.surname, one.given) == (other.surname, other.given)


def transliterations(name: str) -> list[str]:
    """The forms of a name that Doc 9303 allows, the recommended one first, each once.

    At most FORMS_LIMIT are listed (eleven Ü would have 177,147). Characters that no table knows are left out:
    `untransliterated` names them.
    """
    words, _unknown = _words(name)
    letters: list[Letter] = []
    for number, word in enumerate(words):
        if number:
            letters.append((" ",))
        letters.extend(word)
    found: dict[str, None] = {}
    for combination in _bounded(product(*letters)):
        found.setdefault("".join(combination))
    return list(found)


def _bounded(combinations: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for _number, combination in zip(range(FORMS_LIMIT), combinations, strict=False):
        yield combination


def untransliterated(name: str) -> tuple[str, ...]:
    """The characters of a name that no table of Doc 9303 covers, each once, in order."""
    return _words(name)[1]


def _ends(word: Word, text: str) -> set[int]:
    """How many characters of `text` the whole word can stand for."""
    positions = {0}
    for letter in word:
        positions = {at + len(form) for at in positions for form in letter if text.startswith(form, at)}
        if not positions:
            break
    return positions


def _is_word(word: Word, text: str) -> bool:
    return len(text) in _ends(word, text)


def _is_beginning(word: Word, text: str) -> bool:
    """Whether `text` is how the word begins, as a truncated zone writes it (at least its first letter)."""
    if not text:
        return False
    positions = {0}
    for letter in word:
        following = set()
        for at in positions:
            rest = text[at:]
            for form in letter:
                if form.startswith(rest):
                    return True
                if rest.startswith(form):
                    following.add(at + len(form))
        positions = following
    return len(text) in positions


def _texts(mrz_name: str) -> list[str]:
    return mrz_name.upper().replace("<", " ").split()


def matches(name: str, mrz_name: str) -> bool:
    """Whether a zone or ticket may write `name` as `mrz_name` (fillers or spaces between words), cut nowhere."""
    words, unknown = _words(name)
    texts = _texts(mrz_name)
    if unknown or len(words) != len(texts):
        return False
    return all(_is_word(word, text) for word, text in zip(words, texts, strict=True))


def matches_truncated(name: str, mrz_name: str) -> bool:
    """Whether `mrz_name` may be `name` after truncation: words cut or left out, but never the first.

    Source: Doc 9303 part 4, 4.2.3: a name field that is full to its last position may be truncated.
    """
    words, unknown = _words(name)
    texts = _texts(mrz_name)
    if unknown:
        return False
    if not texts:
        return True
    if not words or not _is_beginning(words[0], texts[0]):
        return False
    remaining = iter(words[1:])
    return all(any(_is_beginning(word, text) for word in remaining) for text in texts[1:])
