from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistrationConfig(AppConfig):
    name = "registration"
    verbose_name = _("Registration")

    def ready(self):
        from rcm_portal import guards
        from rcm_portal.backup.contributed import COUNTERS
        from rcm_portal.files import owners
        from rcm_portal.mail import kinds

        from . import receivers, staff_home, tasks  # noqa: F401 - they register themselves
        from .documents.mails import KINDS
        from .models import delegates, letters
        from .presets.sections import SECTIONS
        from .queries import health
        from .rules.findings import CHECKS
        from .services.letters.numbers import skip_letter_numbers

        for kind, name in KINDS.items():
            kinds.NAMES.register(kind, name)
        for guard in (*delegates.GUARDS, *letters.GUARDS):
            guards.GUARDS.register(guard.name, guard)
        COUNTERS.register("registration.letters", skip_letter_numbers)
        owners.register(
            owners.Owner("registration.PassportCopy", "key", prefix="passports"),
            owners.Owner("registration.PendingUpload", "key", prefix="passports"),
            owners.Owner("registration.InvitationLetter", "key", prefix="letters"),
            owners.Owner("registration.VisaLetter", "key", prefix="visa-letters"),
            owners.Owner("registration.SealedLetter", "key", prefix="sealed"),
            owners.Owner("registration.Acceptance", "signature_key", prefix="signatures"),
            owners.Owner("registration.SignatoryImage", "key", prefix="signatures"),
            owners.Owner("registration.SignedScan", "key", prefix="scans"),
            owners.Owner("registration.Message", "key", prefix="messages"),
        )
        health.connect()
        SECTIONS.register("source", "registration.presets.workshop.SourceSection")
        SECTIONS.register("parties", "registration.presets.workshop.PartySection")
        SECTIONS.register("workshop", "registration.presets.workshop.WorkshopSection")
        SECTIONS.register("delegations", "registration.presets.workshop.DelegationSection")
        SECTIONS.register("letters", "registration.presets.letters.LetterSection")
        SECTIONS.register("practical", "registration.presets.practical.PracticalSection")
        SECTIONS.register("background", "registration.presets.practical.BackgroundPresetSection")
        SECTIONS.register("reminders", "registration.presets.reminders.ReminderSection")
        CHECKS.register("registration", "registration.queries.workshop_checks.check")
        CHECKS.register("practical", "registration.queries.workshop_checks.check_practical")
        CHECKS.register("letters", "registration.queries.workshop_checks.check_letter_texts")
