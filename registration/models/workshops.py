"""Parties, their income groups over time, and workshops."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rcm_portal.output.i18n import localized
from rcm_portal.output.zones import known_zones
from rcm_portal.search.folding import searchable
from rcm_portal.search.text import Searchable, SearchableQuerySet, refold

from ..enums import IncomeGroup, Language, PartyKind, SummaryTo
from ..exceptions import NotReady
from ..rules.findings import errors
from ..rules.listing.party_order import LONGEST, party_group, party_order
from ..rules.workflow import over_from


def validate_time_zone(value: str) -> None:
    if value not in known_zones():
        raise ValidationError(
            _("“%(value)s” is not an IANA time zone such as America/Mexico_City."), params={"value": value}
        )


FOCAL_POINT = frozenset({"focal_point_name", "focal_point_email", "focal_point_language"})


class PartyQuerySet(SearchableQuerySet["Party"]):
    def update(self, **values):
        """What depends on a party's names follows them, as when it is saved."""
        renamed = bool((Party.SEARCHED | {"kind"}) & values.keys())
        keys = list(self.order_by().values_list("pk", flat=True)) if renamed else []
        done = super().update(**values)
        for party in Party.objects.filter(pk__in=keys):
            super(PartyQuerySet, Party.objects.filter(pk=party.pk)).update(
                sort_key=party_order(party.kind, party.name_es)
            )
            party.refold_people()
        return done

    update.alters_data = True

    def keep_focal_point(self, delegation):
        """Whoever is a delegation's focal point, and confirmed, is kept with the party too, for its next workshop."""
        if delegation.focal_point_email and not delegation.focal_point_to_confirm:
            values = {name: getattr(delegation, name) for name in FOCAL_POINT}
            self.exclude(**values).update(**values)

    keep_focal_point.alters_data = True


class Party(Searchable):
    """A Member Country or an organisation, kept across workshops."""

    code = models.SlugField(
        _("code"), max_length=20, unique=True
    )  # ISO 3166 alpha-3 for a country: BLZ; else RNCOM
    kind = models.CharField(_("kind"), max_length=40, choices=PartyKind.choices)
    name_es = models.CharField(_("name (Spanish)"), max_length=200)
    name_en = models.CharField(_("name (English)"), max_length=200)
    short_name_es = models.CharField(_("short name (Spanish)"), max_length=80, blank=True)
    short_name_en = models.CharField(_("short name (English)"), max_length=80, blank=True)
    observer = models.BooleanField(_("observer organisation of the RCM"), default=False)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        validators=[validate_time_zone],
        help_text=_("For quiet hours by the recipient’s clock. Empty means the workshop’s."),
    )

    # Who was its focal point last, for the next workshop: a delegation's are destroyed with its workshop's data.
    focal_point_name = models.CharField(max_length=200, blank=True, db_default="", editable=False)
    focal_point_email = models.EmailField(blank=True, db_default="", editable=False)
    focal_point_language = models.CharField(
        max_length=2, choices=Language.choices, blank=True, db_default="", editable=False
    )

    # Countries before organisations, each in the order of the Spanish names, in both languages: the note's own.
    sort_key = models.CharField(max_length=LONGEST, default="", editable=False)

    SEARCHED = frozenset({"code", "name_es", "name_en", "short_name_es", "short_name_en"})
    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["sort_key"]

    def __str__(self):
        return localized(self, "name")

    def save(self, *args, **kwargs):
        self.sort_key = party_order(self.kind, self.name_es)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "sort_key"}
        made = self._state.adding
        super().save(*args, **kwargs)
        if not made:
            self.refold_people()

    def refold_people(self) -> None:
        """People are found by what their party is called."""
        for delegation in self.delegations.all():
            refold(delegation.delegates.all())

    def search_words(self) -> str:
        """Its code, and what it is called in both languages."""
        return searchable(self.code, self.name_es, self.name_en, self.short_name_es, self.short_name_en)

    @property
    def country(self) -> str:
        """The ISO 3166 alpha-3 code of a Member Country; "" for an organisation."""
        return self.code if self.kind == PartyKind.MEMBER_COUNTRY else ""

    @property
    def group(self):
        """The heading under which it is listed."""
        return party_group(self.kind)

    @property
    def short_name(self) -> str:
        """The short name in the active language, or the name where there is none."""
        return localized(self, "short_name") or localized(self, "name")


