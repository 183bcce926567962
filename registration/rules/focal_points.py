"""A list of focal points as people keep it: which cell is what, and what of a row is not understood. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from rcm_portal.search.folding import fold

from .typed.emails import meant, tidy_email

PARTY, NAME, EMAIL, LANGUAGE = "party", "name", "email", "language"
# Folded words that head a column, in either language.
HEADINGS = {
    **dict.fromkeys(
        ("delegation", "delegacion", "party", "parte", "country", "pais", "member country", "pais miembro")
        + ("organisation", "organization", "organizacion", "code", "codigo"),
        PARTY,
    ),
    **dict.fromkeys(
        (
            "focal point",
            "punto focal",
            "name",
            "nombre",
            "full name",
            "nombre completo",
            "contact",
            "contacto",
        ),
        NAME,
    ),
    **dict.fromkeys(
        ("e mail", "email", "mail", "correo", "correo electronico", "address", "direccion", "e mail address")
        + ("direccion de correo", "direccion de correo electronico", "email address"),
        EMAIL,
    ),
    **dict.fromkeys(("language", "idioma", "lengua"), LANGUAGE),
}
LANGUAGES = {
    **dict.fromkeys(("es", "esp", "espanol", "espanola", "spanish", "castellano", "spa"), "es"),
    **dict.fromkeys(("en", "ing", "ingles", "inglesa", "english", "eng"), "en"),
}
LONGEST_NAME = 200


@dataclass
class Row:
    """One row: the party that it is about (its key), and what it says of its focal point; "" where it says nothing."""

    number: int
    text: str
    party: int | None = None
    name: str = ""
    email: str = ""
    language: str = ""
    problems: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def read(lines: Iterable[tuple[int, Sequence[str]]], parties: Mapping[str, int]) -> list[Row]:
    """The rows of a list. `lines` are numbers and cells, `parties` folded names and codes to keys.

    Columns are found by their headings in either language, where there are any; else by what stands in each cell.
    """
    rows: list[Row] = []
    columns: dict[int, str] = {}
    for number, cells in lines:
        texts = [" ".join(cell.split()) for cell in cells]
        if not any(texts):
            continue
        if found := _headings(texts):
            columns = found
            continue
        rows.append(_row(number, texts, columns, parties))
    first: dict[int, int] = {}
    for row in rows:
        if row.party is None:
            continue
        if row.party in first:
            row.problems.append(_("Row %(row)d is about the same delegation.") % {"row": first[row.party]})
        first.setdefault(row.party, row.number)
    return rows


def _headings(texts: Sequence[str]) -> dict[int, str]:
    """The columns that a row heads; none where it is no row of headings."""
    found = {place: HEADINGS[fold(text)] for place, text in enumerate(texts) if fold(text) in HEADINGS}
    return found if EMAIL in found.values() and PARTY in found.values() else {}


def _row(number: int, texts: Sequence[str], columns: Mapping[int, str], parties: Mapping[str, int]) -> Row:
    row = Row(number, " · ".join(filter(None, texts)))
    named = _by_place(texts, columns) if columns else _by_content(texts, parties)
    key = fold(named[PARTY])
    if not key:
        row.problems.append(_("No delegation of this workshop is named."))
    elif key not in parties:
        row.problems.append(_("“%(name)s” has no delegation at this workshop.") % {"name": named[PARTY]})
    else:
        row.party = parties[key]
    row.name = named[NAME]
    if len(row.name) > LONGEST_NAME:
        row.problems.append(_("The name is longer than %(most)d characters.") % {"most": LONGEST_NAME})
    _read_email(row, named[EMAIL])
    if named[LANGUAGE]:
        row.language = LANGUAGES.get(fold(named[LANGUAGE]), "")
        if not row.language:
            words = _("“%(word)s” is no language of the portal: write Spanish or English, es or en.")
            row.problems.append(words % {"word": named[LANGUAGE]})
    return row


def _by_place(texts: Sequence[str], columns: Mapping[int, str]) -> dict[str, str]:
    named = dict.fromkeys((PARTY, NAME, EMAIL, LANGUAGE), "")
    for place, what in columns.items():
        if place < len(texts):
            named[what] = named[what] or texts[place]
    return named


def _by_content(texts: Sequence[str], parties: Mapping[str, int]) -> dict[str, str]:
    """An address has an @, a party and a language are known; what is left is the name."""
    named = dict.fromkeys((PARTY, NAME, EMAIL, LANGUAGE), "")
    left = []
    for text in filter(None, texts):
        if "@" in text and not named[EMAIL]:
            named[EMAIL] = text
        elif fold(text) in parties and not named[PARTY]:
            named[PARTY] = text
        elif fold(text) in LANGUAGES and not named[LANGUAGE]:
            named[LANGUAGE] = text
        else:
            left.append(text)
    if not named[PARTY] and len(left) > 1:
        named[PARTY] = left.pop(0)
    named[NAME] = " ".join(left)
    return named


def _read_email(row: Row, typed: str) -> None:
    row.email = tidy_email(typed)
    if not row.email:
        if row.name:
            row.problems.append(_("The e-mail address is missing."))
        return
    try:
        validate_email(row.email)
    except ValidationError:
        row.problems.append(_("“%(typed)s” is no e-mail address.") % {"typed": typed})
        return
    if better := meant(row.email):
        row.doubts.append(_("Did you mean %(meant)s?") % {"meant": better})
