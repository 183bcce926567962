"""What staff write to people in their own words: texts kept for another time, messages, and to whom each went."""

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..enums import EntryState, Language
from ..rules.letter_placeholders import validate_placeholders
from .delegates import Delegate
from .delegations import Delegation
from .workshops import Workshop

LONGEST_TEXT = 8000
ABOUT_TEXTS = _("An empty line parts paragraphs.")


def text_field(label) -> models.TextField:
    return models.TextField(
        label,
        blank=True,
        validators=[MaxLengthValidator(LONGEST_TEXT), validate_placeholders],
        help_text=ABOUT_TEXTS,
    )


def subject_field(label) -> models.CharField:
    return models.CharField(label, max_length=150, blank=True, validators=[validate_placeholders])


class Written(models.Model):
    """Subject and text in both languages, with the placeholders of letters."""

    subject_es = subject_field(_("subject (Spanish)"))
    text_es = text_field(_("text (Spanish)"))
    subject_en = subject_field(_("subject (English)"))
    text_en = text_field(_("text (English)"))

    class Meta:
        abstract = True


class SavedText(Written):
    """A text of a workshop that is written again and again."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="saved_texts"
    )
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("saved text")
        verbose_name_plural = _("saved texts")
        ordering = ["workshop", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["workshop", "name"],
                name="saved_text_name_once",
                violation_error_message=_("This workshop has a text of this name already."),
            )
        ]

    def __str__(self):
        return self.name


class Message(Written):
    """One message to many: a draft until it is sent, then what was said. It goes with the workshop's personal data."""

    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="messages"
    )
    with_ended = models.BooleanField(
        _("also to those whose registration was rejected or cancelled"), default=False
    )
    with_unconfirmed = models.BooleanField(
        _("also to those whose address, or who as focal point, is not confirmed"), default=False
    )
    at_once = models.BooleanField(_("send at once, in quiet hours too"), default=False)
    # The one file that goes with it, checked, encrypted in private storage.
    key = models.CharField(max_length=255, blank=True, editable=False)
    filename = models.CharField(_("attachment"), max_length=120, blank=True, editable=False)
    media_type = models.CharField(max_length=100, blank=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, editable=False
    )  # of who writes, for what is refused
    begun_at = models.DateTimeField(_("begun"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-begun_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("write_message", _("Can write to delegates and focal points"))]

    def __str__(self):
        return self.subject_es or self.subject_en or "—"


class MessageRecipient(models.Model):
    """Somebody to whom a message goes, a delegate or a delegation's focal point, and the mail that it became."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="recipients")
    delegate = models.ForeignKey(Delegate, null=True, on_delete=models.CASCADE, related_name="messages")
    delegation = models.ForeignKey(Delegation, null=True, on_delete=models.CASCADE, related_name="messages")
    state = models.CharField(
        _("state"), max_length=12, choices=EntryState.choices, default=EntryState.WAITING
    )
    note = models.CharField(_("why not"), max_length=300, blank=True)
    mail = models.ForeignKey("portal.OutgoingMail", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["message", "delegate"], name="message_to_delegate_once"),
            models.UniqueConstraint(fields=["message", "delegation"], name="message_to_focal_point_once"),
            models.CheckConstraint(
                condition=Q(delegate__isnull=False, delegation__isnull=True)
                | Q(delegate__isnull=True, delegation__isnull=False),
                name="message_recipient_is_one",
            ),
        ]

    def __str__(self):
        return str(self.who)

    @property
    def who(self) -> Delegate | Delegation:
        found = self.delegate or self.delegation
        assert found is not None  # noqa: S101 - message_recipient_is_one
        return found
