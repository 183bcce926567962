"""Messages of staff: written, looked at as real recipients get them, sent, and followed; and the texts kept for them."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from rcm_portal import perms as portal_perms
from rcm_portal.mail import notices
from rcm_portal.output.i18n import LANGUAGES
from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin

from ... import perms
from ...documents.messages import language_of, preview
from ...exceptions import RegistrationError
from ...forms.messages import MessageForm
from ...models import Message, ReminderRule, SavedText
from ...queries.messages import Addressee, addressees, quiet_for
from ...rules.letter_placeholders import PLACEHOLDERS
from ...services.writing import messages as writing


@admin.register(SavedText)
class SavedTextAdmin(admin.ModelAdmin):
    list_display = ["name", "workshop", "subject_es", "subject_en"]
    workshop_path = "workshop"
    list_select_related = ["workshop"]
    fields = ["workshop", "name", ("subject_es", "subject_en"), "text_es", "text_en"]

    def get_readonly_fields(self, request, obj=None):
        return ["workshop"] if obj else []


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Drafts and what was sent. The page of one is where it is written."""

    list_display = ["subject", "workshop", "people", "begun", "sent", "by"]
    workshop_path = "workshop"
    list_select_related = ["workshop", "by"]
    list_per_page = 50
    begun = shown_instant("begun_at", _("begun"))
    sent = shown_instant("sent_at", _("sent"))

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(chosen=Count("recipients"))

    @admin.display(description=_("subject"))
    def subject(self, message):
        return str(message)

    @admin.display(description=_("people"), ordering="chosen")
    def people(self, message):
        return message.chosen

    def get_urls(self):
        view = self.admin_site.admin_view(require_POST(self.release_view))
        return [path("<int:pk>/release/", view, name="registration_message_release"), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Writing takes the place of a form until the message is sent; then the page says what became of it."""
        message = self._message(request, object_id)
        may = perms.may_write(request.user)
        if request.method == "POST":
            if not may:
                raise PermissionDenied
            return self._typed(request, message)
        return self._page(
            request, message, MessageForm(instance=message) if may and not message.sent_at else None
        )

    def _message(self, request, pk) -> Message:
        rows = Message.objects.select_related("workshop__host", "workshop__presidency", "by")
        if not str(pk).isdecimal():
            raise Http404
        message = get_object_or_404(rows, pk=pk)
        if not self.has_view_permission(request, message):
            raise PermissionDenied
        return message

    def _back(self, message: Message, anchor: str = "") -> HttpResponse:
        return redirect(reverse("admin:registration_message_change", args=[message.pk]) + anchor)

    def _typed(self, request: HttpRequest, message: Message) -> HttpResponse:
        """Keep what was typed whatever is wrong with it, and do what was asked for if nothing is."""
        do = request.POST.get("do", "look")
        form = MessageForm(request.POST, request.FILES, instance=message)
        right = form.is_valid()
        try:
            if do == "discard":
                writing.discard(message=message)
                messages.success(request, gettext("The draft is deleted."))
                return redirect("admin:registration_message_changelist")
            if upload := form.cleaned_data.get("file"):
                writing.attach(message=message, upload=upload, name=request.FILES["file"].name)
            elif form.cleaned_data.get("remove_file"):
                writing.attach(message=message, upload=None)
            message = writing.save_draft(message=message, values=form.words)
            if right:
                return self._do(request, do, message, form)
        except RegistrationError as refused:
            messages.error(request, str(refused.message))
            return self._back(message)
        return self._page(request, self._message(request, message.pk), form)

    def _do(self, request, do: str, message: Message, form: MessageForm) -> HttpResponse:
        if name := form.cleaned_data["keep_as"]:
            writing.keep_text(message=message, name=name)
            messages.success(request, gettext("The text is kept as “%(name)s”.") % {"name": name})
        if do == "use":
            if text := form.cleaned_data["saved"]:
                words = {column: getattr(text, column) for column in writing.WORDS}
                writing.save_draft(message=message, values=words)
            return self._back(message)
        message = self._message(request, message.pk)
        people = addressees(message)
        if found := writing.lacking(message, people):
            for field, words in found.items():
                form.add_error(field, words)
            return self._page(request, message, form, people)
        if do != "send":
            return self._back(message, "#preview")
        writing.send(message=message, people=people, seen=request.POST.get("seen", ""), now=timezone.now())
        return self._back(message)

    def _page(self, request, message: Message, form: MessageForm | None, people=None) -> HttpResponse:
        people = people if people is not None else addressees(message)
        reached = [each for each in people if each.left_out is None]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Write to people"),
            "message": message,
            "workshop": message.workshop,
            "form": form,
            "people": people,
            "reached": reached,
            "placeholders": PLACEHOLDERS.items(),
        }
        if form is None:
            mails = writing.mails_of(message)
            held, states = notices.states(mails)
            context |= {
                "telling": {"drafts": _previews(message, reached), "held": held, "states": states},
                "can_send": portal_perms.may_send_mail_again(request.user),
                "open": sum(each.row.state == "waiting" for each in people),
            }
        elif not form.errors and reached and not writing.lacking(message, people):
            rules = list(ReminderRule.objects.filter(workshop=message.workshop))
            now = timezone.now()
            quiet = [] if message.at_once else [quiet_for(rules, each.who, now) for each in reached]
            context |= {
                "telling": {"drafts": _previews(message, reached)},
                "seen": writing.stamp_of(message, people),
                "waiting": sum(end is not None for end in quiet),
                "until": max(filter(None, quiet), default=None),
            }
        return TemplateResponse(request, "admin/registration/message_page.html", context)

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have the drafts sent that a message became."""
        message = self._message(request, pk)
        if not portal_perms.may_send_mail_again(request.user):
            raise PermissionDenied
        count = writing.release(message)
        text = ngettext("%(count)d mail is on its way.", "%(count)d mails are on their way.", count)
        messages.success(request, text % {"count": count})
        return self._back(message)


def _previews(message: Message, reached: list[Addressee]):
    """The mail in each language as the first who reads it gets it."""
    found = []
    for language in LANGUAGES:
        readers = [each for each in reached if language_of(each.who) == language]
        if readers:
            first = readers[0]
            words = gettext("As %(name)s gets it") % {"name": first.name}
            found.append(preview(message, first.who, first.letter, readers=len(readers), to=words))
    return found
