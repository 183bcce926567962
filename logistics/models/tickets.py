"""IOM's tickets: the purchase itself, its flights, what the traveller was told, and the files that went out and came in."""

import uuid
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registration.models import Workshop

from ..enums import BOUGHT, ExportKind, NoticeKind, TicketStatus
from .entitlements import Entitlement


class Ticket(models.Model):
    """IOM's purchase for one delegate. It cannot be without a granted flight; bought, it keeps that grant."""

    entitlement = models.OneToOneField(
        Entitlement, verbose_name=_("entitlement"), on_delete=models.PROTECT, related_name="ticket"
    )
    status = models.CharField(
        _("status"), max_length=12, choices=TicketStatus.choices, default=TicketStatus.WANTED
    )
    locator = models.CharField(_("record locator"), max_length=6, blank=True)
    number = models.CharField(_("ticket number"), max_length=13, blank=True)  # text: leading zeros count
    carrier = models.CharField(_("airline"), max_length=2, blank=True)  # IATA designator
    price = models.DecimalField(_("price"), max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)  # ISO 4217
    # Since when the traveller's name or passport is no longer what the agency was given.
    passenger_changed_at = models.DateTimeField(
        _("no longer agrees with the passport since"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["entitlement"]
        permissions = [
            ("export_tickets", _("Can download the ticket-purchase list")),
            ("import_tickets", _("Can take in the tickets that were bought")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=~Q(number=""),
                name="ticket_number_once",
                violation_error_message=_("This ticket number is recorded for another person."),
            ),
            models.CheckConstraint(condition=Q(status__in=TicketStatus.values), name="ticket_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=BOUGHT) | ~Q(number=""),
                name="ticket_issued_has_number",
                violation_error_message=_("An issued ticket has its number."),
            ),
        ]

    def __str__(self):
        return self.number or self.get_status_display()

    @property
    def bought(self) -> bool:
        return self.status in BOUGHT


class TicketSegment(models.Model):
    """One flight of a ticket. Instants are aware; the zones say in which local time people read them."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="segments")
    position = models.PositiveSmallIntegerField(_("order"))
    flight = models.CharField(_("flight"), max_length=8)  # AV645
    origin = models.CharField(_("from"), max_length=3)  # IATA
    destination = models.CharField(_("to"), max_length=3)
    departs_at = models.DateTimeField(_("departs"))
    departs_zone = models.CharField(max_length=64)  # IANA
    arrives_at = models.DateTimeField(_("arrives"))
    arrives_zone = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("flight of a ticket")
        verbose_name_plural = _("flights of tickets")
        ordering = ["ticket", "position"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "position"], name="segment_one_per_position"),
            models.CheckConstraint(
                condition=Q(arrives_at__gt=F("departs_at")),
                name="segment_arrives_after_it_departs",
                violation_error_message=_("A flight arrives after it departs."),
            ),
        ]

    def __str__(self):
        return f"{self.flight} {self.origin} {self.destination}"

    @property
    def departs_local(self):
        """The departure by the clocks of its airport."""
        return self.departs_at.astimezone(ZoneInfo(self.departs_zone))

    @property
    def arrives_local(self):
        """The arrival by the clocks of its airport."""
        return self.arrives_at.astimezone(ZoneInfo(self.arrives_zone))


class TicketNotice(models.Model):
    """What a traveller was told about their ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="notices")
    at = models.DateTimeField(_("when"), default=timezone.now)
    kind = models.CharField(_("what"), max_length=12, choices=NoticeKind.choices)
    # In the private storage: the file of a notice from before each flight was a file of its own mail.
    calendar_key = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("notice about a ticket")
        verbose_name_plural = _("notices about tickets")
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"


class Recorded(models.Model):
    """A file with passport data that somebody made or brought: numbered, encrypted, destroyed with the passports."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(max_length=200, blank=True)  # in the private storage; "" once destroyed
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    size = models.PositiveIntegerField(_("size in bytes"))
    codes = models.JSONField(default=list)  # registration codes of everybody named in it
    destroyed_at = models.DateTimeField(_("destroyed"), null=True, editable=False)

    class Meta:
        abstract = True


class TicketExport(Recorded):
    """One ticket-purchase list as it went out. `cells_key` holds its rows, for what the next one says has changed."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="ticket_exports"
    )
    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("file"), max_length=12, choices=ExportKind.choices)
    language = models.CharField(_("language"), max_length=2)
    rows = models.PositiveIntegerField(_("people"), default=0)
    cells_key = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("ticket list that went out")
        verbose_name_plural = _("ticket lists that went out")
        ordering = ["-workshop", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "number"], name="ticket_export_number_once")
        ]

    def __str__(self):
        return f"{self.workshop.slug} {self.number}"


class TicketImport(Recorded):
    """A sheet that came back, between its dry run and its being taken in."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="ticket_imports"
    )
    applied_at = models.DateTimeField(_("taken in"), null=True, editable=False)
    changed = models.PositiveIntegerField(_("tickets changed"), default=0)

    class Meta:
        verbose_name = _("ticket list that came back")
        verbose_name_plural = _("ticket lists that came back")
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.workshop.slug} {self.at:%Y-%m-%d %H:%M} UTC"
