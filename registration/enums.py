"""The closed vocabularies of registration."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    CANCELLED = "cancelled", pgettext_lazy("registration", "cancelled")


# A seat is held from submission; the database constraint on Delegate says the same.
HOLDING = (DelegateStatus.SUBMITTED, DelegateStatus.APPROVED, DelegateStatus.CONFIRMED)
APPROVED = (DelegateStatus.APPROVED, DelegateStatus.CONFIRMED)
ENDED = (DelegateStatus.REJECTED, DelegateStatus.CANCELLED)
UNDECIDED = (DelegateStatus.SUBMITTED, DelegateStatus.WAITLISTED)  # nobody has said yes or no


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


class EntryBasis(TextChoices):
    """What a delegate holds for entering the host country, in their own words; the visa table only advises."""

    PASSPORT = "passport", _("my passport: no visa is needed")
    VISA = "visa", _("a visa or residence permit of the host country")
    OTHER_VISA = "other_visa", _("a visa or permanent residence of another country, ticked below")
    AGREEMENT = "agreement", _("an official or diplomatic passport that needs no visa")
    NOTHING_YET = "nothing_yet", _("nothing yet: I will ask for a visa")


class Source(TextChoices):
    """How a registration reached the portal."""

    ONLINE = "online", _("online form")
    FOCAL_POINT = "focal_point", _("delegation's own link")
    EMAIL = "email", _("keyed in by staff from an e-mail")
    STAFF = "staff", _("added by staff")
    WALK_IN = "walk_in", _("registered at the door")


class Actor(TextChoices):
    """Who brings about a change of status."""

    DELEGATE = "delegate", _("the delegate")
    FOCAL_POINT = "focal_point", _("the delegation's focal point")
    SECRETARIAT = "secretariat", _("the Executive Secretariat")
    SYSTEM = "system", _("the portal")


class SystemReason(TextChoices):
    """Why the portal itself changed a status; stored by its code, read in the reader's language."""

    IDENTITY_CHANGED = (
        "identity_changed",
        _("Names, birth date, nationality or passport were changed after the approval."),
    )
    EMAIL_NOT_CONFIRMED = "email_not_confirmed", _("The e-mail address was not confirmed in time.")
    LETTER_CHANGED = "letter_changed", _("The invitation letter changed and is to be accepted again.")
    OFFER_EXPIRED = "offer_expired", _("The offered seat was not taken in time.")
    SUBSTITUTED = "substituted", _("Another official takes the place.")
    SEAT_OFFERED = "seat_offered", _("A seat became free.")
    REGISTERED_TWICE = (
        "registered_twice",
        _("The same person was registered twice; the other registration stays."),
    )


class LinkUse(TextChoices):
    """What was done with a delegation's own link."""

    SENT = "sent", _("link sent to the focal point")
    REVOKED = "revoked", _("link revoked")
    OPENED = "opened", _("page opened")
    NOMINATED = "nominated", _("official nominated")
    WITHDRAWN = "withdrawn", _("nomination withdrawn")
    REGISTERED = "registered", _("official registered")
    HEAD_SET = "head_set", _("head of delegation set")
    REPLACING = "replacing", _("substitution asked for")


class NominationState(TextChoices):
    OPEN = "open", _("not yet registered")
    USED = "used", _("registered")
    WITHDRAWN = "withdrawn", _("withdrawn")
    EXPIRED = "expired", _("link expired")


class EndedLink(StrEnum):
    """Why a genuine personal link opens nothing any more; the page that says so has the words."""

    ARCHIVED = "archived"  # the workshop is over and its personal data are gone
    REPLACED = "replaced"  # the address was changed since
    DESTROYED = "destroyed"  # the person's data were destroyed
    REVOKED = "revoked"  # staff ended the delegation's link
    USED = "used"  # a new address was confirmed with it, or another one asked for


class DuplicateSign(TextChoices):
    """Why two registrations look like one person's."""

    PASSPORT = "passport", _("same passport number")
    NAME_AND_BIRTH = "name_and_birth", _("same name and date of birth")


class DuplicateOutcome(TextChoices):
    MERGED = "merged", _("one person: merged")
    DISMISSED = "dismissed", _("two people: dismissed")


class LetterTextKey(TextChoices):
    """The texts of which an invitation letter is made, per workshop and language."""

    SUBJECT = "subject", _("subject")
    OPENING = "opening", _("opening")
    PROGRAMME = "programme", _("programme")
    BENEFITS_INTRO = "benefits_intro", _("above the benefits table")
    NO_BENEFITS = "no_benefits", _("instead of the table, where there are no benefits")
    NOT_COVERED = "not_covered", _("what is not covered")
    TICKETS = "tickets", _("tickets")
    ACCEPTANCE = "acceptance", _("how and until when to accept")
    CLOSING = "closing", _("closing")
    ACCEPTANCE_STATEMENT = "acceptance_statement", _("statement that is accepted")
    VERIFICATION = "verification", _("verification")
    SIGNATORY_NAME = "signatory_name", _("signatory's name")
    SIGNATORY_TITLE = "signatory_title", _("signatory's title")
    SALUTATION_MS = "salutation_ms", _("salutation: Ms")
    SALUTATION_MR = "salutation_mr", _("salutation: Mr")
    SALUTATION_DR_F = "salutation_dr_f", _("salutation: Dr (f)")
    SALUTATION_DR_M = "salutation_dr_m", _("salutation: Dr (m)")
    SALUTATION_EXCELLENCY_F = "salutation_excellency_f", _("salutation: Excellency (f)")
    SALUTATION_EXCELLENCY_M = "salutation_excellency_m", _("salutation: Excellency (m)")
    SALUTATION_NEUTRAL = "salutation_neutral", _("salutation: by full name")


