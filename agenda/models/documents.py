"""Documents of a workshop or of one item."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..enums import Audience
from .draft import WORKSHOP, AgendaItem


class AgendaDocument(models.Model):
    """A file for readers, of the whole workshop or of one item; the file itself is encrypted in private storage."""

    workshop = models.ForeignKey(
        WORKSHOP, on_delete=models.CASCADE, related_name="agenda_documents", verbose_name=_("workshop")
    )
    item = models.ForeignKey(
        AgendaItem,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="documents",
        verbose_name=_("agenda item"),
        help_text=_("Empty: a document of the whole workshop."),
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title_es = models.CharField(_("title (Spanish)"), max_length=200, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    language = models.CharField(
        _("language of the file"),
        max_length=2,
        blank=True,
        choices=[("es", "Español"), ("en", "English")],
        help_text=_("Empty: it is in both languages."),
    )
    audience = models.CharField(
        _("who may read it"), max_length=10, choices=Audience.choices, default=Audience.CONFIRMED
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    storage_key = models.CharField(max_length=120, editable=False)
    media_type = models.CharField(_("type"), max_length=100, editable=False)
    extension = models.CharField(_("type of file"), max_length=8, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"), editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title_es="", title_en=""),
                name="agenda_document_has_a_title",
                violation_error_message=_("Give the document a title in at least one language."),
            )
        ]

    def __str__(self):
        return self.title_es or self.title_en
