"""What a workshop still needs, as a list: each with the field where it is cured, and "seen, and why" for warnings."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from ... import perms
from ...exceptions import FindingGone
from ...models import Workshop
from ...queries.set_up import set_up_of
from ...services.setting_up import seen as services
from ..asking import Wrap


class SeenForm(forms.Form):
    """Why a warning may stand."""

    words = forms.CharField(widget=forms.HiddenInput, strip=False)
    reason = forms.CharField(
        label=gettext_lazy("Why it may stay so"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The list; a POST sets one warning aside."""
    if not perms.may_set_up(request.user):
        raise PermissionDenied
    workshop = get_object_or_404(Workshop, pk=pk)
    form = SeenForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        try:
            services.set_aside(workshop=workshop, by=request.user, now=timezone.now(), **form.cleaned_data)
        except FindingGone as gone:
            messages.warning(request, gone.message)
        else:
            messages.success(
                request, _("The warning is set aside. It comes back when it says something else.")
            )
        return redirect("admin:registration_workshop_setup", pk)
    set_up = set_up_of(workshop)
    forms_ = []
    for number, need in enumerate(set_up.open):
        mine = form if form and form["words"].value() == need.finding.words else None
        forms_.append(mine or SeenForm(initial={"words": need.finding.words}))
        forms_[-1].auto_id = f"seen-{number}-%s"
    if form and form not in forms_:
        messages.warning(request, FindingGone.message)
    context = {
        **admin.site.each_context(request),
        "opts": Workshop._meta,
        "title": _("What is still to be set up: %(workshop)s") % {"workshop": workshop},
        "workshop": workshop,
        "set_up": set_up,
        "rows": list(zip(set_up.open, forms_, strict=True)),
    }
    status = 400 if form else 200
    return TemplateResponse(request, "admin/registration/setup.html", context, status=status)


@require_POST
def back(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show a warning again that was set aside."""
    if not perms.may_set_up(request.user):
        raise PermissionDenied
    workshop = get_object_or_404(Workshop, pk=pk)
    services.take_back(workshop=workshop, pk=number, by=request.user, now=timezone.now())
    return redirect("admin:registration_workshop_setup", pk)


def urls(wrap: Wrap) -> list[URLPattern]:
    return [
        path("<int:pk>/setup/", wrap(page), name="registration_workshop_setup"),
        path("<int:pk>/setup/<int:number>/back/", wrap(back), name="registration_workshop_setup_back"),
    ]
