"""A workshop's agenda as a whole, the immutable versions that readers see, and who was told of them."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .draft import WORKSHOP


class Programme(models.Model):
    """A workshop's agenda as a whole: which version readers see, and what tells caches and editors of a change."""

    workshop = models.OneToOneField(
        WORKSHOP, on_delete=models.CASCADE, related_name="programme", verbose_name=_("workshop")
    )
    current = models.ForeignKey(
        "AgendaVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("current version"),
    )
    # New with each change of what the public page shows beside the version: a document, a speaker's approval.
    stamp = models.UUIDField(_("public stamp"), default=uuid.uuid4, editable=False)
    # Public ids of the delegates whom the current version names: a change of one of them changes the page.
    named = models.JSONField(default=list, editable=False)
    # Raised by each change of the draft; an editor that has seen an older one is told so instead of overwriting.
    revision = models.PositiveIntegerField(_("revision of the draft"), default=0, editable=False)

    class Meta:
        verbose_name = _("agenda")
        verbose_name_plural = _("agendas")
        permissions = [("publish_agenda", _("Can publish the agenda and tell delegates of changes"))]

    def __str__(self):
        return f"{self.workshop}"


class AgendaVersion(models.Model):
    """What was published: a frozen copy of the whole agenda. Rows are written once; a trigger refuses any change."""

    workshop = models.ForeignKey(
        WORKSHOP, on_delete=models.PROTECT, related_name="agenda_versions", verbose_name=_("workshop")
    )
    number = models.PositiveIntegerField(_("number"))
    tentative = models.BooleanField(_("tentative"), default=True)
    note_es = models.CharField(_("note (Spanish)"), max_length=300, blank=True)
    note_en = models.CharField(_("note (English)"), max_length=300, blank=True)
    content = models.JSONField(_("content"))
    sha256 = models.CharField(_("SHA-256 of the content"), max_length=64)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("agenda version")
        verbose_name_plural = _("agenda versions")
        ordering = ["workshop", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "number"], name="agenda_version_number_once")
        ]

    def __str__(self):
        return f"{self.number}"


class PrintedProgramme(models.Model):
    """agenda.pdf as a worker has made it, so that no web process needs the means to make one. Only of what is shown now."""

    version = models.ForeignKey(AgendaVersion, on_delete=models.CASCADE, related_name="+")
    languages = models.CharField(max_length=5)  # "es", "en", or both, the leading one first: "es-en"
    stamp = models.UUIDField()  # the programme's when it was made: another one means that it is out of date
    storage_key = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "languages"], name="agenda_printed_once_per_version_and_languages"
            )
        ]

    def __str__(self):
        return f"{self.version_id} {self.languages}"


class AgendaNotice(models.Model):
    """The mails that tell confirmed delegates what a version changed: written once per version, as drafts."""

    version = models.OneToOneField(
        AgendaVersion, on_delete=models.PROTECT, related_name="notice", verbose_name=_("agenda version")
    )
    mails = models.ManyToManyField("portal.OutgoingMail", related_name="+", verbose_name=_("mails"))
    prepared_at = models.DateTimeField(_("prepared"))
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("prepared by"),
    )

    class Meta:
        verbose_name = _("notice of changes")
        verbose_name_plural = _("notices of changes")

    def __str__(self):
        return f"{self.version}"
