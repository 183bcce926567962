"""The outbox: one row per mail, written in the transaction that causes it."""

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..files.crypto import EncryptedTextField
from ..search.folding import searchable
from ..search.text import Searchable, SearchableQuerySet


class MailState(models.TextChoices):
    QUEUED = "queued", _("waiting to be sent")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed, will be tried again")
    REFUSED = "refused", _("not delivered")
    HELD = "held", _("draft, not sent")
    KEPT = "kept", _("kept here, no mail server is set")
    MISSED = "missed", _("too late, not sent")
    CANCELLED = "cancelled", _("cancelled")
    STOPPED = "stopped", _("not sent, the address does not work")


OPEN_STATES = (MailState.QUEUED, MailState.SENDING, MailState.FAILED)
"""States in which a mail is sent as soon as `next_try_at` has come; for SENDING that is the end of the lease."""


class OutgoingMailQuerySet(SearchableQuerySet["OutgoingMail"]):
    """Keeps the search text in updates of many."""


class OutgoingMail(Searchable):
    """A mail as it was written, what became of it, and when it is tried next. Text is encrypted; the personal link of
    its reader stands apart, so that staff who read a mail never see a link that works."""

    kind = models.CharField(_("kind"), max_length=60)  # "registered", "letter", "reminder", …
    workshop = models.CharField(_("workshop"), max_length=80, blank=True)  # its slug
    about = models.UUIDField(_("delegate"), null=True, blank=True, db_index=True)  # the delegate's public_id
    to = models.EmailField(_("to"), max_length=254)
    reply_to = models.EmailField(_("answers go to"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=[("es", "Español"), ("en", "English")])
    subject = models.CharField(_("subject"), max_length=255)
    text = EncryptedTextField(_("text"), blank=True)
    html = EncryptedTextField(_("HTML text"), blank=True)
    personal_token = EncryptedTextField(_("personal link"), blank=True)
    message_id = models.CharField(_("Message-ID"), max_length=255, unique=True)  # the same at each try

    state = models.CharField(_("state"), max_length=10, choices=MailState.choices, default=MailState.QUEUED)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    last_code = models.PositiveSmallIntegerField(_("mail server's code"), null=True, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    queued_at = models.DateTimeField(
        _("released"), default=timezone.now
    )  # when the present round of tries began
    next_try_at = models.DateTimeField(
        _("next try"), null=True, blank=True
    )  # while being sent: the end of the lease
    not_after = models.DateTimeField(_("not to be sent after"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    settled_at = models.DateTimeField(
        _("last result"), null=True, blank=True
    )  # when the last try, return or stop was written down
    erased_at = models.DateTimeField(_("text destroyed"), null=True, blank=True)
    lease_key = models.UUIDField(null=True, blank=True, editable=False)  # whose claim it is

    SEARCHED = frozenset({"to", "subject"})
    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("read_mail_text", _("Can read the text of mails")),
            ("send_mail_again", _("Can release, cancel and send mails again")),
        ]
        constraints = [
            models.CheckConstraint(
                name="mail_state_known",
                condition=Q(state__in=MailState.values),
            ),
            models.CheckConstraint(
                name="mail_open_has_next_try",
                condition=~Q(state__in=[state.value for state in OPEN_STATES]) | Q(next_try_at__isnull=False),
            ),
            models.CheckConstraint(
                name="mail_sent_has_instant",
                condition=~Q(state=MailState.SENT.value) | Q(sent_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="mail_due",
                fields=["next_try_at"],
                condition=Q(state__in=[state.value for state in OPEN_STATES]),
            ),
            models.Index(name="mail_by_workshop", fields=["workshop", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def search_words(self) -> str:
        return searchable(self.to, self.subject)

    @staticmethod
    def new_message_id(domain: str) -> str:
        """A Message-ID of our own domain that holds nothing personal."""
        return f"<{uuid4()}@{domain}>"


class MailAttachment(models.Model):
    """What goes with a mail: a private file, which belongs to whoever stored it and is read when the mail is sent, or a
    short text of its own."""

    mail = models.ForeignKey(OutgoingMail, on_delete=models.CASCADE, related_name="attachments")
    filename = models.CharField(_("file name"), max_length=120)
    media_type = models.CharField(_("media type"), max_length=100)
    key = models.CharField(_("storage key"), max_length=255, blank=True)
    # What is short and belongs to this mail alone, such as a calendar file, stands here instead of in a file.
    content = EncryptedTextField(_("content"), blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="attachment_file_or_content",
                condition=(Q(key="") & ~Q(content="")) | (Q(content="") & ~Q(key="")),
            ),
        ]

    def __str__(self) -> str:
        return self.filename


class AddressFault(models.TextChoices):
    REFUSED = "refused", _("refused by the mail server")
    BOUNCED = "bounced", _("came back as undeliverable")


class UndeliverableAddress(models.Model):
    """An address to which no mail is sent until staff say that it works: a mail server refused it for good, or a mail
    came back. It goes with the data of the person to whom that mail was sent."""

    address = models.EmailField(_("address"), max_length=254, unique=True)  # in lower case
    fault = models.CharField(_("how it showed"), max_length=10, choices=AddressFault.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)  # the other server's words
    marked_at = models.DateTimeField(_("since"))
    mail = models.ForeignKey(
        OutgoingMail,
        verbose_name=_("mail"),
        on_delete=models.CASCADE,
        related_name="marks",
    )

    class Meta:
        verbose_name = _("address that does not work")
        verbose_name_plural = _("addresses that do not work")
        ordering = ["-marked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="undeliverable_fault_known", condition=Q(fault__in=AddressFault.values)
            ),
        ]

    def __str__(self) -> str:
        return self.address
