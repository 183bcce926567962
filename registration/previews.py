"""A letter as it would be with a text that is not saved yet: for staff who edit it. Nothing is numbered, stored or sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from .documents.letter import compose, letter_html, letter_pdf
from .models import Delegate, InvitationLetter, LetterText
from .services.letters.issuing import acceptance_deadline, reference_of


@dataclass(frozen=True)
class Preview:
    """The letter as a part of a page, and what it lacks, in words; `content` is its data, None where it has none."""

    html: SafeString | str
    problems: list[str]
    content: dict[str, Any] | None


def preview_letter(text: LetterText, *, words: str, delegate: Delegate, now: datetime) -> Preview:
    """The letter of `delegate` in the language of `text`, with `words` in its place. Gaps stay empty and are named.

    Its number is 000 and its code is nobody's: shown to somebody, it verifies as a letter that was never issued.
    """
    workshop = text.workshop
    letter = InvitationLetter(
        delegate=delegate,
        workshop=workshop,
        number=0,
        version=1,
        reference=reference_of(workshop, 0),
        language=text.language,
        code="PREVIEW",
    )
    composed = compose(
        letter, accept_by=acceptance_deadline(workshop, now), now=now, instead={text.key: words}
    )
    problems = list(dict.fromkeys(str(hole) for hole in composed.holes))
    return Preview(letter_html(composed.content), problems, composed.content)


def preview_pdf(preview: Preview) -> bytes:
    """The same as a PDF, marked as a draft."""
    return letter_pdf({**preview.content, "draft": True})
