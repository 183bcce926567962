from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = _("Registration")

    def ready(self):
        from rcm_portal import guards

        from .models import delegates, letters

        guards.register(*delegates.GUARDS, *letters.GUARDS)
