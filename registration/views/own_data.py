"""What a delegate may do with their own data: take all of it away, or have it destroyed."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from rcm_portal.files.downloads import attachment
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from rcm_portal.security.ratelimits import allow

from .. import services
from ..documents.data_export import own_data_zip
from ..exceptions import RegistrationError
from ..models import Delegate
from .delegate import own_page
from .public import published_workshop


class WithdrawForm(forms.Form):
    """A tick: what follows cannot be undone."""

    sure = forms.BooleanField(
        label=_("I withdraw, and I know that what is destroyed cannot be brought back."),
        error_messages={"required": _("Please tick that you withdraw.")},
    )


@require_safe
@own_page
def download(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """Everything held about this delegate as a ZIP file; recorded like any other export."""
    if not allow("own data", str(delegate.public_id)):
        return render(request, "429.html", status=429)
    record_access(
        request=request,
        actor="personal link",  # whoever opened it: that is all that is known
        action=AccessAction.EXPORT,
        subject=f"everything held about {delegate.code}",
        workshop=delegate.workshop.slug,
        about=delegate.public_id,
    )
    content = own_data_zip(delegate, now=timezone.now())
    return attachment(content, name=f"data-{delegate.code}.zip", media_type="application/zip")


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def withdraw(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """Say what is destroyed and what stays, and do it after a tick."""
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw(delegate=delegate, now=timezone.now())
        except RegistrationError as refused:
            form.add_error(None, str(refused.message))
        else:
            return redirect("registration:withdrawn", delegate.workshop.slug)
    context = {"workshop": delegate.workshop, "delegate": delegate, "token": token, "form": form}
    return render(
        request, "registration/withdraw.html", context, status=400 if request.method == "POST" else 200
    )


@never_cache
@require_safe
def withdrawn(request: HttpRequest, slug: str) -> HttpResponse:
    """What is left to say; the page knows nobody."""
    return render(request, "registration/withdrawn.html", {"workshop": published_workshop(slug)})
