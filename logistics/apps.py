from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LogisticsConfig(AppConfig):
    name = "logistics"
    verbose_name = _("Logistics")

    def ready(self):
        from rcm_portal import guards
        from registration.presets.sections import register_section
        from registration.workshop_checks import register_check

        from . import receivers
        from .models import entitlements

        receivers.connect()
        guards.register(*entitlements.GUARDS)
        register_section("logistics", "logistics.preset.LogisticsSection")
        register_check("logistics", "logistics.own_checks.check")
