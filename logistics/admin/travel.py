"""The travel needs of somebody who does not give them themself: staff key in what came by e-mail or on paper."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from registration import perms as registration_perms
from registration.admin.asking import keeping_filters
from registration.exceptions import RegistrationError
from registration.models import Delegate
from registration.services.transitions import staff
from registration.views.registering.browser_storage_key import forget_typed, keeping_key, remember_key

from ..forms.travel import initial_of
from ..forms.travel_by_staff import StaffTravelForm
from ..models import Entitlement
from ..services import travel_needs

WHAT = gettext_noop("travel needs")


def urls(site) -> list:
    """The address, beside those of the decisions about benefits."""

    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        return travel(request, public_id, site)

    return [path("travel/<uuid:public_id>/", site.admin_view(view), name="logistics_travel")]


@require_http_methods(["GET", "HEAD", "POST"])
def travel(request: HttpRequest, public_id: UUID, site) -> HttpResponse:
    """The delegate's own form, for staff. It shows meals and assistance: each look is recorded."""
    if not registration_perms.may_decide(request.user):
        raise PermissionDenied
    delegate = get_object_or_404(
        Delegate.objects.select_related("workshop", "delegation__party"), public_id=public_id
    )
    back = keeping_filters(request, reverse("admin:registration_delegate_change", args=[delegate.pk]))
    if not travel_needs.may_answer(delegate, by=staff(request.user), now=timezone.now()):
        messages.error(request, _("Travel needs are asked of approved delegates."))
        return redirect(back)
    record_access(
        request=request,
        action=AccessAction.VIEW,
        subject=f"travel needs of {delegate.code}",
        workshop=delegate.workshop.slug,
        about=delegate.public_id,
    )
    asked = travel_needs.asked_of(delegate)
    initial = initial_of(travel_needs.need_of(delegate), asked)
    form = StaffTravelForm(request.POST or None, asked=asked, initial=initial)
    if form.is_valid() and _saved(request, delegate, form):
        messages.success(request, _("The travel needs of %(name)s are kept.") % {"name": delegate})
        return forget_typed(redirect(back), form.given_form_key())
    context = {
        **site.each_context(request),
        "title": _("Travel needs: %(name)s") % {"name": delegate},
        "opts": Entitlement._meta,
        "delegate": delegate,
        "asked": asked,
        "form": form,
        "keep_key": keeping_key(request),
        "back": back,
    }
    status = 400 if form.is_bound else 200
    return remember_key(request, render(request, "admin/logistics/travel.html", context, status=status))


def _saved(request: HttpRequest, delegate: Delegate, form: StaffTravelForm) -> bool:
    """Whether it was kept; else the form shows why not."""
    by, now = staff(request.user), timezone.now()
    try:
        travel_needs.enter_needs(
            delegate=delegate,
            needs=form.needs(),
            details=form.details(),
            passport=form.passport(),
            sensitive_consent=form.cleaned_data.get("sensitive_consent", False),
            what=WHAT,
            note=form.cleaned_data["note"],
            by=by,
            now=now,
        )
    except RegistrationError as refused:
        form.add_error(None, str(refused.message))
        return False
    return True