# A letter cannot be made without these.
REQUIRED_LETTER_TEXTS = (
    LetterTextKey.SUBJECT,
    LetterTextKey.OPENING,
    LetterTextKey.NOT_COVERED,
    LetterTextKey.TICKETS,
    LetterTextKey.ACCEPTANCE,
    LetterTextKey.CLOSING,
    LetterTextKey.ACCEPTANCE_STATEMENT,
    LetterTextKey.VERIFICATION,
    LetterTextKey.SIGNATORY_NAME,
    LetterTextKey.SIGNATORY_TITLE,
    LetterTextKey.SALUTATION_NEUTRAL,
)


class ReminderTopic(TextChoices):
    """What a reminder is about: something that is still missing."""

    EMAIL = "email_unconfirmed", _("e-mail address not confirmed")
    PASSPORT = "passport_missing", _("passport copy missing")
    LETTER = "letter_unsigned", _("invitation letter not accepted")
    TRAVEL = "travel_missing", _("travel data missing")
    DELEGATION = "delegation_incomplete", _("delegation with free seats")


class ReminderTo(TextChoices):
    DELEGATE = "delegate", _("the delegate")
    FOCAL_POINT = "focal_point", _("the delegation's focal point")


class ReminderAnchor(TextChoices):
    """The instant that a reminder's days are counted back from."""

    DEADLINE = "deadline", _("the registration deadline")
    ACCEPTANCE = "acceptance", _("the day by which the letter is to be accepted")


class ReminderClock(TextChoices):
    """By whose clock a rule's day and quiet hours are read."""

    WORKSHOP = "workshop", _("the workshop’s time")
    RECIPIENT = "recipient", _("the time of the recipient’s party")


class SummaryTo(TextChoices):
    """To whom a workshop's daily summary goes."""

    OFFICERS = "officers", _("everybody of the Executive Secretariat with an e-mail address")
    CONTACT = "contact", _("the workshop’s contact address")
    NOBODY = "nobody", _("nobody")


class ReminderOutcome(TextChoices):
    SENT = "sent", _("sent")
    MISSED = "missed", _("missed: more than a day late")
    FAILED = "failed", _("could not be written")


class AcceptedHow(TextChoices):
    """How a delegate signed that they accept their letter."""

    TYPED = "online", _("online, by typing the name")
    DRAWN = "drawn", _("online, by drawing the signature")
    SCAN = "scan", _("signed by hand and sent as a scan")


class ScanState(TextChoices):
    """Where a scan of a letter signed by hand stands."""

    WAITING = "waiting", _("to be looked at")
    CONFIRMED = "confirmed", pgettext_lazy("scan", "confirmed")
    REFUSED = "refused", pgettext_lazy("scan", "refused")
    REPLACED = "replaced", _("replaced by a newer one")
    SETTLED = "settled", _("not needed, accepted online")


class BatchWork(TextChoices):
    """What staff have done for many people at once."""

    APPROVE = "approve", _("approve, with a letter")
    REISSUE = "reissue", _("issue a new version of the letter")
    REJECT = "reject", _("reject, with a reason")


class CorrectionKind(TextChoices):
    """What staff say that a correction is; the rule of what becomes of an approval goes by it."""

    TYPING_ERROR = (
        "typing_error",
        _("a typing error, or something that was missing: an approval stays"),
    )
    ANOTHER_PERSON = "another_person", _("another person: an approval goes back, and is decided anew")
    ENTERED = "entered", _("keyed in for the delegate")


class EntryState(TextChoices):
    """Where one person of such work stands."""

    WAITING = "waiting", _("not yet begun")
    DONE = "done", _("done")
    REFUSED = "refused", _("not possible")


class CopyPurpose(TextChoices):
    """Why staff take a passport copy out of the portal. A list, so that the record of looks stays free of names."""

    COMPARE = "compare", _("to compare it in another program")
    TICKET = "ticket", _("a question about the ticket")
    VISA = "visa", _("a question about the visa")
    BUILDING = "building", _("access to the building")
    DELEGATE = "delegate", _("the delegate asks for it")
    INCIDENT = "incident", _("a complaint, a loss or a misuse")


class PracticalKind(TextChoices):
    """The parts of the practical information, in the order in which they are shown."""

    HOTEL = "hotel", _("Hotel")
    VENUE = "venue", _("Venue")
    GETTING_THERE = "getting_there", _("Getting there")
    EMERGENCY = "emergency", _("In an emergency")
    INTERNET = "internet", _("Internet")
    DRESS = "dress", _("Dress")
    WEATHER = "weather", _("Weather")


class PracticalAudience(TextChoices):
    """Who sees a part of the practical information."""

    PUBLIC = "public", _("everybody")
    APPROVED = "approved", _("approved delegates")
    ROOM = "room", _("delegates who have a room")
