"""Every decision about everybody: read here with its reason and clause, and decided otherwise with a reason."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import localized
from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin
from registration.admin.delegations import PartyFilter
from registration.exceptions import RegistrationError
from registration.models import Workshop
from registration.queries.chosen_workshop import spoken_of

from .. import perms
from ..enums import BOOKED, GRANTED, ActedOn, Outcome, Reason
from ..exceptions import LogisticsError
from ..forms.rules import OverrideForm
from ..models import Entitlement
from ..queries import costs
from ..queries.entitlements import TO_LOOK_AT, to_look_at, unused
from ..queries.history_words import Words
from ..rules.eligibility import open_to_all
from ..services import decisions
from . import travel
from .rules import tell

COLOURS = {
    Outcome.ENTITLED: "ok",
    Outcome.NOT_NEEDED: "ok",
    Outcome.OVER_LIMIT: "warning",
    Outcome.NOT_ENTITLED: "bad",
}


class ToLookAt(admin.SimpleListFilter):
    """Decisions that were acted on already and do not agree with the rules any more."""

    title = _("to look at")
    parameter_name = "acted_on"

    def lookups(self, request, model_admin):
        return [("any", _("everything to look at")), *ActedOn.choices]

    def queryset(self, request, queryset):
        if self.value() == "any":
            return queryset.filter(to_look_at())
        if self.value() in ActedOn.values:
            return queryset.filter(TO_LOOK_AT[ActedOn(self.value())])
        return queryset


class UnusedFilter(admin.SimpleListFilter):
    """Places that somebody else of the delegation could have."""

    title = _("places not needed")
    parameter_name = "unused"

    def lookups(self, request, model_admin):
        return [("yes", _("not needed, and somebody waits"))]

    def queryset(self, request, queryset):
        return queryset.filter(unused()) if self.value() == "yes" else queryset


class Decisions(ChangeList):
    """The list with every reason in words, the names loaded once for the page."""

    def get_results(self, request):
        super().get_results(request)
        in_words(list(self.result_list))


def in_words(rows: list[Entitlement]) -> None:
    """Give each row its reason in words and what is to be looked at, in the active language."""
    workshops = Workshop.objects.filter(pk__in={row.benefit.workshop_id for row in rows})
    words = Words(list(workshops))
    for row in rows:
        row.words = words.reason(row.benefit, row.delegate, row.reason, row.detail)


@admin.register(Entitlement)
class EntitlementAdmin(ReadOnlyAdmin):
    """The four answers, each with its reason and clause; below the list what it costs in people."""

    list_display = ["delegate_name", "party", "what", "decision", "why", "confirmed"]
    workshop_path = "benefit__workshop"
    list_filter = [
        ToLookAt,
        UnusedFilter,
        "benefit__payer",
        "outcome",
        "override",
        ("benefit", admin.RelatedOnlyFieldListFilter),
        ("delegation__party", PartyFilter),
    ]
    search_fields = ["delegate__search_text"]
    list_per_page = 50
    ordering = ["delegation__party__sort_key", "delegate__surnames", "delegate", "benefit__position", "pk"]
    actions = [
        "grant_selected",
        "withdraw_selected",
        "pass_on_selected",
        "clear_selected",
        "confirm_selected",
        "unconfirm_selected",
    ]
    change_list_template = "admin/logistics/entitlement_list.html"
    change_form_template = "admin/logistics/entitlement_page.html"
    fields = [
        "delegate_name",
        "party",
        "benefit",
        "payer",
        "decision",
        "why",
        "clause",
        "grant_number",
        "override",
        "override_reason",
        "override_by",
        "overridden",
        "confirmed",
        "confirmed_by",
        "decided",
    ]
    readonly_fields = fields

    overridden = shown_instant("override_at", _("decided otherwise at"), of="delegate.workshop")
    decided = shown_instant("decided_at", _("decided"), of="delegate.workshop")

    def get_queryset(self, request):
        related = ["delegate__delegation__party", "delegate__workshop", "delegation__party", "benefit__payer"]
        related += ["override_by", "confirmed_by", "ticket"]
        order = [
            "delegation__party__sort_key",
            "delegate__surnames",
            "delegate__pk",
            "benefit__position",
            "pk",
        ]
        return super().get_queryset(request).select_related(*related).order_by(*order)

    def get_urls(self):
        return [*travel.urls(self.admin_site), *super().get_urls()]

    def get_changelist(self, request, **kwargs):
        return Decisions

    def get_object(self, request, object_id, from_field=None):
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            in_words([row])
        return row

    def changelist_view(self, request, extra_context=None):
        workshops = spoken_of(request.user)
        flagged = Entitlement.objects.filter(to_look_at(), benefit__workshop__in=workshops).count()
        context = {
            "flagged": flagged,
            "flagged_url": f"?{urlencode({'acted_on': 'any'})}",
            "workshops": workshops.filter(benefits__isnull=False).distinct(),
            "may_change_rules": perms.may_change_rules(request.user),
            **(extra_context or {}),
        }
        response = super().changelist_view(request, context)
        changelist = getattr(response, "context_data", {}).get("cl")
        if changelist is not None:
            response.context_data["totals"] = costs.of_rows(changelist.queryset)
        return response

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and self.has_override_permission(request):
            context["decide"] = True
            context["may_clear"] = obj.override is not None
        return super().render_change_form(request, context, add, change, form_url, obj)

    # Columns

    @admin.display(description=_("name"), ordering="delegate__surnames")
    def delegate_name(self, row):
        return row.delegate.full_name or row.delegate.code

    @admin.display(description=_("party"), ordering="delegation__party__sort_key")
    def party(self, row):
        return row.delegation.party.short_name

    @admin.display(description=_("benefit"), ordering="benefit__position")
    def what(self, row):
        return format_html('{}<br><span class="quiet">{}</span>', row.benefit, row.benefit.payer)

    @admin.display(description=_("payer"), ordering="benefit__payer")
    def payer(self, row):
        return str(row.benefit.payer)

    @admin.display(description=_("decision"), ordering="outcome")
    def decision(self, row):
        colour, words = COLOURS[row.outcome], row.get_outcome_display()
        if open_to_all(row.benefit.kind, row.reason):
            colour, words = "ok", gettext("open to everybody")
        tag = format_html('<span class="tag tag-{}">{}</span>', colour, words)
        for acted_on in self._acted_on(row):
            tag = format_html('{} <span class="tag tag-warning">{}</span>', tag, acted_on.label)
        return tag

    @staticmethod
    def _acted_on(row) -> list[ActedOn]:
        """As TO_LOOK_AT says, of one row that is loaded."""
        ticket = getattr(row, "ticket", None)
        found = []
        if row.granted and row.reason == Reason.TICKET_BOUGHT:
            found.append(ActedOn.TICKET)
        if not row.granted and ticket is not None and ticket.status in BOOKED:
            found.append(ActedOn.BOOKING)
        if not row.granted and row.confirmed_at is not None:
            found.append(ActedOn.CONFIRMED)
        return found

    @admin.display(description=_("reason"))
    def why(self, row):
        clause = localized(row.benefit, "clause")
        if not clause:
            return row.words
        return format_html('{} <span class="quiet">({})</span>', row.words, clause)

    @admin.display(description=_("source"))
    def clause(self, row):
        return localized(row.benefit, "clause_text") or localized(row.benefit, "clause") or "—"

    @admin.display(description=_("confirmed by the payer"), boolean=True, ordering="confirmed_at")
    def confirmed(self, row):
        return row.confirmed_at is not None

    # Decisions of staff

    def has_override_permission(self, request) -> bool:
        return perms.may_override_entitlements(request.user)

    def has_confirm_permission(self, request) -> bool:
        return perms.may_confirm_entitlements(request.user)

    @admin.action(description=_("Put first for this benefit…"), permissions=["override"])
    def grant_selected(self, request, queryset):
        return self._decide(request, queryset, granted=True)

    @admin.action(description=_("Take the benefit back…"), permissions=["override"])
    def withdraw_selected(self, request, queryset):
        return self._decide(request, queryset, granted=False)

    @admin.action(description=_("Give the place to the next of the delegation…"), permissions=["override"])
    def pass_on_selected(self, request, queryset):
        return self._decide(request, queryset, granted=False, action="pass_on_selected")

    def _decide(self, request, queryset, *, granted: bool, action: str = ""):
        """Ask for the reason, then decide one after the other; what is refused is said with its name."""
        form = OverrideForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": gettext("Put first for a benefit") if granted else gettext("Take a benefit back"),
                "opts": self.opts,
                "form": form,
                "rows": queryset,
                "granted": granted,
                "action": action or ("grant_selected" if granted else "withdraw_selected"),
            }
            status = 400 if form.is_bound else 200
            return TemplateResponse(request, "admin/logistics/decide.html", context, status=status)
        changes = []
        for row in queryset:
            try:
                why = {"reason": form.cleaned_data["reason"], "by": request.user, "now": timezone.now()}
                if action == "pass_on_selected":
                    changes += decisions.pass_on(entitlement=row, **why)
                else:
                    changes += decisions.override(
                        delegate=row.delegate, benefit=row.benefit, granted=granted, **why
                    )
            except (LogisticsError, RegistrationError) as refused:
                self._say_refused(request, row, refused)
            else:
                self.message_user(request, self._done(row, granted), messages.SUCCESS)
        tell(request, changes)
        return None

    def _say_refused(self, request, row, refused: LogisticsError | RegistrationError) -> None:
        self.message_user(
            request, f"{row.delegate.full_name}, {row.benefit}: {refused.message}", messages.ERROR
        )

    @staticmethod
    def _done(row, granted: bool) -> str:
        text = gettext("%(name)s comes first for “%(benefit)s”.")
        if not granted:
            text = gettext("“%(benefit)s” is taken back from %(name)s.")
        return text % {"name": row.delegate.full_name, "benefit": row.benefit}

    @admin.action(description=_("Let the rule decide again"), permissions=["override"])
    def clear_selected(self, request, queryset):
        changes, count, rows = [], 0, list(queryset.filter(override__isnull=False))
        for row in rows:
            try:
                changes += decisions.clear_override(
                    delegate=row.delegate, benefit=row.benefit, by=request.user, now=timezone.now()
                )
            except RegistrationError as refused:
                self._say_refused(request, row, refused)
            else:
                count += 1
        words = ngettext(
            "%(count)d decision is left to the rule again.",
            "%(count)d decisions are left to the rule again.",
            count,
        )
        if count or not rows:  # else each refusal is said above
            self.message_user(request, words % {"count": count}, messages.SUCCESS)
        tell(request, changes)

    @admin.action(description=_("Record that the payer confirmed"), permissions=["confirm"])
    def confirm_selected(self, request, queryset):
        count = decisions.confirm(
            entitlements=list(queryset.filter(outcome__in=GRANTED)), by=request.user, now=timezone.now()
        )
        words = ngettext("%(count)d decision confirmed.", "%(count)d decisions confirmed.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)

    @admin.action(description=_("Take the payer's confirmation back"), permissions=["confirm"])
    def unconfirm_selected(self, request, queryset):
        count = decisions.unconfirm(entitlements=list(queryset))
        words = ngettext("%(count)d confirmation taken back.", "%(count)d confirmations taken back.", count)
        self.message_user(request, words % {"count": count}, messages.SUCCESS)
