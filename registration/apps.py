from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = _("Registration")

    def ready(self):
        from rcm_portal import guards
        from rcm_portal.files import owners
        from rcm_portal.mail import kinds

        from . import mail_names, receivers, staff_home  # noqa: F401 - they connect what registration does and tells
        from .models import delegates, letters
        from .presets.sections import register_section
        from .rules.findings import register_check

        kinds.register(mail_names.NAMES)
        guards.register(*delegates.GUARDS, *letters.GUARDS)
        owners.register(
            owners.Owner("registration.PassportCopy", "key", prefix="passports"),
            owners.Owner("registration.PendingUpload", "key", prefix="passports"),
            owners.Owner("registration.InvitationLetter", "key", prefix="letters"),
            owners.Owner("registration.SealedLetter", "key", prefix="sealed"),
            owners.Owner("registration.Acceptance", "signature_key", prefix="signatures"),
            owners.Owner("registration.SignatoryImage", "key", prefix="signatures"),
            owners.Owner("registration.SignedScan", "key", prefix="scans"),
        )
        register_section("source", "registration.presets.workshop.SourceSection")
        register_section("parties", "registration.presets.workshop.PartySection")
        register_section("workshop", "registration.presets.workshop.WorkshopSection")
        register_section("delegations", "registration.presets.workshop.DelegationSection")
        register_section("letters", "registration.presets.letters.LetterSection")
        register_section("reminders", "registration.presets.reminders.ReminderSection")
        register_check("registration", "registration.queries.workshop_checks.check")
        register_check("letters", "registration.letter_checks.check")
