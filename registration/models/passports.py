"""Passport particulars and copies: the most sensitive data of the portal, apart from the delegate's row so that they
can be destroyed while the record of the registration stays."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rcm_portal.files.crypto import EncryptedTextField, Unreadable, blind_index

from ..enums import EntryBasis, Language, PassportKind
from .delegates import Delegate
from .delegations import Delegation
from .workshops import Workshop


class Passport(models.Model):
    """What the passport says. Numbers are encrypted; `number_index` only lets two equal numbers be found."""

    delegate = models.OneToOneField(Delegate, on_delete=models.CASCADE, related_name="passport")
    kind = models.CharField(
        _("type of passport"), max_length=12, choices=PassportKind.choices, default=PassportKind.ORDINARY
    )
    number = EncryptedTextField(_("passport number"), blank=True)
    number_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    issuing_country = models.CharField(_("issuing country"), max_length=3, blank=True)
    expires_on = models.DateField(_("passport expiry"), null=True, blank=True)
    mrz = EncryptedTextField(_("machine-readable zone"), blank=True)
    airline_name = models.CharField(_("name on the ticket"), max_length=120, blank=True)
    airline_name_confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)
    entry_basis = models.CharField(
        _("basis for entering the host country"), max_length=40, choices=EntryBasis.choices, blank=True
    )
    # ISO 3166 alpha-3 codes (and SCHENGEN): they may stand in for the host's visa, and let a route pass through.
    visas_held = models.JSONField(_("valid visas and permanent residences"), default=list, blank=True)
    verified_at = models.DateTimeField(_("seen and agrees"), null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("passport")
        verbose_name_plural = _("passports")
        permissions = [("verify_passport", _("Can record that a passport copy was seen and agrees"))]

    def __str__(self):
        return self.delegate.code

    def save(self, *args, **kwargs):
        self.number_index = self.keyed_values().get("number_index", self.number_index)
        if kwargs.get("update_fields") is not None and "number" in kwargs["update_fields"]:
            kwargs["update_fields"] = {*kwargs["update_fields"], "number_index"}
        super().save(*args, **kwargs)

    def comparable(self, copy: object) -> bool:
        """Whether a copy, or that there is one, can be compared with what was typed; PASSPORT_TO_COMPARE asks the same."""
        return bool(copy and self.number_index and self.expires_on)

    def keyed_values(self) -> dict[str, object]:
        """Columns made with the current key beside the encrypted ones; written anew when keys are rotated."""
        if isinstance(self.number, Unreadable):
            return {}
        return {"number_index": blind_index(self.number, purpose="passport number")}


class PassportCopy(models.Model):
    """One stored copy; the newest is the current one, older ones are destroyed when it is replaced."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    delegate = models.OneToOneField(Delegate, on_delete=models.CASCADE, related_name="passport_copy")
    key = models.CharField(max_length=200, unique=True)  # in the private storage; generated
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(_("size in bytes"))
    pages = models.PositiveSmallIntegerField(_("pages"), default=1)
    sha256 = models.CharField(max_length=64)
    uploads = models.PositiveSmallIntegerField(
        _("uploads so far"), default=1
    )  # against the quota per delegate
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    # What the portal read in the picture (rules/typed/zone_reading), for people to compare with; "" where it could not,
    # None as long as it has not looked.
    zone_read = EncryptedTextField(blank=True, null=True)

    class Meta:
        verbose_name = _("passport copy")
        verbose_name_plural = _("passport copies")

    def __str__(self):
        return self.delegate.code


class PendingUpload(models.Model):
    """A checked, encrypted file of a form that is not sent yet: kept across an error so that nobody uploads twice."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="+")
    form_key = models.UUIDField()  # made by the server for one door and one owner (views.uploads)
    key = models.CharField(max_length=200, unique=True)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64)
    zone_read = EncryptedTextField(blank=True, null=True)  # as PassportCopy's
    strip = b""  # the zone cut out of the picture, of a file that was read just now; kept nowhere
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("pending upload")
        verbose_name_plural = _("pending uploads")
        constraints = [
            models.UniqueConstraint(fields=["workshop", "form_key"], name="pending_upload_one_per_form"),
        ]

    def __str__(self):
        return str(self.public_id)


class RegistrationDraft(models.Model):
    """A half-finished form, kept encrypted for a few days under the link that its writer received by mail."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    workshop = models.ForeignKey(Workshop, on_delete=models.CASCADE, related_name="+")
    form_key = models.UUIDField(unique=True)  # as PendingUpload.form_key: a kept upload is found by it
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    data = EncryptedTextField(_("what was filled in"))  # JSON: field name to list of texts
    saved_at = models.DateTimeField(_("saved"), default=timezone.now, db_index=True)
    # The link through which the form was opened: a delegation's own (with its number then), or a nominated person's.
    delegation = models.ForeignKey(
        Delegation, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    link_version = models.PositiveIntegerField(null=True, blank=True)
    nomination = models.ForeignKey(
        "registration.Nomination", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("half-finished form")
        verbose_name_plural = _("half-finished forms")

    def __str__(self):
        return str(self.public_id)

    @property
    def kept_until(self) -> datetime:
        """The instant from which the form is no longer kept."""
        return self.saved_at + timedelta(days=self.workshop.draft_days)


class DestructionReport(models.Model):
    """What one run of the purge destroyed, and whether anything was left. Holds numbers and codes, nothing personal."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    destroyed = models.JSONField(_("destroyed"), default=dict)  # what (a key of retention.KINDS) to how many
    people = models.JSONField(_("whose"), default=list)  # registration codes
    left = models.JSONField(_("left over"), default=list)  # "BLZ 4F7K: registration.statuschange.reason"
    lost = models.JSONField(
        _("files that are gone"), default=list
    )  # "registration.PassportCopy 12": a row without its file

    class Meta:
        verbose_name = _("report of destroyed data")
        verbose_name_plural = _("reports of destroyed data")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} UTC"
