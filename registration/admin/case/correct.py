"""Correct or complete a registration on one page: every detail, and the passport for who may see it (each look recorded)."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access

from ... import perms
from ...enums import CorrectionKind
from ...exceptions import EmailTaken, NotChangeable, RegistrationError
from ...forms.by_staff import CorrectionForm
from ...forms.details import DETAIL_FIELDS
from ...models import Delegate, Passport
from ...models.changes import PASSPORT
from ...services.corrections.correcting import ChangedSince, correct, seen_fields
from ...services.stored_files import pending_file
from ...services.transitions import can_change, staff
from ...views.delegate import details_form
from ...views.registering.browser_storage_key import forget_typed, keeping_key, remember_key
from ...views.uploads import keep_upload, server_key
from ..asking import DelegatePages, Offer, keeping_filters

PASSPORT_FIELDS = ("number", "kind", "issuing_country", "expires_on", "mrz", "entry_basis", "visas_held")


@require_http_methods(["GET", "HEAD", "POST"])
def correct_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The form with everything as it stands, and what becomes of it."""
    if not perms.may_decide(request.user):
        raise PermissionDenied
    delegate = get_object_or_404(
        Delegate.objects.select_related("workshop", "delegation__party", "passport"), pk=pk
    )
    now, back = (
        timezone.now(),
        keeping_filters(request, reverse("admin:registration_delegate_change", args=[pk])),
    )
    if not can_change(delegate, by=staff(request.user), now=now):
        messages.error(request, str(NotChangeable.message))
        return redirect(back)
    passports = perms.may_see_passports(request.user)
    if passports:
        record_access(
            request=request,
            action=AccessAction.VIEW,
            subject=f"passport particulars of {delegate.code}",
            workshop=delegate.workshop.slug,
            about=delegate.public_id,
        )
    file_key = server_key(delegate.workshop, "correct", delegate.public_id, request.user.pk)
    form = _form(request, delegate, passports, now)
    kept = pending_file(delegate.workshop, file_key)
    if request.method == "POST":
        valid = form.is_valid()
        kept = keep_upload(form, workshop=delegate.workshop, form_key=file_key)
        if valid and _corrected(request, delegate, form, file_key, now):
            return forget_typed(redirect(back), form.given_form_key())
    context = {
        **admin.site.each_context(request),
        "title": gettext("Correct or complete: %(name)s") % {"name": delegate},
        "opts": Delegate._meta,
        "delegate": delegate,
        "form": form,
        "kept_upload": kept,
        "keep_key": keeping_key(request),
        "back": back,
        "passports": passports,
    }
    status = 400 if form.is_bound else 200
    return remember_key(request, render(request, "admin/registration/correct.html", context, status=status))


def _form(request: HttpRequest, delegate: Delegate, passports: bool, now) -> CorrectionForm:
    passport = getattr(delegate, "passport", None) or Passport(delegate=delegate)
    names = [name for name in DETAIL_FIELDS if name != "head_of_delegation"]
    if passports:
        names += [f"{PASSPORT}{name}" for name in PASSPORT_FIELDS]
    return details_form(
        delegate,
        now,
        CorrectionForm,
        data=request.POST or None,
        files=request.FILES or None,
        passports=passports,
        seen=seen_fields(delegate, passport, names),
    )


def _corrected(request: HttpRequest, delegate: Delegate, form: CorrectionForm, file_key, now) -> bool:
    """Whether it was done; else the form shows why not."""
    details = form.details()
    if form.cleaned_data.get("no_reimbursement") and delegate.no_reimbursement_at is None:
        details["no_reimbursement_at"] = now
    try:
        correction = correct(
            delegate=delegate,
            details=details,
            passport=form.passport_fields(),
            kind=CorrectionKind(form.cleaned_data["kind"]),
            reason=form.cleaned_data["reason"],
            seen=form.seen_then(),
            by=staff(request.user),
            now=now,
            file_key=file_key,
        )
    except EmailTaken as taken:  # staff may know
        form.add_error("email", f"{taken.message} ({taken.delegate.full_name}, {taken.delegate.code})")
    except ChangedSince as refused:
        form.add_error(None, str(refused.message))
        form.look_again()
    except RegistrationError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
    else:
        what = ", ".join(what for what, _before, _after in correction.shown())
        words = gettext("Corrected: %(what)s. %(name)s is told by e-mail.")
        messages.success(request, words % {"what": what, "name": delegate})
        return True
    return False


def urls(wrap) -> list:
    """The address of this page; `wrap` is the admin site's `admin_view`."""
    return [path("<int:pk>/correct/", wrap(correct_page), name="registration_delegate_correct")]


def offers(request: HttpRequest, delegate: Delegate) -> list[Offer]:
    """The button for this delegate."""
    if not perms.may_decide(request.user):
        return []
    if not can_change(delegate, by=staff(request.user), now=timezone.now()):
        return []
    url = reverse("admin:registration_delegate_correct", args=[delegate.pk])
    return [Offer(url, _("Correct or complete the registration"), True, "correct")]


PAGES = DelegatePages(urls=urls, offers=offers)
