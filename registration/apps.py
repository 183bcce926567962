from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = _("Registration")

    def ready(self):
        from rcm_portal import guards, mail_kinds, private_files

        from . import mail_names, receivers, staff_home  # noqa: F401 - they connect what registration does and tells
        from .models import delegates, letters
        from .presets.sections import register_section
        from .rules.findings import register_check

        mail_kinds.register(mail_names.NAMES)
        guards.register(*delegates.GUARDS, *letters.GUARDS)
        private_files.register(
            private_files.Owner("registration.PassportCopy", "key", prefix="passports"),
            private_files.Owner("registration.PendingUpload", "key", prefix="passports"),
            private_files.Owner("registration.InvitationLetter", "key", prefix="letters"),
            private_files.Owner("registration.SealedLetter", "key", prefix="sealed"),
            private_files.Owner("registration.Acceptance", "signature_key", prefix="signatures"),
            private_files.Owner("registration.SignatoryImage", "key", prefix="signatures"),
            private_files.Owner("registration.SignedScan", "key", prefix="scans"),
        )
        register_section("source", "registration.presets.workshop.SourceSection")
        register_section("parties", "registration.presets.workshop.PartySection")
        register_section("workshop", "registration.presets.workshop.WorkshopSection")
        register_section("delegations", "registration.presets.workshop.DelegationSection")
        register_section("letters", "registration.presets.letters.LetterSection")
        register_section("reminders", "registration.presets.reminders.ReminderSection")
        register_check("registration", "registration.queries.workshop_checks.check")
        register_check("letters", "registration.letter_checks.check")
