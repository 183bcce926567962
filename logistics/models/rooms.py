"""Rooms as staff decided them, and the host's lists that went out."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registration.models import Delegate, Workshop

from ..enums import HostListKind, ListFormat
from .tickets import Recorded


class RoomStay(models.Model):
    """The nights that staff decided for one delegate, instead of those of the benefit and the delegate's own wish.

    No nights: no room. Who has no row has the funded nights, or what they asked for.
    """

    delegate = models.OneToOneField(
        Delegate, verbose_name=_("delegate"), on_delete=models.CASCADE, related_name="room_stay"
    )
    nights = models.JSONField(_("nights"), default=list, blank=True)  # ISO dates on which they begin
    # Said by one of the two, and true of both; one person shares with at most one other.
    shares_with = models.OneToOneField(
        Delegate,
        verbose_name=_("shares the room with"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="shared_room",
    )
    reason = models.CharField(_("reason"), max_length=300)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)

    class Meta:
        verbose_name = _("room decided by staff")
        verbose_name_plural = _("rooms decided by staff")
        default_permissions = ()
        permissions = [("decide_room", _("Can decide the nights of a room"))]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="room_stay_has_reason",
                violation_error_message=_("Please give a reason."),
            )
        ]

    def __str__(self):
        return str(self.delegate_id)


class HostWorkshop(Workshop):
    """A workshop as the host's staff see it: its lists, and nothing of a passport."""

    class Meta:
        proxy = True
        verbose_name = _("workshop with its lists for the host")
        verbose_name_plural = _("lists for the host")
        default_permissions = ("view",)
        permissions = [("export_host_lists", _("Can download the lists for the host"))]


class HostExport(Recorded):
    """One of the host's lists as it went out. `cells_key` holds its lines, for what the next one says has changed."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="host_exports"
    )
    which = models.CharField(_("list"), max_length=16, choices=HostListKind.choices)
    number = models.PositiveIntegerField(_("number"))  # counted for each list of a workshop
    kind = models.CharField(_("file"), max_length=4, choices=ListFormat.choices)
    language = models.CharField(_("language"), max_length=2)
    rows = models.PositiveIntegerField(_("lines"), default=0)
    cells_key = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("list for the host that went out")
        verbose_name_plural = _("lists for the host that went out")
        default_permissions = ("view",)
        ordering = ["-workshop", "-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "which", "number"], name="host_export_number_once")
        ]

    def __str__(self):
        return f"{self.workshop.slug} {self.which} {self.number}"
