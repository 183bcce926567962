"""The section `letters` of a preset: the texts of the invitation letter, one row per text and language."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..enums import FormOfAddress, LetterTextKey
from ..models import LetterText
from ..rules.letter_placeholders import validate_placeholders
from .mistakes import Mistakes
from .sections import Section
from .tables import Table, Wording, join, one_of, read
from .writer import LANGUAGES

NEUTRAL = "neutral"  # for who gave no form of address
_SINGLE = (
    LetterTextKey.SIGNATORY_NAME,
    LetterTextKey.SIGNATORY_TITLE,
    LetterTextKey.VERIFICATION,
)
_BODY = tuple(
    key.value for key in LetterTextKey if key not in _SINGLE and not key.value.startswith("salutation_")
)


class SignatoryTable(Table):
    name: Wording
    title: Wording


class LettersTable(Table):
    signatory: SignatoryTable
    verification: Wording
    salutations: dict[one_of((*FormOfAddress.values, NEUTRAL)), Wording]
    texts: dict[one_of(_BODY), Wording]


class LetterSection(Section):
    name = "letters"

    def validate(self, data, mistakes: Mistakes):
        return read(LettersTable, data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        for _key, path, text in _all_texts(tables):
            for language in LANGUAGES:
                try:
                    validate_placeholders(getattr(text, language))
                except ValidationError as error:
                    mistakes.add(join(path, language), " ".join(error.messages), getattr(text, language))
        if NEUTRAL not in tables.salutations:
            mistakes.add("letters.salutations.neutral", _("this key is missing."))

    def load(self, tables, preset, writer) -> None:
        for key, path, text in _all_texts(tables):
            for language in LANGUAGES:
                writer.put(
                    LetterText,
                    f"{key}/{language}",
                    path=join(path, language),
                    lookup={"workshop": writer.workshop, "key": key, "language": language},
                    values={"text": getattr(text, language)},
                )

    def save(self, workshop, *, afresh: bool = False):
        """Nothing where there is no text at all; else also the empty ones that the section cannot be without."""
        said: dict[str, dict[str, str]] = {}
        for row in LetterText.objects.filter(workshop=workshop).order_by("key", "language"):
            said.setdefault(row.key, dict.fromkeys(LANGUAGES, ""))[row.language] = row.text
        if not said:
            return None
        empty = dict.fromkeys(LANGUAGES, "")
        forms = (*FormOfAddress.values, NEUTRAL)
        return {
            "signatory": {
                "name": said.get(LetterTextKey.SIGNATORY_NAME, empty),
                "title": said.get(LetterTextKey.SIGNATORY_TITLE, empty),
            },
            "verification": said.get(LetterTextKey.VERIFICATION, empty),
            "salutations": {NEUTRAL: empty}
            | {form: said[f"salutation_{form}"] for form in forms if f"salutation_{form}" in said},
            "texts": {key: said[key] for key in _BODY if key in said},
        }


def _all_texts(tables: LettersTable):
    """Every text with the key of its row and its path in the file."""
    yield LetterTextKey.SIGNATORY_NAME.value, "letters.signatory.name", tables.signatory.name
    yield LetterTextKey.SIGNATORY_TITLE.value, "letters.signatory.title", tables.signatory.title
    yield LetterTextKey.VERIFICATION.value, "letters.verification", tables.verification
    for form, text in tables.salutations.items():
        yield f"salutation_{form}", join("letters.salutations", form), text
    for key, text in tables.texts.items():
        yield key, join("letters.texts", key), text
