"""Delegates with their seats."""

import secrets
import uuid
from datetime import datetime

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rcm_portal.files.crypto import EncryptedTextField
from rcm_portal.guards import Guard
from rcm_portal.output.i18n import localized
from rcm_portal.search.text import Searchable, SearchableQuerySet

from ..enums import (
    APPROVED,
    ENDED,
    HOLDING,
    UNDECIDED,
    DelegateRole,
    DelegateStatus,
    FormOfAddress,
    Language,
    ParticipationLevel,
    Sex,
    Source,
)
from ..rules.email_confirmation import confirm_by
from ..rules.listing.found_by import delegate_text
from ..rules.typed.emails import email_key
from .delegations import Delegation
from .workshops import Workshop

_CODE_LETTERS = "23456789BCDFGHJKLMNPQRSTVWXZ"  # no vowels, no 0 O 1 I: nothing to misread or to spell


def new_code() -> str:
    return "".join(secrets.choice(_CODE_LETTERS) for _position in range(7))


# Whose passport copy waits to be compared with what was typed, where that is comparable (`Passport.comparable`).
PASSPORT_TO_COMPARE = Q(
    passport_copy__isnull=False,
    passport__number_index__gt="",
    passport__expires_on__isnull=False,
    passport__verified_at__isnull=True,
) & ~Q(status__in=ENDED)


class DelegateQuerySet(SearchableQuerySet["Delegate"]):
    """Delegates by what became of them."""

    def standing(self) -> "DelegateQuerySet":
        """Registrations that were neither rejected nor cancelled."""
        return self.exclude(status__in=ENDED)

    def ended(self) -> "DelegateQuerySet":
        """Registrations that were rejected or cancelled."""
        return self.filter(status__in=ENDED)

    def approved(self) -> "DelegateQuerySet":
        """Those who are expected: approved, whether or not they have accepted their letter."""
        return self.filter(status__in=APPROVED)

    def at_the_door(self) -> "DelegateQuerySet":
        """Those whom Reception ticks off: approved, or registered by Reception and not refused since."""
        return self.filter(Q(status__in=APPROVED) | Q(source=Source.WALK_IN, status__in=UNDECIDED))

    def listed(self) -> "DelegateQuerySet":
        """Those whom the other participants see: confirmed, and agreed to it."""
        return self.with_personal_data().filter(status=DelegateStatus.CONFIRMED, listed_at__isnull=False)

    def with_personal_data(self) -> "DelegateQuerySet":
        """Those whose personal data were not destroyed."""
        return self.filter(purged_at__isnull=True)


NEEDS = ("dietary", "accessibility", "emergency_contact")  # of Delegate


