"""What the agenda keeps: the draft that staff edit, the immutable versions that readers see, and documents.

The draft is days, items and what belongs to an item. An item stands on the day of its `starts_at` in the workshop's time
zone; an `AgendaDay` adds what was announced for that date. Items are found again by `key`, unique in a workshop, so that a
preset can be loaded twice and a link to an item stays good when the item moves.
"""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .enums import Audience, ItemKind

WORKSHOP = "registration.Workshop"
PARTY = "registration.Party"


class Programme(models.Model):
    """A workshop's agenda as a whole: which version readers see, and what tells caches and editors of a change."""

    workshop = models.OneToOneField(
        WORKSHOP, on_delete=models.CASCADE, related_name="programme", verbose_name=_("workshop")
    )
    current = models.ForeignKey(
        "AgendaVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("current version"),
    )
    # New with each change of what the public page shows beside the version: a document, a speaker's approval.
    stamp = models.UUIDField(_("public stamp"), default=uuid.uuid4, editable=False)
    # Public ids of the delegates whom the current version names: a change of one of them changes the page.
    named = models.JSONField(default=list, editable=False)
    # Raised by each change of the draft; an editor that has seen an older one is told so instead of overwriting.
    revision = models.PositiveIntegerField(_("revision of the draft"), default=0, editable=False)

    class Meta:
        verbose_name = _("agenda")
        verbose_name_plural = _("agendas")
        permissions = [("publish_agenda", _("Can publish the agenda and tell delegates of changes"))]

    def __str__(self):
        return f"{self.workshop}"


class AgendaDay(models.Model):
    """A date of the workshop with the hours announced for it; the items win where the two differ."""

    workshop = models.ForeignKey(
        WORKSHOP, on_delete=models.CASCADE, related_name="agenda_days", verbose_name=_("workshop")
    )
    key = models.SlugField(
        _("key"), max_length=60, help_text=_("Stable name, such as day-1; part of no address.")
    )
    date = models.DateField(_("date"))
    announced_start = models.TimeField(_("announced from"), null=True, blank=True)
    announced_end = models.TimeField(_("announced until"), null=True, blank=True)
    title_es = models.CharField(_("title (Spanish)"), max_length=200, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("agenda day")
        verbose_name_plural = _("agenda days")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "key"], name="agenda_day_key_once"),
            models.UniqueConstraint(
                fields=["workshop", "date"],
                name="agenda_day_date_once",
                violation_error_message=_("This date is in the agenda already."),
            ),
            models.CheckConstraint(
                condition=Q(announced_start__isnull=True)
                | Q(announced_end__isnull=True)
                | Q(announced_end__gt=F("announced_start")),
                name="agenda_day_announced_hours_in_order",
                violation_error_message=_("The announced end must be after the announced start."),
            ),
        ]

    def __str__(self):
        return f"{self.date:%Y-%m-%d}"


