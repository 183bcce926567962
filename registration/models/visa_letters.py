"""Letters for the consulate that gives a visa. What they say is in the file alone, which goes with the passport."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..enums import Language
from .delegates import Delegate
from .letters import new_verification_code


class VisaLetterQuerySet(models.QuerySet["VisaLetter"]):
    """Letters by whether they count, and whether they are made."""

    def current(self) -> "VisaLetterQuerySet":
        """Those that hold: one per delegate at most."""
        return self.filter(voided_at__isnull=True)

    def unfinished(self) -> "VisaLetterQuerySet":
        """Current ones that were issued and have no PDF yet."""
        return self.current().filter(rendered_at__isnull=True)


class VisaLetter(models.Model):
    """One letter that staff issued. Only a letter that holds keeps its file; code, fingerprint and dates stay, so that
    whoever has it in hand can ask about it."""

    delegate = models.ForeignKey(
        Delegate, verbose_name=_("delegate"), on_delete=models.CASCADE, related_name="visa_letters"
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    reference = models.CharField(_("reference"), max_length=100)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    code = models.CharField(
        _("verification code"), max_length=32, unique=True, default=new_verification_code, editable=False
    )
    # Keyed digest of what it says of person and journey, to see whether that still holds; "" once destroyed.
    said = models.CharField(max_length=64, blank=True, editable=False)
    key = models.CharField(
        max_length=200, blank=True, editable=False
    )  # in the private storage, while it holds
    sha256 = models.CharField(_("SHA-256 of the letter"), max_length=64, blank=True, editable=False)
    problem = models.TextField(_("why it could not be made"), blank=True, editable=False)
    created_at = models.DateTimeField(_("issued"), default=timezone.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("issued by"),
    )
    rendered_at = models.DateTimeField(_("rendered"), null=True, blank=True, editable=False)
    voided_at = models.DateTimeField(_("void since"), null=True, blank=True, editable=False)

    objects = VisaLetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter for the consulate")
        verbose_name_plural = _("letters for the consulate")
        ordering = ["delegate", "version"]
        constraints = [
            models.UniqueConstraint(fields=["delegate", "version"], name="visa_letter_version_once"),
            models.UniqueConstraint(
                fields=["delegate"],
                condition=Q(voided_at__isnull=True),
                name="visa_letter_one_current_per_delegate",
            ),
            models.CheckConstraint(
                condition=Q(rendered_at__isnull=True) | ~Q(sha256=""), name="visa_letter_rendered_has_hash"
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | Q(key=""), name="visa_letter_void_has_no_file"
            ),
        ]

    def __str__(self):
        return self.reference

    @property
    def is_current(self) -> bool:
        return self.voided_at is None
