"""What goes out in the next two weeks: per day, to whom, what and why; pausing, resuming, and sending one by hand."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from rcm_portal.templatetags.portal import day

from .. import perms, services
from ..enums import ENDED
from ..exceptions import RegistrationError
from ..models import Delegate, Delegation, Reminder, ReminderPause, ReminderRule, Workshop
from ..queries.chosen_workshop import chosen_workshop
from ..queries.reminder_plan import AHEAD, Coming, coming, mail_key, open_workshops, unreachable
from ..services.reminders import send_by_hand
from ..services.transitions import staff
from .asking import DelegatePages, Offer, ask

PER_PAGE = 100
LATEST = 20  # of what was paused and resumed
KINDS = {"rule": ReminderRule, "delegate": Delegate, "delegation": Delegation}


class PauseForm(forms.Form):
    """Why there are to be no reminders."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


@dataclass
class Mail:
    """Everything that one addressee gets in one mail."""

    who: Delegate | Delegation
    at: datetime
    address: str
    name: str
    language: str
    overdue: bool
    items: list[Coming] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.who._meta.model_name

    @property
    def clock(self) -> str:
        """The time of day in the workshop's zone."""
        return f"{timezone.localtime(self.at, self.who.workshop.zone):%H:%M}"

    @property
    def party(self) -> str:
        delegation = self.who.delegation if self.kind == "delegate" else self.who
        return delegation.party.short_name

    @property
    def offsets(self) -> list[str]:
        return [f"{item.rule.pk}:{item.days}" for item in self.items]


def mails_of(found: list[Coming]) -> list[Mail]:
    """The reminders of one addressee at one time as one mail, in the order in which they go out."""
    mails: dict[tuple, Mail] = {}
    for item in found:
        key = mail_key(item)
        if key not in mails:
            mails[key] = Mail(item.who, item.at, item.address, item.name, item.language, item.overdue)
        mails[key].items.append(item)
    return list(mails.values())


