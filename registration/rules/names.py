"""A person's name as a passport's machine-readable zone and an airline write it.

Source of the rules: ICAO Doc 9303 part 3, sections 4.6 and 6 (tables in transliteration.py), and the
Secretariat's facts on tickets: capitals A to Z and single spaces, both surnames kept, no titles, more than
39 characters flagged and never cut. Pure functions: no database, no clock.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product

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


# Word's optional hyphen, where it joins two names (José\u00adLuis); elsewhere it only says where a word may be broken.
_JOINING_SOFT_HYPHEN = re.compile(r"(?<=[^\W\d_])\u00ad(?=[^\W\d_])")


@lru_cache(maxsize=4096)
def _written(character: str) -> str:
    """What one typed character becomes in a name."""
    category = unicodedata.category(character)
    if character in tables.APOSTROPHE_LIKE:
        return tables.APOSTROPHE
    if character in tables.DASH_LIKE or category == "Pd":
        return tables.HYPHEN
    if character in tables.DOT_LIKE:
        return tables.DOT
    if (
        character in tables.UNSEEN
        or category == "Cf"
        or "VARIATION SELECTOR" in unicodedata.name(character, "")
    ):
        return ""
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return " "
    if category[0] == "L" or category == "Nl" or "\uff00" < character < "\uffef":
        narrow = unicodedata.normalize("NFKC", character)
        if narrow != character:
            return "".join(_written(part) for part in narrow)
    return character


def _soft_hyphen(match: re.Match[str]) -> str:
    before, after = match.string[match.start() - 1], match.string[match.end()]
    return tables.HYPHEN if before.islower() and after.isupper() else ""


def tidied(name: str) -> str:
    """A typed or pasted name as it is kept: composed, one kind of hyphen and of apostrophe, single spaces, full-width
    letters narrowed, nothing invisible. Tidying again changes nothing."""
    name = _JOINING_SOFT_HYPHEN.sub(_soft_hyphen, unicodedata.normalize("NFC", name))
    name = unicodedata.normalize("NFC", "".join(_written(character) for character in name))
    return " ".join(name.split())


@dataclass(frozen=True)
class NotWritable:
    """Why a passport cannot print a name: `foreign` are letters of a script that has no Latin form here, or of another
    script among Latin ones; `signs` are none at all."""

    foreign: tuple[str, ...]
    signs: tuple[str, ...]


def not_writable(name: str) -> NotWritable | None:
    """What of a tidied name no ticket can be written from; None where all of it can, and something is left to write."""
    foreign: dict[str, bool] = {}
    signs: dict[str, bool] = {}
    follows = False  # whether there is a letter that an accent can belong to
    for character in name:
        if _is_accent(character) and follows:
            continue
        follows = _is_latin(character)
        if not follows and character not in tables.IN_NAMES:
            kind = unicodedata.category(character)[0]
            (foreign if kind in "LM" and not _is_accent(character) else signs)[character] = True
    if not signs and all(map(_is_transliterated, foreign)) and not any(map(_is_latin, name)):
        foreign = {}  # Doc 9303 part 3 says what a zone and a ticket write for it
    if foreign or signs or not _words(name)[0]:
        return NotWritable(tuple(foreign), tuple(signs))
    return None


def _is_latin(character: str) -> bool:
    return unicodedata.category(character)[0] == "L" and all(
        part in tables.VANISHING or _is_accent(part) or tables.latin_forms(part)
        for part in _cleaned(character)
    )


def _is_transliterated(character: str) -> bool:
    return character in {*tables.ARABIC_NOT_ENCODED, tables.SHADDA} or all(
        part in tables.FORMS for part in _cleaned(character)
    )


def _is_accent(character: str) -> bool:
    if not unicodedata.name(character, "").startswith("COMBINING "):
        return False
    return all(unicodedata.category(part) == "Mn" for part in character.upper())


def _cleaned(name: str) -> str:
    """The tidied name in capitals."""
    return unicodedata.normalize("NFC", tidied(name).upper())


def _letter(character: str, *, tolerant: bool) -> Letter | None:
    """Every form of one capital; None where no table knows it."""
    forms = tables.latin_forms(character) or tables.FORMS.get(character)
    if forms is None:
        forms = tables.FORMS.get(unicodedata.normalize("NFD", character)[0])
    return (*forms, *tables.TOLERATED.get(character, ())) if forms and tolerant else forms


def _words(name: str, *, tolerant: bool = False) -> tuple[tuple[Word, ...], tuple[str, ...]]:
    """The words of a name with the forms of each letter, and the characters that could not be transliterated."""
    words: list[list[Letter]] = [[]]
    raw_ends: list[str] = [""]
    unknown: list[str] = []
    for character in _cleaned(name):
        if character.isspace() or character in tables.SEPARATORS:
            words.append([])
            raw_ends.append("")
        elif character in tables.VANISHING or character in tables.ARABIC_NOT_ENCODED:
            continue
        elif unicodedata.category(character) in ("Cf", "Mn") and character != tables.SHADDA:
            continue  # direction marks, joiners, and accents that stand apart from their letter
        elif character == tables.SHADDA:
            if words[-1]:
                words[-1].append(words[-1][-1])
        elif letter := _letter(character, tolerant=tolerant):
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


def letter_forms(character: str) -> Letter:
    """What a zone may write for one typed character of a name: letters, a space, or nothing. One that no table knows
    stands for itself."""
    capital = _cleaned(character)
    if not capital or capital in tables.SEPARATORS | tables.VANISHING:
        return (" ", "")
    return _letter(capital, tolerant=True) or (capital,)


def untransliterated(name: str) -> tuple[str, ...]:
    """The characters of a name that no table of Doc 9303 covers, each once, in order."""
    return _words(name)[1]


def _ends(word: Word, text: str) -> set[int]:
    """How many characters of `text` the whole word can stand for."""
    positions = {0}
    for letter in word:
        positions = {at + len(form) for at in positions for form in letter if text.startswith(form, at)}
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
    return False


def _texts(mrz_name: str) -> list[str]:
    return mrz_name.upper().replace("<", " ").split()


def matches(name: str, mrz_name: str) -> bool:
    """Whether a zone or ticket may write `name` as `mrz_name` (fillers or spaces between words), cut nowhere."""
    words, unknown = _words(name)
    texts = _texts(mrz_name)
    if unknown or len(words) != len(texts):
        return False
    return all(_is_word(word, text) for word, text in zip(words, texts, strict=True))


def agrees(name: str, mrz_name: str) -> bool:
    """Whether a zone's `mrz_name` is this person's `name`: the same letters in the same order.

    More is forgiven than `matches` does: states write hyphens, apostrophes and particles as a space, or as nothing
    (ANALUCIA, O NEILL, DELACRUZ), leave titles out, and have habits of their own (`TOLERATED`).
    """
    text = "".join(_texts(mrz_name))
    return any(text == "" if not word else _is_word(word, text) for word in _ways(name))


def agrees_truncated(name: str, mrz_name: str) -> bool:
    """The same for a zone whose name field is full."""
    text = "".join(_texts(mrz_name))
    if not text or any(word and _is_beginning(word, text) for word in _ways(name)):
        return True
    return any(matches_truncated(each, mrz_name) for each in (name, without_titles(name)[0]))


def _ways(name: str) -> Iterator[Word]:
    """All letters of a name as one word: with the titles before it, and without."""
    for each in dict.fromkeys((name, without_titles(name)[0])):
        words, unknown = _words(each, tolerant=True)
        if not unknown:
            yield tuple(chain.from_iterable(words))


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