class IncomeClassification(models.Model):
    """The income group of a party in a period (World Bank fiscal years run from 1 July to 30 June)."""

    party = models.ForeignKey(
        Party, verbose_name=_("party"), on_delete=models.CASCADE, related_name="income_groups"
    )
    group = models.CharField(_("income group"), max_length=20, choices=IncomeGroup.choices)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to (last day)"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("income classification")
        verbose_name_plural = _("income classifications")
        ordering = ["party__sort_key", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["party", "valid_from"], name="income_one_group_from_a_day"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="income_period_in_order",
                violation_error_message=_("The period ends before it begins."),
            ),
        ]

    def __str__(self):
        return f"{self.party}: {self.get_group_display()}, {self.valid_from}"

    def clean(self):
        others = IncomeClassification.objects.filter(party=self.party_id).exclude(pk=self.pk)
        if self.valid_to:
            others = others.filter(valid_from__lte=self.valid_to)
        if (
            self.valid_from
            and others.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=self.valid_from)).exists()
        ):
            raise ValidationError(_("This period overlaps another one of the same party."))


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def going_on(self, now: datetime, *, grace: timedelta = timedelta(days=1)) -> "WorkshopQuerySet":
        """Workshops that are to come or whose last day is no longer ago than `grace`.

        `now` is an aware instant. A day's grace is less than the workshop's own zone may need: on the last day
        somewhere it is the day after in UTC.
        """
        return self.filter(ends_on__gte=(now - grace).date())


