"""Invitation letters and what delegates accepted."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rcm_portal.guards import Guard

from ..enums import APPROVED, AcceptedHow, Language, ScanState
from ..rules.letter_placeholders import problem_in_words
from .delegates import Delegate
from .workshops import Workshop


def new_verification_code() -> str:
    """130 random bits in 26 letters and digits that nobody misreads."""
    return "".join(secrets.choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _position in range(26))


class InvitationLetterQuerySet(models.QuerySet["InvitationLetter"]):
    """Letters by whether they count, and whether they are made."""

    def current(self) -> "InvitationLetterQuerySet":
        """Those that were not declared void: one per delegate at most."""
        return self.filter(voided_at__isnull=True)

    def readable(self) -> "InvitationLetterQuerySet":
        """Current ones of which the PDF is there."""
        return self.current().filter(rendered_at__isnull=False)

    def unfinished(self) -> "InvitationLetterQuerySet":
        """Current ones that have a number and no PDF yet."""
        return self.current().filter(rendered_at__isnull=True)

    def awaiting(self) -> "InvitationLetterQuerySet":
        """Readable ones of approved delegates who have not accepted them."""
        return self.readable().filter(acceptance__isnull=True, delegate__status__in=APPROVED)

    # As `rules.todo.letter_of` tells them of one delegate; what was signed by hand is with staff.

    def declined(self) -> "InvitationLetterQuerySet":
        """Those that wait because their delegate cannot accept them."""
        return self.awaiting().exclude(scans__state=ScanState.WAITING).filter(pk__in=_declined())

    def late(self, now: datetime) -> "InvitationLetterQuerySet":
        """Those that were not answered by their day."""
        waiting = self.awaiting().exclude(scans__state=ScanState.WAITING).exclude(pk__in=_declined())
        return waiting.with_until().filter(until__lte=now)

    def not_made(self) -> "InvitationLetterQuerySet":
        """Current ones that could not be made: `problem` says why."""
        return self.unfinished().exclude(problem="")

    def with_until(self) -> "InvitationLetterQuerySet":
        """Each with `until`, as `queries.progress.accept_until` finds it."""
        return self.annotate(
            until=Greatest("accept_by", Coalesce("delegate__accept_by_override", "accept_by"))
        )


def _declined() -> models.QuerySet:
    return LetterRefusal.objects.standing().values("letter")


class InvitationLetter(models.Model):
    """One version of one numbered letter. The row with its number comes first; the PDF is rendered and stored after it."""

    delegate = models.ForeignKey(
        Delegate, verbose_name=_("delegate"), on_delete=models.CASCADE, related_name="letters"
    )
    workshop = models.ForeignKey(Workshop, on_delete=models.PROTECT, related_name="letters")
    number = models.PositiveIntegerField(_("number"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    # How many later versions may have left that a restored backup does not know: their numbers are passed over.
    versions_unknown = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    reference = models.CharField(_("reference"), max_length=80)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    code = models.CharField(
        _("verification code"), max_length=32, unique=True, default=new_verification_code, editable=False
    )
    content = models.JSONField(default=dict, editable=False)  # what the letter says: benefits, names, dates
    key = models.CharField(
        max_length=200, blank=True, editable=False
    )  # in the private storage, once rendered
    sha256 = models.CharField(_("SHA-256 of the letter"), max_length=64, blank=True, editable=False)
    problem = models.TextField(_("why it could not be made"), blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("issued by"),
    )
    rendered_at = models.DateTimeField(_("rendered"), null=True, blank=True, editable=False)
    accept_by = models.DateTimeField(_("to be accepted before"))
    # Since when it no longer says what holds; after a while a new version is made (services.renewing).
    outdated_since = models.DateTimeField(_("outdated since"), null=True, blank=True, editable=False)
    voided_at = models.DateTimeField(_("void since"), null=True, blank=True, editable=False)
    void_reason = models.TextField(_("why it is void"), blank=True, editable=False)

    objects = InvitationLetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation letter")
        verbose_name_plural = _("invitation letters")
        ordering = ["workshop", "number", "version"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "number", "version"], name="letter_number_once"),
            models.UniqueConstraint(
                fields=["delegate"],
                condition=Q(voided_at__isnull=True),
                name="letter_one_current_per_delegate",
            ),
            models.CheckConstraint(
                condition=Q(rendered_at__isnull=True) | ~Q(sha256=""),
                name="letter_rendered_has_hash",
            ),
        ]
        indexes = [
            # The few that wait for a new version, among all that were ever made.
            models.Index(
                fields=["outdated_since"],
                condition=Q(outdated_since__isnull=False, voided_at__isnull=True),
                name="letter_outdated",
            )
        ]

    def __str__(self):
        return f"{self.reference} ({self.version})"

    @property
    def is_current(self) -> bool:
        return self.voided_at is None

    @property
    def is_accepted(self) -> bool:
        return hasattr(self, "acceptance")

    @property
    def awaits(self) -> bool:
        """Whether its delegate may be asked to accept it: `InvitationLetterQuerySet.awaiting` of one letter."""
        made = self.is_current and self.rendered_at is not None
        return made and not self.is_accepted and self.delegate.is_approved

    @property
    def problem_words(self) -> str:
        """Why it could not be made, as staff read it; "" where nothing hinders it."""
        return problem_in_words(self.problem)


class LetterDoubt(models.Model):
    """Something that letters say may be another now: of one delegate, or of everybody at one workshop.

    Written in the transaction of the change; gone once the letters were looked at (services.letters.renewing). Numbers and
    no foreign keys: the row is also written while the workshop or the delegate is being deleted.
    """

    workshop_id = models.BigIntegerField(null=True, editable=False)
    delegate_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("letter to look at again")
        verbose_name_plural = _("letters to look at again")

    def __str__(self):
        return f"delegate {self.delegate_id}" if self.delegate_id else f"workshop {self.workshop_id}"


class AcceptanceQuerySet(models.QuerySet["Acceptance"]):
    def current(self) -> "AcceptanceQuerySet":
        """Acceptances of a letter that was not declared void since."""
        return self.filter(letter__voided_at__isnull=True)


class Acceptance(models.Model):
    """The delegate's signature on exactly one version of a letter, named by its hash."""

    letter = models.OneToOneField(InvitationLetter, on_delete=models.CASCADE, related_name="acceptance")
    letter_version = models.PositiveSmallIntegerField(_("letter version"))
    letter_sha256 = models.CharField(_("SHA-256 of the letter"), max_length=64)
    statement = models.TextField(_("statement"))
    typed_name = models.CharField(_("name as typed"), max_length=250)
    at = models.DateTimeField(_("accepted"))
    address = models.GenericIPAddressField(_("from address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=400, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    method = models.CharField(
        _("how"),
        max_length=12,
        choices=AcceptedHow.choices,
        default=AcceptedHow.TYPED,
    )
    signature_key = models.CharField(
        max_length=200, blank=True, editable=False
    )  # of the drawn signature, a PNG in the private storage
    signature_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    media_type = "image/png"  # of the drawn signature

    seal_problem = models.CharField(
        _("why it could not be sealed"), max_length=300, blank=True, editable=False
    )

    objects = AcceptanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        ordering = ["at"]

    def __str__(self):
        return str(self.letter)


class SealedLetter(models.Model):
    """An accepted letter with the record of its acceptance behind it, sealed by the organisation. Rows are only added."""

    acceptance = models.OneToOneField(Acceptance, on_delete=models.CASCADE, related_name="sealed")
    key = models.CharField(max_length=200, editable=False)  # in the private storage
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    sealed_at = models.DateTimeField(_("sealed"))

    class Meta:
        verbose_name = _("sealed letter")
        verbose_name_plural = _("sealed letters")
        ordering = ["sealed_at"]

    def __str__(self):
        return str(self.acceptance)


class LetterRefusalQuerySet(models.QuerySet["LetterRefusal"]):
    def standing(self) -> "LetterRefusalQuerySet":
        """Refusals of a letter that was neither declared void nor accepted since."""
        return self.filter(letter__voided_at__isnull=True, letter__acceptance__isnull=True)


class LetterRefusal(models.Model):
    """A delegate cannot accept a letter and says why; the Secretariat writes to them. Rows are only added."""

    letter = models.ForeignKey(InvitationLetter, on_delete=models.CASCADE, related_name="refusals")
    reason = models.TextField(_("reason"))
    at = models.DateTimeField(_("when"))
    address = models.GenericIPAddressField(_("from address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=400, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)

    objects = LetterRefusalQuerySet.as_manager()

    class Meta:
        verbose_name = _("declined letter")
        verbose_name_plural = _("declined letters")
        ordering = ["at"]

    def __str__(self):
        return str(self.letter)


class AcceptanceExtension(models.Model):
    """Staff let one delegate accept the letter later, with a reason. The last row counts. Rows are only added."""

    delegate = models.ForeignKey(Delegate, on_delete=models.CASCADE, related_name="acceptance_extensions")
    until = models.DateTimeField(_("until"))
    reason = models.TextField(_("reason"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("extension of acceptance")
        verbose_name_plural = _("extensions of acceptance")
        ordering = ["at"]

    def __str__(self):
        return f"{self.delegate}: {self.until:%Y-%m-%d}"


GUARDS = (
    Guard(
        name="acceptance_names_its_letter",
        table="registration_acceptance",
        events=("INSERT", "UPDATE"),
        condition="NOT EXISTS (SELECT 1 FROM registration_invitationletter WHERE id = NEW.letter_id "
        "AND version = NEW.letter_version AND sha256 = NEW.letter_sha256 AND sha256 <> '')",
    ),
)
