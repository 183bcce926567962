"""Letters in the admin: read here, changed by services alone."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rcm_portal.files.downloads import attachment
from rcm_portal.files.storage import read_private
from rcm_portal.models import AccessAction
from rcm_portal.output.seal_files import can_seal
from rcm_portal.security.access_log import record_access
from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin
from rcm_portal.templatetags.portal import day, when
from rcm_portal.templatetags.portal import until as before

from ..documents.letter import file_name
from ..enums import BatchWork
from ..exceptions import ChangedMeanwhile, LetterVoid, RegistrationError
from ..models import Delegate, InvitationLetter, SealedLetter
from ..queries.case import change_in_words
from ..queries.progress import accept_until
from ..services.letters.issuing import hasten_letter, reissue_letter
from ..services.letters.seals import sealed_name
from ..services.letters.signing import extend_acceptance
from ..services.transitions import seen_state, staff
from . import batches
from .asking import ReasonForm, ask
from .deadlines.extending import ExtendsAcceptance, ExtensionForm, end_of


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("problem", _("could not be made")),
            ("waiting", _("being made")),
            ("open", _("not accepted")),
            ("late", _("not accepted in time")),
            ("accepted", _("accepted")),
            ("declined", _("declined")),
            ("outdated", _("outdated")),
            ("void", _("void")),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "problem":
                return queryset.not_made()
            case "waiting":
                return queryset.unfinished().filter(problem="")
            case "open":
                return queryset.awaiting()
            case "late":
                return queryset.late(timezone.now())
            case "accepted":
                return queryset.current().filter(acceptance__isnull=False)
            case "declined":
                return queryset.declined()
            case "outdated":
                return queryset.current().filter(outdated_since__isnull=False)
            case "void":
                return queryset.filter(voided_at__isnull=False)
        return queryset


@admin.register(InvitationLetter)
class InvitationLetterAdmin(ExtendsAcceptance, ReadOnlyAdmin):
    list_display = [
        "reference",
        "version",
        "delegate",
        "party",
        "state",
        "until",
        "problem_words",
    ]
    workshop_path = "workshop"
    list_filter = [StateFilter, "language"]
    search_fields = ["delegate__search_text", "reference"]
    search_as_typed = ["reference"]
    list_select_related = ["delegate__delegation__party", "workshop", "acceptance"]
    list_per_page = 50
    ordering = ["-workshop", "-number", "-version"]
    actions = ["make_again", "reissue_selected", "extend_selected"]
    change_form_template = "admin/registration/letter_page.html"
    fields = [
        "reference", "version", "delegate", "language", "state", "rendered", "until", "problem_words", "voided", "void_reason",
        "issued_by", "code", "sha256", "accepted", "seal", "declined",
    ]  # fmt: skip
    readonly_fields = fields

    rendered = shown_instant("rendered_at", _("rendered"))
    voided = shown_instant("voided_at", _("void since"))

    @admin.display(description=_("why it could not be made"))
    def problem_words(self, letter):
        return letter.problem_words or "—"

    @admin.display(description=_("to be accepted by"), ordering="accept_by")
    def until(self, letter):
        """What holds for this delegate, an extension included."""
        return before(accept_until(letter.delegate, letter), letter.workshop)

    @admin.display(description=_("party"), ordering="delegate__delegation__party__sort_key")
    def party(self, letter):
        return letter.delegate.delegation.party

    @admin.display(description=_("state"))
    def state(self, letter):
        if not letter.is_current:
            kind, words = "bad", _("void")
        elif letter.outdated_since:
            kind, words = "warning", _("outdated: a new version follows")
        elif letter.rendered_at is None:
            kind, words = ("bad", _("could not be made")) if letter.problem else ("warning", _("being made"))
        elif letter.is_accepted:
            kind, words = "ok", _("accepted")
        else:
            kind, words = "warning", _("not accepted")
        return format_html('<span class="tag tag-{}">{}</span>', kind, words)

    @admin.display(description=_("accepted"))
    def accepted(self, letter):
        """What was recorded with the acceptance, in one line."""
        acceptance = getattr(letter, "acceptance", None)
        if acceptance is None:
            return "—"
        at, how = when(acceptance.at, letter.workshop), acceptance.get_method_display()
        return " · ".join(filter(None, (at, acceptance.typed_name, how, acceptance.address)))

    @admin.display(description=_("seal"))
    def seal(self, letter):
        """When the accepted letter was sealed, or what hinders it."""
        acceptance = getattr(letter, "acceptance", None)
        if acceptance is None:
            return "—"
        if hasattr(acceptance, "sealed"):
            return gettext("sealed on %(when)s") % {
                "when": when(acceptance.sealed.sealed_at, letter.workshop)
            }
        if not can_seal():
            return gettext("no certificate is set")
        return acceptance.seal_problem or gettext("being sealed")

    @admin.display(description=_("declined"))
    def declined(self, letter):
        return "; ".join(refusal.reason for refusal in letter.refusals.all()) or "—"

    @admin.action(description=_("Make letters that could not be made"), permissions=["decide"])
    def make_again(self, request, queryset):
        waiting = list(queryset.unfinished().values_list("pk", flat=True))
        for letter_id in waiting:
            hasten_letter(letter_id)
        text = ngettext("%(count)d letter is being made.", "%(count)d letters are being made.", len(waiting))
        self.message_user(request, text % {"count": len(waiting)})

    @admin.action(description=_("Issue new versions of the selected letters…"), permissions=["decide"])
    def reissue_selected(self, request, queryset):
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            current = queryset.current()
            delegates = Delegate.objects.filter(letters__in=current).distinct()
            reason = form.cleaned_data["reason"]
            return batches.begin(request, BatchWork.REISSUE, delegates, timezone.now(), reason)
        return ask(
            request,
            form,
            title=gettext("Issue new versions"),
            intro=gettext(
                "The present versions become void, and the delegates are asked to accept the new ones."
            ),
            back=reverse("admin:registration_invitationletter_changelist"),
            selected=queryset.select_related("delegate__delegation__party"),
            action="reissue_selected",
        )

    # One letter

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/pdf/", view(self.download), name="registration_invitationletter_pdf"),
            path("<int:pk>/sealed/", view(self.download_sealed), name="registration_invitationletter_sealed"),
            path("<int:pk>/extend/", view(self.extend), name="registration_invitationletter_extend"),
            path("<int:pk>/reissue/", view(self.reissue), name="registration_invitationletter_reissue"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        may = (
            obj is not None
            and obj.is_current
            and not obj.delegate.purged_at
            and self.has_decide_permission(request)
        )
        if obj is not None and obj.rendered_at and not obj.delegate.purged_at:
            context["pdf_url"] = reverse("admin:registration_invitationletter_pdf", args=[obj.pk])
        if (
            obj is not None
            and not obj.delegate.purged_at
            and SealedLetter.objects.filter(acceptance__letter=obj)
        ):
            context["sealed_url"] = reverse("admin:registration_invitationletter_sealed", args=[obj.pk])
        if may and obj.awaits:
            context["extend_url"] = reverse("admin:registration_invitationletter_extend", args=[obj.pk])
        if may and obj.delegate.is_approved:
            context["reissue_url"] = reverse("admin:registration_invitationletter_reissue", args=[obj.pk])
        return super().render_change_form(request, context, add, change, form_url, obj)

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The PDF as it was issued; each download is recorded."""
        letter = get_object_or_404(InvitationLetter.objects.select_related("delegate", "workshop"), pk=pk)
        if not self.has_view_permission(request, letter):
            raise PermissionDenied
        if not letter.key or letter.delegate.purged_at:
            raise Http404
        record_access(
            request=request,
            action=AccessAction.DOWNLOAD,
            subject=f"invitation letter {letter.reference} ({letter.version})",
            workshop=letter.workshop.slug,
            about=letter.delegate.public_id,
        )
        return attachment(read_private(letter.key), name=file_name(letter), media_type="application/pdf")

    def download_sealed(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The accepted letter with its record, sealed; each download is recorded."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sealed = get_object_or_404(
            SealedLetter.objects.select_related(
                "acceptance__letter__delegate", "acceptance__letter__workshop"
            ),
            acceptance__letter=pk,
            acceptance__letter__delegate__in=Delegate.objects.with_personal_data(),
        )
        letter = sealed.acceptance.letter
        record_access(
            request=request,
            action=AccessAction.DOWNLOAD,
            subject=f"sealed letter {letter.reference} ({letter.version})",
            workshop=letter.workshop.slug,
            about=letter.delegate.public_id,
        )
        return attachment(read_private(sealed.key), name=sealed_name(letter), media_type="application/pdf")

    def extend(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let one delegate accept later, with a reason."""
        letter, form = self._letter_and_form(request, pk, ExtensionForm)
        if form.is_valid():
            until = end_of(form.cleaned_data["last_day"], letter.workshop)
            reason = form.cleaned_data["reason"]
            try:
                extend_acceptance(
                    delegate=letter.delegate,
                    until=until,
                    by=staff(request.user),
                    reason=reason,
                    now=timezone.now(),
                    letter=letter,
                )
            except RegistrationError as refused:
                form.add_error(refused.field, str(refused.message))
            else:
                last_day = day(form.cleaned_data["last_day"])
                messages.success(
                    request,
                    gettext("%(name)s can accept until %(day)s.")
                    % {"name": letter.delegate, "day": last_day},
                )
                return redirect("admin:registration_invitationletter_change", pk)
        return self._ask(
            request,
            letter,
            form,
            gettext("Extend the time to accept"),
            gettext("The delegate is told the new date."),
        )

    def reissue(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a new version, to be accepted anew, with a reason."""
        letter, form = self._letter_and_form(request, pk, ReasonForm)
        if form.is_valid():
            try:
                reissue_letter(
                    delegate=letter.delegate,
                    by=staff(request.user),
                    reason=form.cleaned_data["reason"],
                    now=timezone.now(),
                    letter=letter,
                    seen=request.POST.get("seen", ""),
                )
            except ChangedMeanwhile as meanwhile:
                form.add_error(None, change_in_words(meanwhile.change))
            except RegistrationError as refused:
                form.add_error(None, str(refused.message))
            else:
                messages.success(request, gettext("A new version of the letter is being made."))
                return redirect("admin:registration_delegate_change", letter.delegate_id)
        intro = gettext("The present version becomes void, and the delegate is asked to accept the new one.")
        return self._ask(request, letter, form, gettext("Issue a new version"), intro)

    def _letter_and_form(self, request, pk, form_class):
        if not self.has_decide_permission(request):
            raise PermissionDenied
        letter = get_object_or_404(
            InvitationLetter.objects.select_related("delegate", "workshop"),
            pk=pk,
            delegate__in=Delegate.objects.with_personal_data(),
        )
        return letter, form_class(request.POST or None)

    def _ask(self, request, letter, form, title: str, intro: str) -> HttpResponse:
        # There is nothing to ask of a void letter; what was typed stays, beside why it is refused.
        if not (form.is_bound or letter.is_current):
            messages.error(request, str(LetterVoid.message))
            return redirect("admin:registration_invitationletter_change", letter.pk)
        return ask(
            request,
            form,
            title=f"{title}: {letter.reference}, {letter.delegate}",
            intro=intro,
            button=title,
            back=reverse("admin:registration_invitationletter_change", args=[letter.pk]),
            seen=seen_state(letter.delegate),
        )
