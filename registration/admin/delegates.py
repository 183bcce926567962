"""The Secretariat's queue: who registered, what is missing, and the decisions. Fields are read here; every change goes
through a service, by an action or a button."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.workplace import said

from .. import perms, services
from ..enums import HOLDING, Actor, BatchWork, DelegateStatus
from ..exceptions import ChangedMeanwhile, RegistrationError
from ..models import Delegate, Delegation
from ..queries.case import change_in_words, refused_in_words
from ..queries.progress import facts_by_delegate, with_progress
from ..rules.todo import MISSING, owed
from ..rules.workflow import Verb, possible
from ..services.transitions import seen_state, seen_states, staff
from . import (
    add_delegate,
    batches,
    detail_changes,
    duplicates,
    email_address,
    needs,
    passports,
    reminder_plan,
    seats,
)
from .asking import (
    FILTERS,
    Offer,
    ReasonForm,
    ask,
    keeping_filters,
    list_address,
)
from .case import correct, page, signed
from .deadlines.extending import ExtendsAcceptance
from .delegations import PartyFilter
from .door import badges, desk, walk_in
from .writing.actions import WritesToDelegates
from .writing.missing import MissingFilter

SIBLINGS = (
    correct.PAGES,
    signed.PAGES,
    add_delegate.PAGES,
    desk.PAGES,
    walk_in.PAGES,
    badges.PAGES,
    passports.PAGES,
    seats.PAGES,
    email_address.PAGES,
    needs.PAGES,
    duplicates.PAGES,
    reminder_plan.PAGES,
    detail_changes.PAGES,
)


class Queue(ChangeList):
    """The list with what is missing from each person, worked out once for the whole page. Of all workshops the latest come
    first: no index serves the order of parties there, and it would mix the workshops."""

    def get_ordering(self, request, queryset):
        of_all = not (getattr(request, "narrowed_to", None) or said(request, self.model_admin.workshop_path))
        self.latest_first = of_all and ORDER_VAR not in self.params
        return ["-pk"] if self.latest_first else super().get_ordering(request, queryset)

    def get_ordering_field_columns(self):
        return {} if self.latest_first else super().get_ordering_field_columns()

    def get_results(self, request):
        super().get_results(request)
        # Sorted by their keys alone: wide rows and their sub-queries are read for one page, not for everybody.
        shown = self.result_list.values_list("pk", flat=True)
        self.result_list = self.queryset.filter(pk__in=list(shown))
        facts = facts_by_delegate(list(self.result_list))
        for pages in SIBLINGS:
            pages.flag(list(self.result_list))
        for delegate in self.result_list:
            delegate.missing_words = [str(MISSING[item.code]) for item in owed(facts[delegate.pk])]


# What an officer may do with one registration: the service, its label, and whether a reason is asked.
DECISIONS = {
    Verb.APPROVE: (services.approve, _("Approve"), False),
    Verb.REJECT: (services.reject, _("Reject"), True),
    Verb.TAKE_BACK: (services.take_back, _("Take the approval back"), True),
    Verb.CANCEL: (services.cancel, _("Cancel the registration"), True),
    Verb.REOPEN: (services.reopen, _("Reopen"), True),
}


@admin.register(Delegate)
class DelegateAdmin(ExtendsAcceptance, WritesToDelegates):
    list_display = [
        "name_and_code",
        "party",
        "seat",
        "state",
        "has_passport_copy",
        "missing",
        "to_look_at",
        "submitted_on",
    ]
    list_display_links = ["name_and_code"]
    workshop_path = "workshop"
    list_filter = [
        "status",
        passports.PassportFilter,
        detail_changes.ChangeFilter,
        MissingFilter,
        "role",
        ("delegation__party", PartyFilter),
    ]
    search_fields = ["search_text"]
    list_per_page = 50
    actions = ["approve_selected", "reject_selected", "write_to_selected", "extend_selected"]
    change_form_template = "admin/registration/delegate_page.html"
    change_list_template = "admin/registration/delegate_list.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "full_name",
                    "party",
                    "workshop",
                    "state",
                    "seat",
                    "offered_until",
                    "role",
                    "head_of_delegation",
                    "level",
                    "replaces",
                    "code",
                ]
            },
        ),
        (
            _("Work and contact"),
            {
                "fields": [
                    "institution",
                    "position",
                    "email",
                    "new_email",
                    "email_confirmed",
                    "phone",
                    "language",
                    "interpretation",
                ]
            },
        ),
        (
            _("Registration"),
            {
                "fields": [
                    "submitted",
                    "source",
                    "source_reason",
                    "entered_by",
                    "consented",
                    "no_reimbursement",
                    "approved",
                ]
            },
        ),
    ]

    submitted = shown_instant("submitted_at", _("submitted"))

    @admin.display(description=_("submitted"), ordering="submitted_at")
    def submitted_on(self, delegate):
        """The day in the workshop's zone: the list has no room for the instant, the page of the registration shows it."""
        return date_format(
            timezone.localdate(delegate.submitted_at, delegate.workshop.zone), "SHORT_DATE_FORMAT"
        )

    email_confirmed = shown_instant("email_confirmed_at", _("e-mail confirmed"))
    consented = shown_instant("consent_at", _("consented"))
    no_reimbursement = shown_instant("no_reimbursement_at", _("knows that tickets are not reimbursed"))
    approved = shown_instant("approved_at", _("approved"))
    offered_until = shown_instant("seat_offer_until", _("seat offered until"))

    def get_changelist(self, request, **kwargs):
        return Queue

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": gettext("Registrations"), **(extra_context or {})})

    def get_queryset(self, request):
        return passports.with_papers(with_progress(super().get_queryset(request)))

    def get_readonly_fields(self, request, obj=None):
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    def has_change_permission(self, request, obj=None):
        return False  # nothing is edited in place: each step has its own page, and its service

    def has_delete_permission(self, request, obj=None):
        return False  # a registration ends by rejection, cancellation or the purge, each recorded

    def has_decide_permission(self, request):
        return perms.may_decide(request.user)

    @admin.display(description=_("name"), ordering="surnames")
    def full_name(self, delegate):
        return delegate.full_name or delegate.code

    @admin.display(description=_("name"), ordering="surnames")
    def name_and_code(self, delegate):
        """Both in one column: the list has to fit a small screen."""
        return format_html('{} <span class="quiet">{}</span>', delegate.full_name, delegate.code)

    @admin.display(description=_("party"), ordering="delegation__party__sort_key")
    def party(self, delegate):
        return delegate.delegation.party.short_name

    @admin.display(description=_("seat"), ordering="seat_number")
    def seat(self, delegate):
        """The seat, or the place in line, or the seat that is being offered."""
        if delegate.status != DelegateStatus.WAITLISTED:
            return delegate.seat_number or "—"
        if delegate.seat_number:
            return gettext("%(seat)d on offer") % {"seat": delegate.seat_number}
        if delegate.waiting_position:
            return gettext("no. %(place)d in line") % {"place": delegate.waiting_position}
        return gettext("out of line")

    @admin.display(description=_("status"), ordering="status")
    def state(self, delegate):
        kind = {DelegateStatus.CONFIRMED: "ok", DelegateStatus.APPROVED: "ok"}.get(delegate.status, "warning")
        if delegate.status not in (*HOLDING, DelegateStatus.WAITLISTED):
            kind = "bad"
        return format_html('<span class="tag tag-{}">{}</span>', kind, delegate.get_status_display())

    @admin.display(description=_("passport copy"), boolean=True, ordering="has_copy")
    def has_passport_copy(
        self, delegate
    ):  # not "passport_copy": the list would show the relation of that name
        return delegate.has_copy

    @admin.display(description=_("what is missing"))
    def missing(self, delegate):
        return ", ".join(delegate.missing_words) or "—"

    @admin.display(description=_("to look at"))
    def to_look_at(self, delegate):
        tags = ((flag,) for flag in (*delegate.change_flags, *delegate.mail_flags, *delegate.passport_flags))
        return format_html_join(" ", '<span class="tag tag-warning">{}</span>', tags) or "—"

    # Actions on many

    @admin.action(description=_("Approve the selected registrations"), permissions=["decide"])
    def approve_selected(self, request, queryset):
        """A hundred of them do not keep the page waiting: a worker does them, and a page of its own shows how far it is."""
        return batches.begin(request, BatchWork.APPROVE, queryset, timezone.now())

    @admin.action(description=_("Reject the selected registrations…"), permissions=["decide"])
    def reject_selected(self, request, queryset):
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            pairs = (one.partition(":")[::2] for one in request.POST.get("seen", "").split(";"))
            seen = {int(pk): state for pk, state in pairs if pk.isdecimal()}
            reason = form.cleaned_data["reason"]
            return batches.begin(request, BatchWork.REJECT, queryset, timezone.now(), reason, seen)
        return ask(
            request,
            form,
            title=gettext("Reject registrations"),
            intro=gettext("Each delegate receives this reason by e-mail, in your words."),
            button=gettext("Reject"),
            back=request.get_full_path(),
            delegates=queryset,
            action="reject_selected",
            seen=";".join(f"{pk}:{state}" for pk, state in seen_states(queryset).items()),
        )

    # One registration

    def get_urls(self):
        return [
            *(url for pages in SIBLINGS for url in pages.urls(self.admin_site.admin_view)),
            path(
                "<int:pk>/decide/<slug:verb>/",
                self.admin_site.admin_view(self.decide),
                name="registration_delegate_decide",
            ),
            path(
                "about/<uuid:public_id>/",
                self.admin_site.admin_view(self.about),
                name="registration_delegate_about",
            ),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            decisions = [
                Offer(
                    reverse("admin:registration_delegate_decide", args=[obj.pk, verb]),
                    *DECISIONS[verb][1:],
                    verb,
                )
                for verb in possible(obj.status, Actor.SECRETARIAT)
                if verb in DECISIONS and self.has_decide_permission(request)
            ]
            context |= page.context_of(request, obj, decisions, SIBLINGS)
            context |= {"title": self.full_name(obj), "subtitle": None, "state": self.state(obj)}
            context["seat"] = self.seat(obj)
        context.update(
            {"show_save": False, "show_save_and_continue": False, "show_save_and_add_another": False}
        )
        return super().render_change_form(request, context, add, change, form_url, obj)

    def about(self, request: HttpRequest, public_id) -> HttpResponse:
        """From what names somebody by their public key, such as a mail, to the page of the person or the delegation."""
        if not perms.may_see_registrations(request.user):
            raise PermissionDenied
        found = Delegate.objects.filter(public_id=public_id).first()
        if found is not None:
            return redirect("admin:registration_delegate_change", found.pk)
        delegation = get_object_or_404(
            Delegation.objects.filter(Q(public_id=public_id) | Q(nominations__public_id=public_id)).distinct()
        )
        return redirect("admin:registration_delegation_change", delegation.pk)

    def decide(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """One decision on one registration: POST, with a reason where one is owed (asked on a page of its own)."""
        if not self.has_decide_permission(request) or verb not in DECISIONS:
            raise PermissionDenied
        delegate = get_object_or_404(with_progress(Delegate.objects), pk=pk)
        service, label, needs_reason = DECISIONS[Verb(verb)]
        back = keeping_filters(request, reverse("admin:registration_delegate_change", args=[pk]))
        form = ReasonForm(request.POST or None) if needs_reason else None
        if request.method == "POST" and (form is None or form.is_valid()):
            reason = {"reason": form.cleaned_data["reason"]} if form else {}
            seen = request.POST.get("seen", "")
            try:
                service(delegate=delegate, by=staff(request.user), now=timezone.now(), seen=seen, **reason)
                done = gettext("%(name)s: %(what)s, done.")
                messages.success(request, done % {"name": delegate, "what": label})
                return redirect(list_address(request) if request.GET.get(FILTERS) else back)
            except ChangedMeanwhile as meanwhile:
                words = change_in_words(meanwhile.change)
                if form is not None and verb in possible(meanwhile.change.to_status, Actor.SECRETARIAT):
                    form.add_error(None, words)
                    return self._ask_reason(request, delegate, verb, form, label, back)
                messages.error(request, words)
            except RegistrationError as refused:
                messages.error(request, refused_in_words(refused))
            return redirect(back)
        if form is None:
            return redirect(back)
        return self._ask_reason(request, delegate, verb, form, label, back)

    def _consequence(self, delegate: Delegate, verb: Verb) -> str:
        words = gettext("The delegate reads this reason.")
        if verb in (Verb.REJECT, Verb.CANCEL):
            days = delegate.workshop.ended_passport_days
            words += " " + ngettext(
                "For %(days)s day the registration can be reopened with its passport, which is destroyed then.",
                "For %(days)s days the registration can be reopened with its passport, which is destroyed then.",
                days,
            ) % {"days": days}
        return words

    def _ask_reason(self, request, delegate, verb, form, label, back) -> HttpResponse:
        return ask(
            request,
            form,
            title=f"{label}: {delegate.full_name}",
            intro=self._consequence(delegate, verb),
            button=label,
            back=back,
            seen=seen_state(delegate),
        )
