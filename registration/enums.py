"""The closed vocabularies of registration."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Language(TextChoices):
    SPANISH = "es", "Español"
    ENGLISH = "en", "English"


class PartyKind(TextChoices):
    MEMBER_COUNTRY = "member_country", _("Member Country")
    CIVIL_SOCIETY_NETWORK = "civil_society_network", _("civil society network")
    REGIONAL_PROCESS = "regional_process", _("regional consultative process")
    INTERNATIONAL_ORGANISATION = "international_organisation", _("international organisation")


class IncomeGroup(TextChoices):
    """The World Bank's groups; 'middle-income' means either of the two in the middle."""

    LOW = "low", _("low income")
    LOWER_MIDDLE = "lower_middle", _("lower middle income")
    UPPER_MIDDLE = "upper_middle", _("upper middle income")
    HIGH = "high", _("high income")


class DelegateStatus(TextChoices):
    SUBMITTED = "submitted", _("submitted")
    APPROVED = "approved", _("approved")
    CONFIRMED = "confirmed", _("confirmed")
    WAITLISTED = "waitlisted", _("on the waiting list")
    REJECTED = "rejected", _("rejected")
    CANCELLED = "cancelled", _("cancelled")


# A seat is held from submission; the database constraint on Delegate says the same.
HOLDING = (DelegateStatus.SUBMITTED, DelegateStatus.APPROVED, DelegateStatus.CONFIRMED)
APPROVED = (DelegateStatus.APPROVED, DelegateStatus.CONFIRMED)
ENDED = (DelegateStatus.REJECTED, DelegateStatus.CANCELLED)


class DelegateRole(TextChoices):
    """Only officials take a seat of their delegation."""

    OFFICIAL = "official", _("official")
    SPEAKER = "speaker", _("speaker")
    INTERPRETER = "interpreter", _("interpreter")
    SECRETARIAT = "secretariat", _("secretariat")
    PRESS = "press", _("press")


class ParticipationLevel(TextChoices):
    """The note's section "Participation level"."""

    TECHNICAL = "technical", _("Technical")
    MIDDLE_MANAGEMENT = "middle_management", _("Middle management")
    SENIOR_MANAGEMENT = "senior_management", _("Senior management")
    VICE_MINISTER = "vice_minister", _("Vice-Minister")


class FormOfAddress(TextChoices):
    """How a letter greets its reader; empty means by full name."""

    MS = "ms", _("Ms")
    MR = "mr", _("Mr")
    DR_F = "dr_f", _("Dr (f)")
    DR_M = "dr_m", _("Dr (m)")
    EXCELLENCY_F = "excellency_f", _("Excellency (f)")
    EXCELLENCY_M = "excellency_m", _("Excellency (m)")


class Sex(TextChoices):
    """As printed in the passport (ICAO Doc 9303 part 4: M, F or `<`)."""

    FEMALE = "F", _("F (female)")
    MALE = "M", _("M (male)")
    UNSPECIFIED = "X", _("X (unspecified)")


class PassportKind(TextChoices):
    ORDINARY = "ordinary", _("ordinary")
    OFFICIAL = "official", _("official or service")
    DIPLOMATIC = "diplomatic", _("diplomatic")


class Source(TextChoices):
    """How a registration reached the portal."""

    ONLINE = "online", _("online form")
    FOCAL_POINT = "focal_point", _("delegation's own link")
    EMAIL = "email", _("keyed in by staff from an e-mail")
    STAFF = "staff", _("added by staff")


class Actor(TextChoices):
    """Who brings about a change of status."""

    DELEGATE = "delegate", _("the delegate")
    FOCAL_POINT = "focal_point", _("the delegation's focal point")
    SECRETARIAT = "secretariat", _("the Executive Secretariat")
    SYSTEM = "system", _("the portal")


class SystemReason(TextChoices):
    """Why the portal itself changed a status; stored by its code, read in the reader's language."""

    IDENTITY_CHANGED = "identity_changed", _("Names, birth date, nationality or passport were changed after the approval.")
    EMAIL_NOT_CONFIRMED = "email_not_confirmed", _("The e-mail address was not confirmed in time.")
    LETTER_CHANGED = "letter_changed", _("The invitation letter changed and is to be accepted again.")
    OFFER_EXPIRED = "offer_expired", _("The offered seat was not taken in time.")
    SUBSTITUTED = "substituted", _("Another official takes the place.")
