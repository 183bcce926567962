"""The texts of a workshop's letters, edited by staff."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import Language, LetterTextKey
from ..rules.letter_placeholders import validate_placeholders
from .workshops import Workshop


class LetterText(models.Model):
    """One text of the invitation letter in one language. Placeholders come from a closed list; the rest is plain text,
    in which an empty line parts paragraphs."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="letter_texts"
    )
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    key = models.CharField(_("part of the letter"), max_length=40, choices=LetterTextKey.choices)
    text = models.TextField(_("text"), blank=True, validators=[validate_placeholders])

    class Meta:
        verbose_name = _("letter text")
        verbose_name_plural = _("letter texts")
        ordering = ["workshop", "key", "language"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "language", "key"], name="letter_text_once"),
        ]

    def __str__(self):
        return f"{self.get_key_display()} ({self.language})"
