"""Where a workshop comes from, section by section, with the documents that it rests on."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..rules.background import validate_references
from .workshops import Workshop


class BackgroundSection(models.Model):
    """One section of the page on a workshop's background. `key` names it for the preset."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="background"
    )
    key = models.SlugField(_("key"), max_length=40)
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    title_es = models.CharField(_("title (Spanish)"), max_length=200, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    text_es = models.TextField(_("text (Spanish)"), blank=True)
    text_en = models.TextField(_("text (English)"), blank=True)
    references_es = models.TextField(
        _("documents (Spanish)"),
        blank=True,
        validators=[validate_references],
        help_text=_("One a line: its name, and its address if it has one."),
    )
    references_en = models.TextField(_("documents (English)"), blank=True, validators=[validate_references])

    class Meta:
        verbose_name = _("section of the background")
        verbose_name_plural = _("background")
        ordering = ["workshop", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "key"],
                name="background_section_once",
                violation_error_message=_("This workshop has a section of this key already."),
            )
        ]

    def __str__(self):
        return self.title_es or self.title_en or self.key
