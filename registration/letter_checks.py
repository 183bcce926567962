"""What `check_workshop` looks at in the texts of the invitation letter."""

from collections.abc import Iterator
from dataclasses import replace

from django.utils.translation import gettext as _

from rcm_portal.output.i18n import LANGUAGES

from .documents.letter import REQUIRED
from .enums import LetterTextKey
from .models import LetterText, Workshop
from .rules.findings import Finding, Level, missing_text


def check(workshop: Workshop) -> Iterator[Finding]:
    """A text that a letter cannot do without stops the letters of its language; others are only told."""
    where = _("Letter texts")
    texts = {
        (row.key, row.language): row.text.strip() for row in LetterText.objects.filter(workshop=workshop)
    }
    for key in LetterTextKey:
        level = Level.ERROR if key in REQUIRED else Level.WARNING
        for language in LANGUAGES:
            if not texts.get((key.value, language)):
                yield replace(missing_text(where, key.label, language), level=level)
    signatory = texts.get((LetterTextKey.SIGNATORY_NAME.value, LANGUAGES[0]), "")
    if signatory.startswith("["):
        yield Finding(
            Level.WARNING, where, _("the signatory “%s” is still to be replaced by a name.") % signatory
        )