class Delegate(Searchable):
    """One person's registration for one workshop.

    `seat_number` is the seat: unique in its delegation, within its limit, held exactly by officials who are submitted,
    approved or confirmed, and by the one on the waiting list to whom it is being offered.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(
        _("registration code"), max_length=12, unique=True, default=new_code, editable=False
    )
    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.PROTECT, related_name="delegates"
    )
    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.PROTECT, related_name="delegates"
    )
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=DelegateStatus.choices,
        default=DelegateStatus.SUBMITTED,
        editable=False,
    )
    role = models.CharField(
        _("role"), max_length=12, choices=DelegateRole.choices, default=DelegateRole.OFFICIAL
    )
    seat_number = models.PositiveSmallIntegerField(
        _("seat"), null=True, blank=True, editable=False, validators=[MinValueValidator(1)]
    )
    seat_offer_until = models.DateTimeField(_("seat offered until"), null=True, blank=True, editable=False)
    waiting_position = models.PositiveIntegerField(
        _("place on the waiting list"), null=True, blank=True, editable=False
    )
    head_of_delegation = models.BooleanField(_("head of delegation"), default=False)
    level = models.CharField(_("participation level"), max_length=20, choices=ParticipationLevel.choices)

    form_of_address = models.CharField(
        _("form of address"), max_length=12, choices=FormOfAddress.choices, blank=True
    )
    given_names = models.CharField(_("given names"), max_length=120, blank=True)
    surnames = models.CharField(_("surnames"), max_length=120)
    badge_name = models.CharField(_("name for the badge"), max_length=120, blank=True)
    institution = models.CharField(_("institution"), max_length=250)
    position = models.CharField(pgettext_lazy("at work", "position"), max_length=200)
    email = models.EmailField(_("e-mail"))
    email_key = models.CharField(max_length=254, editable=False)  # lower case, for comparison
    # Where a workshop lets two people of one delegation share a mailbox: whether this is the second of them.
    second_of_mailbox = models.BooleanField(default=False, db_default=False, editable=False)
    phone = models.CharField(_("phone"), max_length=40, blank=True)  # +52 55 1234 5678 ext. 12
    language = models.CharField(_("language for letters"), max_length=2, choices=Language.choices)
    interpretation = models.CharField(
        _("interpretation into"),
        max_length=4,
        choices=[("none", _("not needed")), ("es", _("Spanish")), ("en", _("English"))],
        default="none",
    )
    nationality = models.CharField(_("nationality"), max_length=3)  # ICAO/ISO alpha-3, as in the passport
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    sex = models.CharField(_("sex as in the passport"), max_length=1, choices=Sex.choices, blank=True)
    # Health, religion, and somebody else's telephone: encrypted, with a consent of their own.
    dietary = EncryptedTextField(_("dietary needs"), blank=True)
    accessibility = EncryptedTextField(_("accessibility needs"), blank=True)
    emergency_contact = EncryptedTextField(_("emergency contact"), blank=True)
    needs_consent_at = models.DateTimeField(
        _("agreed that needs and emergency contact are kept"), null=True, editable=False
    )

    source = models.CharField(
        _("how it came"), max_length=12, choices=Source.choices, default=Source.ONLINE, editable=False
    )
    source_reason = models.CharField(_("reason given by staff"), max_length=300, blank=True, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("entered by"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    form_key = models.UUIDField(
        null=True, unique=True, editable=False
    )  # one filled-in form is one registration
    consent_at = models.DateTimeField(_("consented"), null=True, editable=False)
    # Consents to stand in the list that the participants see; given and taken back on the own page.
    listed_at = models.DateTimeField(
        _("agreed to stand in the list of participants"), null=True, editable=False
    )
    no_reimbursement_at = models.DateTimeField(
        _("knows that tickets are not reimbursed"), null=True, editable=False
    )
    submitted_at = models.DateTimeField(_("submitted"), default=timezone.now, editable=False)
    # Asked for on the delegate's own page; counts once its mailed link is used.
    new_email = models.EmailField(_("new e-mail address, not confirmed"), blank=True, editable=False)
    new_email_id = models.UUIDField(null=True, unique=True, editable=False)
    email_confirmed_at = models.DateTimeField(_("e-mail confirmed"), null=True, blank=True, editable=False)
    email_asked_at = models.DateTimeField(
        null=True, blank=True, editable=False
    )  # the time to confirm runs from here
    email_warned_at = models.DateTimeField(
        _("warned that the seat is let go"), null=True, blank=True, editable=False
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    accept_by_override = models.DateTimeField(
        _("letter may be accepted until"), null=True, blank=True, editable=False
    )
    link_version = models.PositiveIntegerField(
        default=0, editable=False
    )  # raised to revoke the links sent so far
    reminders_paused = models.BooleanField(_("no reminders"), default=False, editable=False)
    replaces = models.ForeignKey(
        "self",
        verbose_name=_("replaces"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    purged_at = models.DateTimeField(_("personal data destroyed"), null=True, blank=True, editable=False)

    SEARCHED = frozenset(
        {
            "given_names",
            "surnames",
            "badge_name",
            "institution",
            "email",
            "code",
            "delegation",
            "delegation_id",
        }
    )
    SEARCHED_RELATED = ("delegation__party",)

    objects = DelegateQuerySet.as_manager()
    made_before = False  # set by `register` on its answer to a form that was sent twice

    class Meta:
        verbose_name = _("delegate")
        verbose_name_plural = _("delegates")
        ordering = ["delegation__party__sort_key", "submitted_at", "pk"]
        permissions = [
            ("decide_delegate", _("Can approve and reject delegates")),
            ("view_passport_copy", _("Can open passport copies and see passport numbers")),
            ("view_participants", _("Can see and take away the list of participants")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["delegation", "seat_number"],
                name="delegate_one_per_seat",
                violation_error_message=_("This seat is taken."),
            ),
            models.UniqueConstraint(
                fields=["workshop", "email_key", "second_of_mailbox"],
                condition=~Q(status__in=ENDED),
                name="delegate_email_once_per_workshop",
                violation_error_message=_("This e-mail address is already registered for this workshop."),
            ),
            models.CheckConstraint(
                # "not null" is said apart: a CHECK whose comparison with NULL is unknown lets the row pass.
                condition=Q(
                    role=DelegateRole.OFFICIAL,
                    status__in=HOLDING,
                    seat_number__isnull=False,
                    seat_number__gte=1,
                )
                | Q(role=DelegateRole.OFFICIAL, status=DelegateStatus.WAITLISTED, seat_number__isnull=True)
                | Q(
                    role=DelegateRole.OFFICIAL,
                    status=DelegateStatus.WAITLISTED,
                    seat_number__isnull=False,
                    seat_number__gte=1,
                    seat_offer_until__isnull=False,
                )
                | Q(status__in=ENDED, seat_number__isnull=True)
                | (~Q(role=DelegateRole.OFFICIAL) & Q(seat_number__isnull=True)),
                name="delegate_seat_iff_holding",
                violation_error_message=_(
                    "An official who is not waiting, rejected or cancelled needs a seat."
                ),
            ),
            models.CheckConstraint(
                condition=Q(status=DelegateStatus.WAITLISTED)
                | Q(waiting_position__isnull=True, seat_offer_until__isnull=True),
                name="delegate_in_line_only_if_waiting",
            ),
            models.CheckConstraint(
                condition=Q(waiting_position__isnull=True) | Q(waiting_position__gte=1),
                name="delegate_place_in_line_from_one",
            ),
            models.CheckConstraint(
                condition=Q(status__in=DelegateStatus.values), name="delegate_status_known"
            ),
            models.UniqueConstraint(
                fields=["delegation"],
                condition=Q(head_of_delegation=True) & ~Q(status__in=ENDED),
                name="delegate_one_head_per_delegation",
                violation_error_message=_("This delegation has a head already."),
            ),
        ]

    def __str__(self):
        return self.full_name or self.code  # after the purge there is no name

    def save(self, *args, **kwargs):
        self.email_key = email_key(self.email)
        if kwargs.get("update_fields") is not None and "email" in kwargs["update_fields"]:
            kwargs["update_fields"] = {*kwargs["update_fields"], "email_key"}
        super().save(*args, **kwargs)

    def search_words(self) -> str:
        """By what staff find this registration."""
        return delegate_text(
            given_names=self.given_names,
            surnames=self.surnames,
            badge_name=self.badge_name,
            institution=self.institution,
            email=self.email,
            code=self.code,
            party=self.delegation.party.search_words(),
        )

    @property
    def full_name(self) -> str:
        return f"{self.given_names} {self.surnames}".strip()

    @property
    def name_on_badge(self) -> str:
        return self.badge_name or self.full_name or self.code

    @property
    def is_approved(self) -> bool:
        return self.status in APPROVED

    @property
    def party_name(self) -> str:
        return localized(self.delegation.party, "name")

    @property
    def is_vouched_for(self) -> bool:
        """Whether staff keyed it in: its seat does not hang on a confirmed address, which only keeps strangers out."""
        return self.source in (Source.EMAIL, Source.STAFF, Source.WALK_IN)

    def can_be_replaced(self, delegation_id: int, *, by_staff: bool = False) -> bool:
        """Whether somebody else may take their place in this delegation: an official of it who holds a seat; staff
        replace its speakers and others too."""
        may = by_staff or self.role == DelegateRole.OFFICIAL
        return may and self.status in HOLDING and self.delegation_id == delegation_id

    @property
    def confirm_by(self) -> datetime | None:
        """The exclusive instant until which the address is to be confirmed, where the registration hangs on it."""
        hangs_on_it = self.status in UNDECIDED and not self.is_vouched_for
        if self.email_confirmed_at is not None or not hangs_on_it:
            return None
        return confirm_by(
            self.email_asked_at or self.submitted_at,
            hours=self.workshop.email_confirmation_hours,
            warned_at=self.email_warned_at,
        )


GUARDS = (
    Guard(
        name="seat_within_limit",
        table="registration_delegate",
        events=("INSERT", "UPDATE OF seat_number, delegation_id"),
        lock="1 FROM registration_delegation WHERE id = NEW.delegation_id FOR SHARE",
        condition="NEW.seat_number IS NOT NULL AND NEW.seat_number > "
        "COALESCE((SELECT seat_limit FROM registration_delegation WHERE id = NEW.delegation_id), 32767)",
    ),
    Guard(
        name="limit_not_below_seated",
        table="registration_delegation",
        events=("UPDATE OF seat_limit",),
        condition="NEW.seat_limit IS NOT NULL AND EXISTS (SELECT 1 FROM registration_delegate "
        "WHERE delegation_id = NEW.id AND seat_number > NEW.seat_limit)",
    ),
    Guard(
        # One address is one person's, or two people's of one delegation where the workshop chose that.
        name="mailbox_of_one_delegation",
        table="registration_delegate",
        events=("INSERT", "UPDATE OF email_key, second_of_mailbox, delegation_id, status"),
        lock="pg_advisory_xact_lock(hashtext(NEW.workshop_id || ' ' || NEW.email_key))",
        condition="NEW.status NOT IN ('rejected', 'cancelled') AND (NEW.second_of_mailbox AND NOT (SELECT shared_mailboxes "
        "FROM registration_workshop WHERE id = NEW.workshop_id) OR EXISTS (SELECT 1 FROM registration_delegate other "
        "WHERE other.workshop_id = NEW.workshop_id AND other.email_key = NEW.email_key AND "
        "other.public_id <> NEW.public_id AND other.status NOT IN ('rejected', 'cancelled') AND "
        "other.delegation_id <> NEW.delegation_id))",
    ),
    Guard(
        name="shared_mailboxes_still_used",
        table="registration_workshop",
        events=("UPDATE OF shared_mailboxes",),
        condition="NOT NEW.shared_mailboxes AND EXISTS (SELECT 1 FROM registration_delegate "
        "WHERE workshop_id = NEW.id AND second_of_mailbox AND status NOT IN ('rejected', 'cancelled'))",
    ),
    Guard(
        name="delegate_in_own_workshop",
        table="registration_delegate",
        events=("INSERT", "UPDATE OF workshop_id, delegation_id"),
        condition="NEW.workshop_id <> (SELECT workshop_id FROM registration_delegation WHERE id = NEW.delegation_id)",
    ),
)
