from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LogisticsConfig(AppConfig):
    name = "logistics"
    verbose_name = _("Logistics")

    def ready(self):
        from rcm_portal import guards
        from rcm_portal.files import owners
        from rcm_portal.mail import kinds
        from registration.presets.sections import register_section
        from registration.rules.findings import register_check

        from . import mail_names, receivers, staff_home  # noqa: F401 - desk connects itself
        from .models import entitlements

        kinds.register(mail_names.NAMES)
        receivers.connect()
        guards.register(*entitlements.GUARDS)
        owners.register(
            owners.Owner("logistics.TicketExport", "key", prefix="ticket-lists"),
            owners.Owner("logistics.TicketExport", "cells_key", prefix="ticket-lists"),
            owners.Owner("logistics.TicketImport", "key", prefix="ticket-imports"),
            owners.Owner("logistics.HostExport", "key", prefix="host-lists"),
            owners.Owner("logistics.HostExport", "cells_key", prefix="host-lists"),
            owners.Owner("logistics.TicketNotice", "calendar_key", prefix="itineraries"),
        )
        register_section("logistics", "logistics.services.preset.LogisticsSection")
        register_check("logistics", "logistics.queries.workshop_checks.check")
