"""Registrations that staff key in: one that came by e-mail or on paper, and the successor of a replaced official."""

from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext

from .. import perms, services
from ..exceptions import EmailTaken, NotReplaceable, RegistrationError
from ..forms.by_staff import StaffRegistrationForm
from ..models import Delegate, Workshop
from ..queries.progress import delegations_asked_for_passport, delegations_with_seats, member_codes
from ..queries.visa_advice import rules_of
from ..services.stored_files import pending_file
from ..services.transitions import staff
from ..views.registering.browser_storage_key import forget_typed, keeping_key, remember_key
from ..views.registering.register import PHONE_COMPLETED
from ..views.uploads import keep_upload, server_key
from .asking import DelegatePages


def urls(wrap) -> list:
    """The address of this page; `wrap` is the admin site's `admin_view`."""
    return [path("add/", wrap(add_registration), name="registration_delegate_add")]


def add_registration(request: HttpRequest) -> HttpResponse:
    """Key in a registration; the workshop is chosen first when there are several."""
    if not perms.may_add_registrations(request.user):
        raise PermissionDenied
    leaving = leaving_delegate(request)
    if (
        leaving
        and request.method != "POST"
        and not leaving.can_be_replaced(leaving.delegation_id, by_staff=True)
    ):
        messages.error(request, str(NotReplaceable.message))
        return redirect("admin:registration_delegate_change", leaving.pk)
    workshops = [leaving.workshop] if leaving else list(Workshop.objects.all())
    workshop = next((one for one in workshops if one.slug == request.GET.get("workshop")), None)
    if workshop is None and len(workshops) == 1:
        workshop = workshops[0]
    title = (
        gettext("Replace %(name)s") % {"name": leaving.full_name} if leaving else gettext("Add a delegate")
    )
    context = {
        **admin.site.each_context(request),
        "title": title,
        "keep_key": keeping_key(request),
        "opts": Delegate._meta,
        "workshops": workshops,
        "leaving": leaving,
    }
    if workshop is None:
        return render(request, "admin/registration/choose_workshop.html", context)
    now = timezone.now()
    delegations = list(delegations_with_seats(workshop, **({"pk": leaving.delegation_id} if leaving else {})))
    form = StaffRegistrationForm(
        data=request.POST or None,
        files=request.FILES or None,
        delegations=delegations,
        asked_for_passport=delegations_asked_for_passport(workshop.passport_required_for, delegations),
        today=timezone.localdate(now, workshop.zone),
        workshop_ends=workshop.ends_on,
        entry=rules_of(workshop),
        workshop=workshop,
        own_countries=member_codes(workshop),
    )
    if leaving:
        form.promise_seat()
    form_key = server_key(workshop, "staff", request.user.pk, form.given_form_key() or uuid4())
    kept = pending_file(workshop, form_key)
    form.has_copy = kept is not None
    if request.method == "POST":
        valid = form.is_valid()
        kept = keep_upload(form, workshop=workshop, form_key=form_key)
        delegate = register_by_staff(request, form, form_key, now, leaving) if valid else None
        if delegate:
            messages.success(request, gettext("%(name)s is registered.") % {"name": delegate.full_name})
            if form.completed_phone():
                messages.info(request, PHONE_COMPLETED)
            return forget_typed(
                redirect("admin:registration_delegate_change", delegate.pk), form.given_form_key()
            )
    context |= {
        "form": form,
        "workshop": workshop,
        "kept_upload": kept,
        "late": not workshop.is_open(now),
    }
    status = 400 if form.is_bound else 200
    return remember_key(
        request, render(request, "admin/registration/add_delegate.html", context, status=status)
    )


def leaving_delegate(request) -> Delegate | None:
    """The official whom the new registration replaces, where the address names one."""
    key = request.GET.get("replaces", "")
    if not key:
        return None
    if not perms.may_decide(request.user) or not key.isdecimal():
        raise PermissionDenied
    people = Delegate.objects.select_related("workshop", "delegation__party")
    return get_object_or_404(people, pk=key)


def register_by_staff(request, form, form_key, now, leaving=None) -> Delegate | None:
    """Take the registration in; None where it is refused, the reason then beside its field."""
    service, target = services.register, {"delegation": form.chosen_delegation()}
    if leaving:
        service, target = services.substitute, {"replaced": leaving}
    try:
        delegate = service(
            **target,
            details={
                **form.details(),
                "role": form.cleaned_data["role"],
                **form.agreed(now),
            },
            passport=form.passport_fields(),
            form_key=form_key,
            file_key=form_key,
            now=now,
            by=staff(request.user),
            source=form.cleaned_data["source"],
            reason=form.cleaned_data["reason"],
            may_wait=form.cleaned_data["waiting_list"],
        )
    except EmailTaken as taken:  # staff may know
        form.add_error("email", f"{taken.message} ({taken.delegate.full_name}, {taken.delegate.code})")
    except RegistrationError as refused:
        form.add_error(refused.field, str(refused.message))
    else:
        return delegate
    return None


PAGES = DelegatePages(urls=urls)
