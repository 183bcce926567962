"""Addresses that do not work, in the admin: why, since when, and the word of staff that one works again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from .. import perms
from ..mail import sending, undeliverable
from ..models import UndeliverableAddress
from .columns import shown_instant
from .read_only import ReadOnlyAdmin


@admin.register(UndeliverableAddress)
class UndeliverableAddressAdmin(ReadOnlyAdmin):
    list_display = ["address", "fault", "reason", "marked", "of_workshop", "mail_page"]
    workshop_path = "mail__workshop"
    list_filter = ["fault"]
    search_fields = ["address", "reason"]
    ordering = ["-marked_at", "-pk"]
    list_select_related = ["mail"]
    actions = ["works_again", "unmark"]
    list_per_page = 50
    readonly_fields = ["address", "fault", "reason", "marked", "of_workshop", "mail_page"]
    fields = [*readonly_fields]

    marked = shown_instant("marked_at", _("since"), of="place")

    def get_queryset(self, request: HttpRequest) -> QuerySet[UndeliverableAddress]:
        return super().get_queryset(request).defer("mail__text", "mail__html", "mail__personal_token")

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Whoever may send mails again may say that an address works."""
        return perms.may_send_mail_again(request.user)

    @admin.display(description=_("workshop"), ordering="mail__workshop")
    def of_workshop(self, mark: UndeliverableAddress) -> str:
        return mark.mail.workshop

    @admin.display(description=_("mail"))
    def mail_page(self, mark: UndeliverableAddress) -> SafeString:
        url = reverse("admin:portal_outgoingmail_change", args=[mark.mail_id])
        return format_html('<a href="{}" lang="{}">{}</a>', url, mark.mail.language, mark.mail.subject)

    @admin.action(description=_("The address works again: send what was kept back"), permissions=["send"])
    def works_again(self, request: HttpRequest, queryset: QuerySet[UndeliverableAddress]) -> None:
        chosen = list(queryset.values_list("address", flat=True))
        sent = sending.works_again(chosen)
        text = ngettext("%d mail will be sent again.", "%d mails will be sent again.", sent) % sent
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(
        description=_("The address works again: send only what is written from now on"), permissions=["send"]
    )
    def unmark(self, request: HttpRequest, queryset: QuerySet[UndeliverableAddress]) -> None:
        done = undeliverable.unmark(list(queryset.values_list("address", flat=True)))
        text = ngettext("%d address is free again.", "%d addresses are free again.", done) % done
        self.message_user(request, text, messages.SUCCESS)
