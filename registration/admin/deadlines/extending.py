"""More time for many at once: to accept their letters, and to register."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from rcm_portal.templatetags.portal import day

from ... import perms
from ...exceptions import RegistrationError
from ...forms.dates import IsoDateField
from ...models import Delegate, InvitationLetter, Workshop
from ...services.letters.signing import extend_acceptance
from ...services.setting_up.deadlines import extend_registration
from ...services.transitions import staff
from ..asking import ReasonForm, ask


class LastDayForm(forms.Form):
    """Until when, by the last day that is still in time."""

    last_day = IsoDateField(label=_("Last day"))


class ExtensionForm(ReasonForm, LastDayForm):
    """The same with a reason."""

    field_order = ["last_day", "reason"]


def end_of(last_day, workshop: Workshop) -> datetime:
    """The first instant after a day, by the workshop's clock."""
    return datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=workshop.zone)


def _bound(request: HttpRequest, form_class: type[LastDayForm]) -> LastDayForm:
    return form_class(request.POST if "last_day" in request.POST else None)


def _tell(request: HttpRequest, done: int, refused: Iterable[str]) -> None:
    if done:
        text = ngettext("%(count)d was extended.", "%(count)d were extended.", done)
        messages.success(request, text % {"count": done})
    for words in refused:
        messages.warning(request, words)


def ask_and_extend(request: HttpRequest, people, *, action: str, selected, back: str) -> HttpResponse | None:
    """The page that asks until when these people may accept their letters, then the extension, one by one; each is told.

    `people` are delegates, each with the letter that was ticked, or None. `selected` are the ticked rows of the list,
    and `action` its name there. None once it is done.
    """
    form = _bound(request, ExtensionForm)
    if not form.is_valid():
        return ask(
            request,
            form,
            title=gettext("Extend the time to accept"),
            intro=gettext(
                "Each delegate is told the new date. Who has more time already, or no letter to accept, is left as it is."
            ),
            button=gettext("Extend"),
            back=back,
            action=action,
            **selected,
        )
    done, refused = 0, []
    for delegate, letter in people:
        try:
            extend_acceptance(
                delegate=delegate,
                until=end_of(form.cleaned_data["last_day"], delegate.workshop),
                by=staff(request.user),
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
                letter=letter,
            )
        except RegistrationError as refusal:
            refused.append(f"{delegate.full_name}: {refusal.message}")
        else:
            done += 1
    _tell(request, done, refused)
    return None


class ExtendsAcceptance(admin.ModelAdmin):
    """A list of people or of their letters, of which several get more time at once."""

    @admin.action(description=_("Extend the time to accept…"), permissions=["decide"])
    def extend_selected(self, request, queryset):
        if self.model is Delegate:
            people = [(delegate, None) for delegate in queryset]
            selected = {"delegates": queryset}
        else:
            letters: Iterable[InvitationLetter] = queryset.current()
            people = [(letter.delegate, letter) for letter in letters]
            selected = {"selected": queryset.select_related("delegate__delegation__party")}
        return ask_and_extend(
            request, people, action="extend_selected", selected=selected, back=request.get_full_path()
        )

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return perms.may_decide(request.user)


class ExtendsRegistration(admin.ModelAdmin):
    """The list of workshops, several of which stay open for longer."""

    @admin.action(description=_("Extend the time to register…"), permissions=["change"])
    def extend_selected(self, request, queryset):
        form = _bound(request, LastDayForm)
        if not form.is_valid():
            return ask(
                request,
                form,
                title=gettext("Extend the time to register"),
                intro=gettext(
                    "Every page, reminder and nomination goes by the new date. Nobody is written to."
                ),
                button=gettext("Extend"),
                back=request.get_full_path(),
                selected=queryset,
                action="extend_selected",
            )
        done, refused = 0, []
        for workshop in queryset:
            workshop.changed_by = request.user
            last_day = form.cleaned_data["last_day"]
            try:
                extend_registration(workshop=workshop, until=end_of(last_day, workshop), now=timezone.now())
            except RegistrationError as refusal:
                refused.append(f"{workshop}: {refusal.message}")
                continue
            words = gettext("Registration extended until %(day)s.") % {"day": day(last_day)}
            self.log_change(request, workshop, words)
            done += 1
        _tell(request, done, refused)
        return None
