"""What came of a delegation's own link, and the people whom its focal point nominated."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..enums import Language, LinkUse, NominationState
from .delegates import Delegate
from .delegations import Delegation


class DelegationLinkUse(models.Model):
    """One thing that was done with a delegation's link: sent, revoked, opened, used. Rows are only added."""

    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="link_uses"
    )
    what = models.CharField(_("what"), max_length=16, choices=LinkUse.choices)
    at = models.DateTimeField(_("when"), default=timezone.now)
    link_version = models.PositiveIntegerField(_("link number"))  # Delegation.link_version then
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("staff member"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    delegate = models.ForeignKey(
        Delegate,
        verbose_name=_("delegate"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("use of a delegation's link")
        verbose_name_plural = _("uses of the delegation's link")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["delegation", "what", "at"], name="link_use_by_delegation")]

    def __str__(self):
        return self.get_what_display()


class Nomination(models.Model):
    """One person whom a focal point asked, by e-mail, to register for a delegation; the link serves once."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="nominations"
    )
    replaces = models.ForeignKey(
        Delegate,
        verbose_name=_("in place of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    at = models.DateTimeField(_("nominated"), default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"))  # exclusive
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    delegate = models.ForeignKey(
        Delegate,
        verbose_name=_("registration"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="nominations",
    )

    class Meta:
        verbose_name = _("nomination")
        verbose_name_plural = _("nominations")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return self.name

    @property
    def leaving(self) -> Delegate | None:
        """Whose place the person takes; nobody's where that official has left it already."""
        official = self.replaces
        return official if official and official.can_be_replaced(self.delegation_id) else None

    def state(self, now: datetime) -> NominationState:
        """Whether the link still serves at the aware instant `now`, and if not, why."""
        if self.used_at:
            return NominationState.USED
        if self.withdrawn_at:
            return NominationState.WITHDRAWN
        # A deadline that was extended since holds for who was nominated before.
        until = max(self.expires_at, self.delegation.workshop.deadline)
        return NominationState.EXPIRED if now >= until else NominationState.OPEN