class Workshop(models.Model):
    """One workshop with its dates, deadline, texts and settings. Dates are local to its time zone; instants are aware."""

    slug = models.SlugField(_("address"), unique=True)
    name_es = models.CharField(_("name (Spanish)"), max_length=400)
    name_en = models.CharField(_("name (English)"), max_length=400)
    short_name_es = models.CharField(_("short name (Spanish)"), max_length=120)
    short_name_en = models.CharField(_("short name (English)"), max_length=120)
    summary_es = models.TextField(_("summary (Spanish)"), blank=True)
    summary_en = models.TextField(_("summary (English)"), blank=True)
    product_es = models.TextField(_("product (Spanish)"), blank=True)
    product_en = models.TextField(_("product (English)"), blank=True)
    participation_es = models.TextField(_("participation level (Spanish)"), blank=True)
    participation_en = models.TextField(_("participation level (English)"), blank=True)
    transfers_es = models.TextField(_("sentence on transfers (Spanish)"), blank=True)
    transfers_en = models.TextField(_("sentence on transfers (English)"), blank=True)
    reimbursement_es = models.TextField(_("sentence on reimbursement (Spanish)"), blank=True)
    reimbursement_en = models.TextField(_("sentence on reimbursement (English)"), blank=True)
    organiser_es = models.CharField(_("organiser (Spanish)"), max_length=200)
    organiser_en = models.CharField(_("organiser (English)"), max_length=200)
    organiser_address_es = models.TextField(_("address of the organiser (Spanish)"), blank=True)
    organiser_address_en = models.TextField(_("address of the organiser (English)"), blank=True)
    contact_email = models.EmailField(_("contact e-mail"))
    host_contact_es = models.TextField(
        _("whom to ask at the host’s (Spanish)"), blank=True, help_text=_("Office, name, telephone, e-mail.")
    )
    host_contact_en = models.TextField(_("whom to ask at the host’s (English)"), blank=True)
    venue_es = models.CharField(_("venue (Spanish)"), max_length=300)
    venue_en = models.CharField(_("venue (English)"), max_length=300)
    city_es = models.CharField(_("city (Spanish)"), max_length=120)
    city_en = models.CharField(_("city (English)"), max_length=120)
    host = models.ForeignKey(
        Party, verbose_name=_("host"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    presidency = models.ForeignKey(
        Party,
        verbose_name=_("Presidency Pro-Témpore"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    income_reference_date = models.DateField(
        _("day whose income groups count"), null=True, blank=True, help_text=_("Empty means the first day.")
    )
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[validate_time_zone])
    zone_label_es = models.CharField(_("time zone in words (Spanish)"), max_length=80, blank=True)
    zone_label_en = models.CharField(_("time zone in words (English)"), max_length=80, blank=True)
    deadline = models.DateTimeField(
        _("registration closes"), help_text=_("The first instant at which it is too late.")
    )

    # Settings
    published = models.BooleanField(pgettext_lazy("workshop", "published"), default=True)
    indexed = models.BooleanField(_("open to search engines"), default=False)
    passport_required_for = models.CharField(
        _("passport copy asked of"),
        max_length=20,
        choices=[("all", _("every participant")), ("flights", _("those for whom a ticket is bought"))],
        default="all",
    )
    email_confirmation_hours = models.PositiveSmallIntegerField(
        _("hours to confirm the e-mail address"), default=48
    )
    seat_offer_hours = models.PositiveSmallIntegerField(_("hours to take an offered seat"), default=48)
    acceptance_days = models.PositiveSmallIntegerField(_("days to accept the letter at least"), default=5)
    retention_days = models.PositiveSmallIntegerField(
        _("days after which passport data are destroyed"), default=30
    )
    ended_passport_days = models.PositiveSmallIntegerField(
        _("days the passport of a rejected or cancelled registration is kept"), default=7
    )
    draft_days = models.PositiveSmallIntegerField(_("days a half-finished form is kept"), default=7)
    uploads_per_delegate = models.PositiveSmallIntegerField(
        _("passport copies one delegate may upload"), default=10, validators=[MinValueValidator(1)]
    )
    publishes_participants = models.BooleanField(
        _("the participants see who comes"),
        default=False,
        db_default=False,
        help_text=_(
            "Those who are confirmed find the list on their own page; in it stands who agreed to it. The form asks."
        ),
    )
    shared_mailboxes = models.BooleanField(
        _("two officials of a delegation may share a mailbox"),
        default=False,
        db_default=False,
        help_text=_(
            "For ministries with one mailbox for all: a second person of the same delegation may register with the "
            "same e-mail address. Each still has a link of their own."
        ),
    )
    hold_mail = models.BooleanField(_("hold letters and agenda changes for review"), default=False)
    summary_to = models.CharField(
        _("daily summary to"), max_length=10, choices=SummaryTo.choices, default=SummaryTo.OFFICERS
    )
    summary_at = models.TimeField(_("daily summary at"), default=time(7, 30))
    summary_language = models.CharField(
        _("language of mails to staff"),
        max_length=2,
        choices=Language.choices,
        default=Language.SPANISH,
    )
    summary_when_empty = models.BooleanField(
        _("daily summary also when there is nothing to say"), default=False
    )
    consulate_language = models.CharField(
        _("language of letters for the consulate"),
        max_length=2,
        choices=Language.choices,
        blank=True,
        help_text=_("Empty means the delegate’s own."),
    )
    letter_prefix = models.CharField(_("prefix of letter numbers"), max_length=60, blank=True)
    letters_issued = models.PositiveIntegerField(default=0, editable=False)  # the last letter number given

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="workshop_days_in_order",
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self):
        return localized(self, "short_name")

    def save(self, *args, update_fields=None, **kwargs):
        """Raises NotReady where this would publish a workshop that still has errors."""
        if update_fields is None or "published" in update_fields:
            self.refuse_unready()
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_absolute_url(self):
        return reverse("registration:landing", args=[self.slug])

    def clean(self):
        if self.shared_mailboxes or self._state.adding:
            return
        second = self.delegates.standing().filter(second_of_mailbox=True).first()
        if second:
            raise ValidationError(
                {
                    "shared_mailboxes": _(
                        "%(name)s shares a mailbox with somebody: one of them needs another address first."
                    )
                    % {"name": second.full_name}
                }
            )

    def refuse_unready(self) -> None:
        """Raises NotReady where it is to be published and has errors. One that is public stays so."""
        if not self.published or self._state.adding:
            return
        if Workshop.objects.filter(pk=self.pk, published=False).exists() and (found := errors(self)):
            raise NotReady(found)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def income_date(self) -> date:
        """The day whose income groups decide: the first day, unless a re-dated workshop keeps its original one."""
        return self.income_reference_date or self.starts_on

    @property
    def archived_from(self) -> datetime:
        """The first instant after the retention of personal data, by the workshop's own clock: they go and links end. Once
        they are gone, what stays is only read."""
        return over_from(self.ends_on + timedelta(days=self.retention_days), self.zone)

    @property
    def over_from(self) -> datetime:
        """The first instant after the last day, by the workshop's own clock."""
        return over_from(self.ends_on, self.zone)

    def is_over(self, now: datetime) -> bool:
        """Whether the last day has passed at the aware instant `now`."""
        return now >= self.over_from

    @property
    def last_moment(self) -> datetime:
        """What people are shown as the deadline: the last minute that is still in time, never 00:00 of the day after."""
        return self.deadline - timedelta(minutes=1)

    def is_open(self, now: datetime) -> bool:
        """Whether delegates may register at the aware instant `now` (the deadline itself is too late)."""
        return now < self.deadline

    def summary_due(self, now: datetime) -> datetime | None:
        """Since when today's summary for the Secretariat is due at the aware instant `now`; None where none is (yet)."""
        local = timezone.localtime(now, self.zone)
        if self.summary_to == SummaryTo.NOBODY or self.is_over(now):
            return None
        due = datetime.combine(local.date(), self.summary_at, tzinfo=self.zone)
        return due if local >= due else None