class AgendaItem(models.Model):
    """One line of the draft: a session, a ceremony, a break, a meal; without `ends_at` it has no announced end."""

    workshop = models.ForeignKey(
        WORKSHOP, on_delete=models.CASCADE, related_name="agenda_items", verbose_name=_("workshop")
    )
    key = models.SlugField(
        _("key"), max_length=60, help_text=_("Stable name of the item; the address of the item ends in it.")
    )
    uid = models.UUIDField(_("calendar identifier"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=ItemKind.choices, default=ItemKind.SESSION)
    numbered = models.BooleanField(
        _("numbered"),
        default=True,
        help_text=_("Numbered items count from 1 on each day; breaks usually do not."),
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(
        _("ends"), null=True, blank=True, help_text=_("Empty where no end is announced.")
    )
    heading_es = models.CharField(_("section heading above it (Spanish)"), max_length=200, blank=True)
    heading_en = models.CharField(_("section heading above it (English)"), max_length=200, blank=True)
    title_es = models.CharField(_("title (Spanish)"), max_length=300, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=300, blank=True)
    description_es = models.TextField(_("description (Spanish)"), blank=True)
    description_en = models.TextField(_("description (English)"), blank=True)
    place_es = models.CharField(_("room (Spanish)"), max_length=200, blank=True)
    place_en = models.CharField(_("room (English)"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["starts_at", "ends_at", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "key"],
                name="agenda_item_key_once",
                violation_error_message=_("Another item of this agenda has this key."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="agenda_item_ends_after_it_starts",
                violation_error_message=_("An item must end after it starts."),
            ),
            models.CheckConstraint(
                condition=~Q(title_es="", title_en=""),
                name="agenda_item_has_a_title",
                violation_error_message=_("Give the item a title in at least one language."),
            ),
        ]

    def __str__(self):
        return self.title_es or self.title_en


class Presenter(models.Model):
    """Who presents an item and in which role: a party, another organisation, a delegate or a person by name."""

    item = models.ForeignKey(
        AgendaItem, on_delete=models.CASCADE, related_name="presenters", verbose_name=_("agenda item")
    )
    key = models.SlugField(_("key"), max_length=60, help_text=_("Stable name within the item."))
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    party = models.ForeignKey(
        PARTY, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("party")
    )
    organisation_es = models.CharField(_("organisation (Spanish)"), max_length=200, blank=True)
    organisation_en = models.CharField(_("organisation (English)"), max_length=200, blank=True)
    person = models.CharField(
        _("person"),
        max_length=200,
        blank=True,
        help_text=_("A name typed here is public at once; of delegates, choose them."),
    )
    delegate = models.ForeignKey(
        "registration.Delegate",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("delegate"),
        help_text=_("The name is shown only while the delegate is approved."),
    )
    role_es = models.CharField(_("role (Spanish)"), max_length=200, blank=True)
    role_en = models.CharField(_("role (English)"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("presenter")
        verbose_name_plural = _("presenters")
        ordering = ["item", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "key"], name="agenda_presenter_key_once"),
            models.CheckConstraint(
                condition=Q(party__isnull=False)
                | Q(delegate__isnull=False)
                | ~Q(organisation_es="", organisation_en="", person="", role_es="", role_en=""),
                name="agenda_presenter_is_somebody",
                violation_error_message=_(
                    "Name a party, an organisation, a delegate, a person or at least a role."
                ),
            ),
        ]

    def __str__(self):
        return (
            self.person
            or self.organisation_es
            or self.organisation_en
            or str(self.party or self.role_es or self.role_en)
        )


class CountrySlot(models.Model):
    """A country's turn in an item, in speaking order; the item's minutes are shared unless the slot has its own."""

    item = models.ForeignKey(
        AgendaItem, on_delete=models.CASCADE, related_name="country_slots", verbose_name=_("agenda item")
    )
    party = models.ForeignKey(PARTY, on_delete=models.PROTECT, related_name="+", verbose_name=_("country"))
    position = models.PositiveSmallIntegerField(_("speaking order"), default=1)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(600)],
        help_text=_("Empty: the item's time is shared equally."),
    )

    class Meta:
        verbose_name = _("country slot")
        verbose_name_plural = _("country slots")
        ordering = ["item", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "party"],
                name="agenda_country_once_per_item",
                violation_error_message=_("This country speaks in this item already."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__gte=1),
                name="agenda_slot_lasts_a_minute_or_more",
            ),
        ]

    def __str__(self):
        return f"{self.position}. {self.party}"


class GCMObjective(models.Model):
    """One of the 23 objectives of the Global Compact, kept in step with agenda/data/gcm_objectives.toml."""

    number = models.PositiveSmallIntegerField(_("number"), primary_key=True)
    title_es = models.CharField(_("title (Spanish)"), max_length=250)
    title_en = models.CharField(_("title (English)"), max_length=250)
    short_es = models.CharField(_("short title (Spanish)"), max_length=80)
    short_en = models.CharField(_("short title (English)"), max_length=80)

    class Meta:
        verbose_name = _("objective of the Global Compact")
        verbose_name_plural = _("objectives of the Global Compact")
        ordering = ["number"]

    def __str__(self):
        return f"{self.number}. {self.short_es}"


class Roundtable(models.Model):
    """A roundtable held within an item, for some of the objectives."""

    item = models.ForeignKey(
        AgendaItem, on_delete=models.CASCADE, related_name="roundtables", verbose_name=_("agenda item")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title_es = models.CharField(_("title (Spanish)"), max_length=250, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=250, blank=True)
    objectives = models.ManyToManyField(
        GCMObjective, through="RoundtableObjective", verbose_name=_("objectives")
    )

    class Meta:
        verbose_name = _("roundtable")
        verbose_name_plural = _("roundtables")
        ordering = ["item", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "number"],
                name="agenda_roundtable_number_once",
                violation_error_message=_("This item has a roundtable with this number."),
            )
        ]

    def __str__(self):
        return f"{self.number}. {self.title_es or self.title_en}"


