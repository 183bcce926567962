from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LogisticsConfig(AppConfig):
    name = "logistics"
    verbose_name = _("Logistics")

    def ready(self):
        from rcm_portal import guards, mail_kinds, private_files
        from registration.presets.sections import register_section
        from registration.rules.findings import register_check

        from . import mail_names, receivers, staff_home  # noqa: F401 - desk connects itself
        from .models import entitlements

        mail_kinds.register(mail_names.NAMES)
        receivers.connect()
        guards.register(*entitlements.GUARDS)
        private_files.register(
            private_files.Owner("logistics.TicketExport", "key", prefix="ticket-lists"),
            private_files.Owner("logistics.TicketExport", "cells_key", prefix="ticket-lists"),
            private_files.Owner("logistics.TicketImport", "key", prefix="ticket-imports"),
            private_files.Owner("logistics.HostExport", "key", prefix="host-lists"),
            private_files.Owner("logistics.HostExport", "cells_key", prefix="host-lists"),
            private_files.Owner("logistics.TicketNotice", "calendar_key", prefix="itineraries"),
        )
        register_section("logistics", "logistics.services.preset.LogisticsSection")
        register_check("logistics", "logistics.queries.workshop_checks.check")
