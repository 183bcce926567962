"""The outbox in the admin: what was sent, what was not and why. Nothing is edited; three actions change state."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from .. import perms
from ..files.crypto import Unreadable
from ..mail import sending
from ..mail.kinds import name_of
from ..mail.writing import TOKEN_SENTINEL
from ..models import AccessAction, MailState, OutgoingMail
from ..output.dates import when
from ..security.access_log import record_access
from .columns import shown_instant
from .read_only import ReadOnlyAdmin
from .workplace import of_place, said, workplace_of

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldGroups
    from django_stubs_ext import StrOrPromise

NOT_DELIVERED = (MailState.FAILED, MailState.REFUSED, MailState.STOPPED, MailState.MISSED)


class UndeliveredFilter(admin.SimpleListFilter):
    title = _("delivery")
    parameter_name = "delivery"

    def lookups(
        self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]"
    ) -> "list[tuple[str, StrOrPromise]]":
        return [("open", _("not delivered yet")), ("failed", _("failed or not delivered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
        if self.value() == "open":
            return queryset.exclude(state__in=[MailState.SENT, MailState.CANCELLED])
        if self.value() == "failed":
            return queryset.filter(state__in=NOT_DELIVERED)
        return queryset


class KindFilter(admin.SimpleListFilter):
    """The kinds of which there is a mail, by their names; one query."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        kinds = OutgoingMail.objects.order_by("kind").values_list("kind", flat=True).distinct()
        return sorted(((kind, name_of(kind)) for kind in kinds), key=lambda named: named[1].casefold())

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    # What does not fit a screen of 1280 pixels stands on the page of the mail.
    list_display = ["said", "to", "state", "last_error", "attempts", "created"]
    workshop_path = "workshop"
    list_filter = [UndeliveredFilter, "state", KindFilter, "language"]
    search_fields = ["search_text", "message_id"]
    search_as_typed = ["message_id"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    actions = ["send_again", "release_held", "cancel_unsent"]
    list_per_page = 50
    show_full_result_count = False
    change_list_template = "admin/portal/mail_list.html"
    change_form_template = "admin/portal/mail_page.html"

    created = shown_instant("created_at", _("written"), of="place")
    queued = shown_instant("queued_at", _("released"), of="place")
    deadline = shown_instant("not_after", _("not to be sent after"), of="place")
    sent = shown_instant("sent_at", _("sent at"), of="place")
    settled = shown_instant("settled_at", _("last result"), of="place")
    erased = shown_instant("erased_at", _("text destroyed"), of="place")

    @admin.display(description=_("kind"))
    def what(self, mail: OutgoingMail) -> str:
        return name_of(mail.kind)

    @admin.display(description=_("subject"), ordering="subject")
    def said(self, mail: OutgoingMail) -> SafeString:
        """The subject, marked as of its reader's language: the page may be in the other one (WCAG 3.1.2)."""
        return format_html('<span lang="{}">{}</span>', mail.language, mail.subject)

    def _fields(self, request: HttpRequest) -> list[str]:
        fields = [
            "what", "workshop", "to", "reply_to", "language", "said", "state", "attempts", "last_code", "last_error",
            "created", "queued", "next_try", "deadline", "sent", "settled", "message_id", "files", "erased",
        ]  # fmt: skip
        return [*fields, "readable_text"] if perms.may_read_mail_text(request.user) else fields

    def get_fields(self, request: HttpRequest, obj: OutgoingMail | None = None) -> "_FieldGroups":
        return [*self._fields(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: OutgoingMail | None = None) -> list[str]:
        return self._fields(request)

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Who may release, cancel and send again: a permission of its own."""
        return perms.may_send_mail_again(request.user)

    @admin.display(description=_("next try"), ordering="next_try_at")
    def next_try(self, mail: OutgoingMail) -> str:
        waits = mail.state in (MailState.QUEUED, MailState.FAILED)
        return when(mail.next_try_at if waits else None, mail.place) or "—"  # type: ignore[attr-defined]  # OfOneWorkshop's

    @admin.display(description=_("attachments"))
    def files(self, mail: OutgoingMail) -> str:
        return ", ".join(attachment.filename for attachment in mail.attachments.all())

    @admin.display(description=_("text"))
    def readable_text(self, mail: OutgoingMail) -> SafeString:
        """The text part. The reader's own link is not in it, except where `make run` keeps all mail on one machine and
        there is no other way to follow it."""
        text = mail.text
        if isinstance(text, Unreadable):
            return format_html("<em>{}</em>", gettext("No key opens this text."))
        if settings.DEBUG and mail.state == MailState.KEPT:
            text = text.replace(TOKEN_SENTINEL, mail.personal_token)
        return format_html('<pre class="mail-text" lang="{}">{}</pre>', mail.language, text)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        held = OutgoingMail.objects.filter(state=MailState.HELD).order_by("workshop")
        if (place := workplace_of(request.user).chosen) and not said(request, "workshop"):
            held = held.filter(of_place(OutgoingMail, "workshop", place))
        drafts = [
            (slug, count, held_list(slug))
            for slug, count in held.values_list("workshop").annotate(Count("pk"))
        ]
        extra = {
            "drafts": drafts,
            "may_send": self.has_send_permission(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, extra)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: OutgoingMail | None = None,
    ) -> HttpResponse:
        if obj is not None and not obj.erased_at and perms.may_read_mail_text(request.user):
            record_access(
                request=request,
                action=AccessAction.VIEW,
                subject=f"text of mail {obj.pk} ({obj.kind})",
                workshop=obj.workshop,
                about=obj.about,
            )
        allowed = obj is not None and not obj.erased_at and self.has_send_permission(request)
        context["offers"] = [
            (name, words) for name, words, states in OFFERS if obj and allowed and obj.state in states
        ]
        context["list_url"] = reverse("admin:portal_outgoingmail_changelist")
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        chosen = list(queryset.values_list("pk", flat=True))
        done = sending.send_again(chosen)
        text = ngettext("%d mail will be sent again.", "%d mails will be sent again.", done)
        self._tell(request, chosen, done, text)

    @admin.action(description=_("Release drafts"), permissions=["send"])
    def release_held(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        chosen = list(queryset.values_list("pk", flat=True))
        done = sending.release(chosen)
        text = ngettext("%d draft is released.", "%d drafts are released.", done)
        self._tell(request, chosen, done, text)

    @admin.action(description=_("Cancel, do not send"), permissions=["send"])
    def cancel_unsent(self, request: HttpRequest, queryset: QuerySet[OutgoingMail]) -> None:
        chosen = list(queryset.values_list("pk", flat=True))
        done = sending.cancel(chosen)
        text = ngettext("%d mail is cancelled.", "%d mails are cancelled.", done)
        self._tell(request, chosen, done, text)

    def _tell(self, request: HttpRequest, chosen: list[int], done: int, text: str) -> None:
        left = len(chosen) - done
        if done:
            self.message_user(request, text % done, messages.SUCCESS)
        if left > 0:
            skipped = ngettext(
                "%d mail was left as it is: its state does not allow this.",
                "%d mails were left as they are: their state does not allow this.",
                left,
            )
            self.message_user(request, skipped % left, messages.WARNING)


# The buttons of one mail: the action of the list that each stands for, and the states in which it has a meaning.
OFFERS: "tuple[tuple[str, StrOrPromise, tuple[str, ...]], ...]" = (
    ("send_again", _("Send again"), sending.RESENDABLE),
    ("release_held", _("Release and send"), (MailState.HELD,)),
    ("cancel_unsent", _("Cancel, do not send"), sending.CANCELLABLE),
)


def held_list(slug: str) -> str:
    """The list of one workshop's drafts."""
    query = urlencode({"state__exact": MailState.HELD.value, "workshop": slug})
    return f"{reverse('admin:portal_outgoingmail_changelist')}?{query}"
