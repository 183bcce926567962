from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# The mails about tickets, as staff read them in the list of mails.
KINDS = {
    "ticket-issued": _("ticket issued"),
    "ticket-changed": _("ticket changed"),
    "ticket-cancelled": _("ticket cancelled"),
    "ticket-refund": _("ticket to refund, to the buyers"),
    "ticket-passenger-changed": _("passport changed after the booking, to the buyers"),
}


class LogisticsConfig(AppConfig):
    name = "logistics"
    verbose_name = _("Logistics")

    def ready(self):
        from rcm_portal import guards
        from rcm_portal.files import owners
        from rcm_portal.mail import kinds
        from registration.presets.sections import SECTIONS
        from registration.rules.findings import CHECKS

        from . import receivers, staff_case, staff_home  # noqa: F401 - they register themselves
        from .models import entitlements

        for kind, name in KINDS.items():
            kinds.NAMES.register(kind, name)
        receivers.connect()
        for guard in entitlements.GUARDS:
            guards.GUARDS.register(guard.name, guard)
        owners.register(
            owners.Owner("logistics.TicketExport", "key", prefix="ticket-lists"),
            owners.Owner("logistics.TicketExport", "cells_key", prefix="ticket-lists"),
            owners.Owner("logistics.TicketImport", "key", prefix="ticket-imports"),
            owners.Owner("logistics.HostExport", "key", prefix="host-lists"),
            owners.Owner("logistics.HostExport", "cells_key", prefix="host-lists"),
            owners.Owner("logistics.TicketNotice", "calendar_key", prefix="itineraries"),
        )
        SECTIONS.register("logistics", "logistics.services.preset.LogisticsSection")
        CHECKS.register("logistics", "logistics.queries.workshop_checks.check")