class RoundtableObjective(models.Model):
    """An objective at a roundtable; an agenda has each objective at one roundtable only, and the database keeps that."""

    # The roundtable's own workshop, repeated here because a UNIQUE constraint reads one table.
    workshop = models.ForeignKey(WORKSHOP, on_delete=models.CASCADE, related_name="+", editable=False)
    roundtable = models.ForeignKey(
        Roundtable, on_delete=models.CASCADE, related_name="assigned", verbose_name=_("roundtable")
    )
    objective = models.ForeignKey(
        GCMObjective, on_delete=models.PROTECT, related_name="+", verbose_name=_("objective")
    )

    class Meta:
        verbose_name = _("objective of a roundtable")
        verbose_name_plural = _("objectives of a roundtable")
        ordering = ["roundtable", "objective"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "objective"],
                name="agenda_objective_at_one_roundtable",
                violation_error_message=_("This objective belongs to another roundtable of this agenda."),
            )
        ]

    def __str__(self):
        return f"{self.roundtable_id}: {self.objective_id}"

    def save(self, *args, **kwargs):
        self.workshop_id = self.roundtable.item.workshop_id
        super().save(*args, **kwargs)


class AgendaVersion(models.Model):
    """What was published: a frozen copy of the whole agenda. Rows are written once; a trigger refuses any change."""

    workshop = models.ForeignKey(
        WORKSHOP, on_delete=models.PROTECT, related_name="agenda_versions", verbose_name=_("workshop")
    )
    number = models.PositiveIntegerField(_("number"))
    tentative = models.BooleanField(_("tentative"), default=True)
    note_es = models.CharField(_("note (Spanish)"), max_length=300, blank=True)
    note_en = models.CharField(_("note (English)"), max_length=300, blank=True)
    content = models.JSONField(_("content"))
    sha256 = models.CharField(_("SHA-256 of the content"), max_length=64)
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("agenda version")
        verbose_name_plural = _("agenda versions")
        ordering = ["workshop", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["workshop", "number"], name="agenda_version_number_once")
        ]

    def __str__(self):
        return f"{self.number}"


class PrintedProgramme(models.Model):
    """agenda.pdf as a worker has made it, so that no web process needs the means to make one. Only of what is shown now."""

    version = models.ForeignKey(AgendaVersion, on_delete=models.CASCADE, related_name="+")
    languages = models.CharField(max_length=5)  # "es", "en", or both, the leading one first: "es-en"
    stamp = models.UUIDField()  # the programme's when it was made: another one means that it is out of date
    storage_key = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "languages"], name="agenda_printed_once_per_version_and_languages"
            )
        ]

    def __str__(self):
        return f"{self.version_id} {self.languages}"


class AgendaNotice(models.Model):
    """The mails that tell confirmed delegates what a version changed: written once per version, as drafts."""

    version = models.OneToOneField(
        AgendaVersion, on_delete=models.PROTECT, related_name="notice", verbose_name=_("agenda version")
    )
    mails = models.ManyToManyField("portal.OutgoingMail", related_name="+", verbose_name=_("mails"))
    prepared_at = models.DateTimeField(_("prepared"))
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("prepared by"),
    )

    class Meta:
        verbose_name = _("notice of changes")
        verbose_name_plural = _("notices of changes")

    def __str__(self):
        return f"{self.version}"


class AgendaDocument(models.Model):
    """A file for readers, of the whole workshop or of one item; the file itself is encrypted in private storage."""

    workshop = models.ForeignKey(
        WORKSHOP, on_delete=models.CASCADE, related_name="agenda_documents", verbose_name=_("workshop")
    )
    item = models.ForeignKey(
        AgendaItem,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="documents",
        verbose_name=_("agenda item"),
        help_text=_("Empty: a document of the whole workshop."),
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title_es = models.CharField(_("title (Spanish)"), max_length=200, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    language = models.CharField(
        _("language of the file"),
        max_length=2,
        blank=True,
        choices=[("es", "Español"), ("en", "English")],
        help_text=_("Empty: it is in both languages."),
    )
    audience = models.CharField(
        _("who may read it"), max_length=10, choices=Audience.choices, default=Audience.CONFIRMED
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    storage_key = models.CharField(max_length=120, editable=False)
    media_type = models.CharField(_("type"), max_length=100, editable=False)
    extension = models.CharField(_("type of file"), max_length=8, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"), editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(title_es="", title_en=""),
                name="agenda_document_has_a_title",
                violation_error_message=_("Give the document a title in at least one language."),
            )
        ]

    def __str__(self):
        return self.title_es or self.title_en
