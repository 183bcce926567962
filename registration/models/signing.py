"""Signatures as pictures and papers: the signatory's image, and the scans of letters that were signed by hand."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..enums import Language, ScanState
from .letters import InvitationLetter
from .workshops import Workshop


class SignatoryImage(models.Model):
    """The picture of a signature that a workshop's letters carry. Rows are only added: a letter goes on showing the one
    that it was issued with."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="signatory_images"
    )
    key = models.CharField(max_length=200, unique=True, editable=False)  # in the private storage; a PNG
    sha256 = models.CharField(max_length=64, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    retired_at = models.DateTimeField(_("in use until"), null=True, editable=False)

    class Meta:
        verbose_name = _("signatory's signature")
        verbose_name_plural = _("signatories' signatures")
        ordering = ["workshop", "-uploaded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop"],
                condition=Q(retired_at__isnull=True),
                name="signatory_image_one_in_use",
            )
        ]

    def __str__(self):
        return f"{self.workshop}, {self.uploaded_at:%Y-%m-%d %H:%M} UTC"


class ScanQuerySet(models.QuerySet["SignedScan"]):
    def waiting(self):
        """Those that somebody has to look at: not decided, and of a letter that is current and not accepted."""
        return self.filter(
            state=ScanState.WAITING, letter__voided_at__isnull=True, letter__acceptance__isnull=True
        )


class SignedScan(models.Model):
    """A letter that was printed, signed by hand and sent back as a file; staff confirm or refuse it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    letter = models.ForeignKey(
        InvitationLetter, on_delete=models.CASCADE, related_name="scans", verbose_name=_("letter")
    )
    key = models.CharField(max_length=200, unique=True, editable=False)  # in the private storage
    media_type = models.CharField(max_length=40, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), editable=False)
    pages = models.PositiveSmallIntegerField(_("pages"), default=1, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    at = models.DateTimeField(_("received"))
    address = models.GenericIPAddressField(_("from address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=400, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    # Who brought it in where that was staff: it came by e-mail or on paper, as `reason` then says.
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("entered by"),
    )
    state = models.CharField(_("state"), max_length=12, choices=ScanState.choices, default=ScanState.WAITING)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = ScanQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter signed by hand")
        verbose_name_plural = _("letters signed by hand")
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["letter"], condition=Q(state=ScanState.WAITING), name="scan_one_waiting_per_letter"
            ),
        ]

    def __str__(self):
        return str(self.letter)

    @property
    def waits(self) -> bool:
        """Whether somebody has to look at it: `ScanQuerySet.waiting` of one scan."""
        letter = self.letter
        return self.state == ScanState.WAITING and letter.is_current and not letter.is_accepted