def by_day(mails: list[Mail], workshop: Workshop) -> list[tuple[date, list[Mail]]]:
    days: dict[date, list[Mail]] = {}
    for mail in mails:
        days.setdefault(timezone.localdate(mail.at, workshop.zone), []).append(mail)
    return list(days.items())


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The plan of one workshop, and what is paused in it."""
    if not perms.may_see_reminders(request.user):
        raise PermissionDenied
    now = timezone.now()
    workshops = list(open_workshops(now))
    chosen = chosen_workshop(request.user)
    asked = request.GET.get("workshop") or (chosen.slug if chosen else "")
    workshop = next(
        (one for one in workshops if one.slug == asked),
        workshops[0] if workshops and not chosen else None,
    )
    context = {
        **admin.site.each_context(request),
        "title": gettext("Reminders of the next 14 days"),
        "opts": Reminder._meta,
        "workshop": workshop,
        "workshops": [] if chosen else workshops,
        "may": perms.may_manage_reminders(request.user),
    }
    if workshop:
        context |= _plan(request, workshop, now) | _paused(workshop)
    return render(request, "admin/registration/coming.html", context)


def _plan(request: HttpRequest, workshop: Workshop, now: datetime) -> dict:
    found = coming(workshop, now=now, ahead=AHEAD)
    topics = Counter(item.rule.what for item in found)
    rules = list(ReminderRule.objects.filter(workshop=workshop))
    wanted = request.GET.get("what", "")
    if wanted in topics:
        found = [item for item in found if item.rule.what == wanted]
    mails = mails_of(found)
    shown = Paginator(mails, PER_PAGE).get_page(request.GET.get("page"))
    return {
        "rules": [(rule, topics.get(rule.what, 0)) for rule in rules],
        "wanted": wanted if wanted in topics else "",
        "shown": shown,
        "days": by_day(shown.object_list, workshop),
        "overview": [(each, len(group)) for each, group in by_day(mails, workshop)],
        "total": len(mails),
        "until_day": day(timezone.localdate(now + AHEAD, workshop.zone)),
        "query": urlencode({"workshop": workshop.slug, "what": wanted}),
        "unreachable": unreachable(workshop) if workshop.is_open(now) else [],
    }


def _paused(workshop: Workshop) -> dict:
    people = Delegate.objects.filter(workshop=workshop, reminders_paused=True).with_personal_data()
    delegations = Delegation.objects.filter(workshop=workshop, reminders_paused=True)
    of_this = Q(rule__workshop=workshop) | Q(delegate__workshop=workshop) | Q(delegation__workshop=workshop)
    pauses = ReminderPause.objects.select_related("rule", "delegate", "delegation__party", "by")
    return {
        "paused": [
            *(
                ("delegate", person, person.delegation.party.short_name)
                for person in people.standing().select_related("delegation__party")
            ),
            *(("delegation", each, gettext("focal point")) for each in delegations.select_related("party")),
        ],
        "pauses": pauses.filter(of_this)[:LATEST],
    }


def _may_act(request: HttpRequest) -> None:
    if not perms.may_manage_reminders(request.user):
        raise PermissionDenied


def _target(whom: str, pk: int):
    if whom not in KINDS:
        raise Http404
    related = {
        "rule": ["workshop"],
        "delegate": ["workshop", "delegation__party"],
        "delegation": ["workshop", "party"],
    }
    return get_object_or_404(KINDS[whom].objects.select_related(*related[whom]), pk=pk)


def _back(request: HttpRequest, whom: str, target) -> str:
    """The page that the person came from: the plan, or the page of the delegate or delegation."""
    if whom == "rule" or request.GET.get("from") == "plan":
        return (
            f"{reverse('admin:registration_reminder_coming')}?{urlencode({'workshop': target.workshop.slug})}"
        )
    return reverse(f"admin:registration_{whom}_change", args=[target.pk])


def pause(request: HttpRequest, whom: str, pk: int) -> HttpResponse:
    """No more reminders under a rule or to one addressee, with a reason."""
    _may_act(request)
    target = _target(whom, pk)
    form = PauseForm(request.POST or None)
    back = _back(request, whom, target)
    if form.is_valid():
        try:
            services.pause_reminders(
                target=target, by=staff(request.user), reason=form.cleaned_data["reason"], now=timezone.now()
            )
        except RegistrationError as refused:
            form.add_error("reason", str(refused.message))
        else:
            messages.success(request, gettext("%(whom)s: no more reminders.") % {"whom": target})
            return redirect(back)
    return ask(
        request,
        form,
        title=gettext("Pause reminders: %(whom)s") % {"whom": target},
        intro=gettext("Nothing is sent until somebody resumes it. Only staff read the reason."),
        button=gettext("Pause reminders"),
        back=back,
    )


@require_POST
def resume(request: HttpRequest, whom: str, pk: int) -> HttpResponse:
    """Reminders again; what fell due meanwhile is not sent."""
    _may_act(request)
    target = _target(whom, pk)
    if services.resume_reminders(target=target, by=staff(request.user), now=timezone.now()):
        messages.success(request, gettext("%(whom)s: reminders go out again.") % {"whom": target})
    else:
        messages.info(request, gettext("%(whom)s was not paused.") % {"whom": target})
    return redirect(_back(request, whom, target))


@require_POST
def send(request: HttpRequest, whom: str, pk: int) -> HttpResponse:
    """One mail now: the planned reminders that are named, or everything that is missing."""
    _may_act(request)
    if whom == "rule":
        raise Http404
    target = _target(whom, pk)
    try:
        mail = send_by_hand(
            who=target, by=staff(request.user), now=timezone.now(), offsets=_offsets(request.POST)
        )
    except RegistrationError as refused:
        messages.warning(request, f"{target}: {refused.message}")
    else:
        messages.success(request, gettext("Reminder to %(email)s is on its way.") % {"email": mail.to})
    return redirect(_back(request, whom, target))


def _offsets(posted) -> set[tuple[int, int]]:
    """The planned reminders that the form names, as key of the rule and days; what is no such pair names nothing."""
    found = set()
    for value in posted.getlist("offset"):
        rule, _colon, days = value.partition(":")
        if not (rule.isdecimal() and days.isdecimal() and len(value) < 40):
            raise Http404
        found.add((int(rule), int(days)))
    return found


def urls(wrap) -> list:
    """The addresses of these pages; `wrap` is the admin site's `admin_view`."""
    return [
        path("coming/", wrap(page), name="registration_reminder_coming"),
        path("pause/<slug:whom>/<int:pk>/", wrap(pause), name="registration_reminder_pause"),
        path("resume/<slug:whom>/<int:pk>/", wrap(resume), name="registration_reminder_resume"),
        path("send/<slug:whom>/<int:pk>/", wrap(send), name="registration_reminder_send"),
    ]


def pause_of(target: Delegate | Delegation) -> ReminderPause | None:
    """Who paused this addressee, when and why; None where nobody did."""
    if not target.reminders_paused:
        return None
    return target.reminder_pauses.select_related("by").filter(paused=True).first()


def offers(request: HttpRequest, target: Delegate | Delegation) -> list[Offer]:
    """The buttons on the page of a delegate or a delegation."""
    if not perms.may_manage_reminders(request.user):
        return []

    def at(verb: str) -> str:
        return reverse(f"admin:registration_reminder_{verb}", args=[target._meta.model_name, target.pk])

    reachable = target.email if isinstance(target, Delegate) else target.focal_point_email
    found = [Offer(at("send"), _("Send a reminder now"), False)] if reachable else []
    if target.reminders_paused:
        return [*found, Offer(at("resume"), _("Resume reminders"), False)]
    return [*found, Offer(at("pause"), _("Pause reminders"), True)]


def rule_offers(request: HttpRequest, rule: ReminderRule) -> list[Offer]:
    """The button on a rule's page."""
    if not perms.may_manage_reminders(request.user):
        return []
    verb, label = ("resume", _("Resume this rule")) if rule.paused else ("pause", _("Pause this rule"))
    address = reverse(f"admin:registration_reminder_{verb}", args=["rule", rule.pk])
    return [Offer(address, label, not rule.paused)]


def _delegate_offers(request: HttpRequest, delegate: Delegate) -> list[Offer]:
    ended = delegate.status in ENDED or delegate.purged_at
    return [] if ended else offers(request, delegate)


def _delegate_panel(request: HttpRequest, delegate: Delegate) -> dict:  # noqa: ARG001 - as DelegatePages calls it
    ended = delegate.status in ENDED or delegate.purged_at
    return {"pause": None if ended else pause_of(delegate)}


PAGES = DelegatePages(offers=_delegate_offers, panel=_delegate_panel)
