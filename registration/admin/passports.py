"""Passports: their own right to look, each look recorded before anything is shown, and the comparison that ends in
'seen and agrees'."""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rcm_portal.files import downloads
from rcm_portal.files.page_pictures import PageNotDrawn, page_picture
from rcm_portal.files.storage import read_private
from rcm_portal.models import AccessAction
from rcm_portal.perms import User
from rcm_portal.security.access_log import record_access

from .. import perms, services
from ..documents.visa_letter import visa_draft, visa_file_name, visa_letter_html
from ..enums import ENDED, Actor, CopyPurpose
from ..exceptions import RegistrationError
from ..models import Correction, Delegate, Passport, PassportCopy, VisaLetter
from ..models.changes import PASSPORT
from ..models.delegates import PASSPORT_TO_COMPARE
from ..queries.case import refused_in_words
from ..queries.passports.reading import looked_at
from ..queries.visa_advice import advice, months_of, rules_by_workshop, rules_of
from ..rules.details import Expiry, passport_validity
from ..rules.next_step import Step
from ..rules.visas import LACK_WORDS
from ..rules.workflow import Verb, possible
from ..services.letters.visa_letters import issue_visa_letter
from ..services.passport_checks import NothingToVerify, agree_and_approve, fingerprint
from ..services.transitions import seen_state, staff
from .asking import FILTERS, DelegatePages, Offer, keeping_filters, list_address
from .case.passport_run import address_of, begin, go_on, next_after

EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class CorrectionForm(forms.Form):
    """What the delegate is to correct or send anew, in staff's own words."""

    text = forms.CharField(
        label=_("What is wrong? The delegate reads this. Write no passport number: it goes by mail."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DownloadForm(forms.Form):
    """Why the copy is taken out of the portal, where nothing protects it any more."""

    why = forms.ChoiceField(
        label=_("Why do you need the file?"),
        choices=[("", "—"), *CopyPurpose.choices],
        error_messages={"required": _("Please say why you need the file: it is recorded.")},
    )


def _delegate_for(request: HttpRequest, pk: int, allowed: Callable[[User], bool]) -> Delegate:
    if not allowed(request.user):
        raise PermissionDenied
    return get_object_or_404(Delegate.objects.select_related("workshop", "delegation__party"), pk=pk)


def _record(request: HttpRequest, delegate: Delegate, action: AccessAction, what: str, why: str = "") -> None:
    record_access(
        request=request,
        action=action,
        subject=f"{what} of {delegate.code}",
        workshop=delegate.workshop.slug,
        about=delegate.public_id,
        reason=why,
    )


@require_safe
def particulars(request: HttpRequest, pk: int) -> HttpResponse:
    """The copy, the particulars and the zone side by side."""
    delegate = _delegate_for(request, pk, perms.may_see_passports)
    _record(request, delegate, AccessAction.VIEW, "passport particulars")
    return _screen(request, delegate, CorrectionForm())


def _screen(
    request: HttpRequest,
    delegate: Delegate,
    form: CorrectionForm,
    download: DownloadForm | None = None,
    status: int = 200,
) -> HttpResponse:
    passport = Passport.objects.filter(delegate=delegate).select_related("verified_by").first()
    copy = PassportCopy.objects.filter(delegate=delegate).first()
    today = timezone.localdate(timezone.now(), delegate.workshop.zone)
    looked = None
    if passport:
        looked = looked_at(delegate, passport, copy, today=today, rules=rules_of(delegate.workshop))
    following, left = next_after(request, delegate)
    may_verify = perms.may_verify_passports(request.user)
    context = {
        **admin.site.each_context(request),
        "title": delegate.full_name,
        "delegate": delegate,
        "workshop": delegate.workshop,
        "passport": passport,
        "looked": looked,
        "papers": looked and looked.papers,
        "corrections": [
            (correction, correction.shown(looked_at=True))
            for correction in Correction.objects.filter(delegate=delegate).select_related("by")
            if any(name.startswith(PASSPORT) for name, _before, _after in correction.changed)
        ],
        "entry": looked and looked.entry,
        "ticket_name": looked and looked.ticket_name,
        "copy": copy,
        "pages": range(1, copy.pages + 1) if copy else (),
        "seen": fingerprint(delegate, passport, copy),
        "state": seen_state(delegate),
        "comparable": bool(passport and passport.comparable(copy)),
        "nothing_to_compare": NothingToVerify.message,
        "may_verify": may_verify,
        "may_approve": may_verify
        and perms.may_decide(request.user)
        and Verb.APPROVE in possible(delegate.status, Actor.SECRETARIAT),
        "query": keeping_filters(request, ""),
        "form": form,
        "download": download or DownloadForm(),
        "next_url": address_of(request, following) if following else "",
        "left_to_check": left,
        "to_list": list_address(request) if request.GET.get(FILTERS) else "",
    }
    return render(request, "admin/registration/passport.html", context, status=status)


@require_safe
def picture(request: HttpRequest, pk: int, page: int) -> HttpResponse:
    """One page of the copy as a picture for the screen."""
    delegate = _delegate_for(request, pk, perms.may_see_passports)
    held = PassportCopy.objects.filter(delegate=delegate).first()
    if held is None or not 1 <= page <= held.pages:
        raise Http404
    _record(request, delegate, AccessAction.VIEW, f"page {page} of the passport copy")
    content = read_private(held.key)
    if held.media_type != "application/pdf":
        return downloads.picture(content, media_type=held.media_type)
    try:
        return downloads.picture(page_picture(content, page), media_type="image/png")
    except PageNotDrawn:
        raise Http404 from None  # the screen says that the copy can still be downloaded


@require_safe
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The copy itself, decrypted, as a download that no page can embed or run; for a reason, which is recorded."""
    delegate = _delegate_for(request, pk, perms.may_see_passports)
    held = PassportCopy.objects.filter(delegate=delegate).first()
    if held is None:
        raise Http404
    form = DownloadForm(request.GET)
    if not form.is_valid():
        _record(request, delegate, AccessAction.VIEW, "passport particulars")
        return _screen(request, delegate, CorrectionForm(), form, status=400)
    why = str(CopyPurpose(form.cleaned_data["why"]).label)
    _record(request, delegate, AccessAction.DOWNLOAD, "passport copy", why)
    name = f"passport-{delegate.code}.{EXTENSIONS[held.media_type]}"
    return downloads.attachment(read_private(held.key), name=name, media_type=held.media_type)


@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """'Seen and agrees', for exactly what was on the screen; with `then` the approval too, and on to the next passport."""
    delegate = _delegate_for(request, pk, perms.may_verify_passports)
    then, by, now = request.POST.get("then", ""), staff(request.user), timezone.now()
    seen = request.POST.get("seen", "")
    if then == "approve" and not perms.may_decide(request.user):
        raise PermissionDenied
    try:
        if then == "approve":
            agree_and_approve(
                delegate=delegate, seen=seen, state=request.POST.get("state", ""), by=by, now=now
            )
            words = gettext("%(name)s: the passport agrees, approved.") % {"name": delegate}
        else:
            services.verify_passport(delegate=delegate, seen=seen, by=by, now=now)
            words = gettext("%(name)s: recorded that you have seen the copy, and it agrees.")
            words = words % {"name": delegate}
    except RegistrationError as refused:
        messages.error(request, refused_in_words(refused))
        return redirect(address_of(request, delegate))
    messages.success(request, words)
    return go_on(request, delegate) if then else redirect(address_of(request, delegate))


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take 'seen and agrees' back."""
    services.withdraw_verification(delegate=_delegate_for(request, pk, perms.may_verify_passports))
    messages.success(request, gettext("Taken back: this passport is to be compared again."))
    return redirect(keeping_filters(request, reverse("admin:registration_delegate_passport", args=[pk])))


@require_POST
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the delegate to correct the particulars or to send another copy."""
    delegate = _delegate_for(request, pk, perms.may_verify_passports)
    form = CorrectionForm(request.POST)
    if form.is_valid():
        try:
            services.ask_for_correction(delegate=delegate, text=form.cleaned_data["text"], now=timezone.now())
        except RegistrationError as refused:
            form.add_error("text", str(refused.message))
        else:
            messages.success(
                request, gettext("%(name)s is told by e-mail what to correct.") % {"name": delegate}
            )
            if request.POST.get("then"):
                return go_on(request, delegate)
            return redirect(address_of(request, delegate))
    _record(request, delegate, AccessAction.VIEW, "passport particulars")
    return _screen(request, delegate, form, status=400)


@require_http_methods(["GET", "HEAD", "POST"])
def visa_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """What would stand in the letter for the consulate, and its issue. Each look is one at the passport."""
    delegate = _delegate_for(request, pk, perms.may_see_passports)
    _record(request, delegate, AccessAction.VIEW, "passport particulars (letter for the consulate)")
    now, refusal = timezone.now(), ""
    if request.method == "POST":
        try:
            issue_visa_letter(
                delegate=delegate, seen=request.POST.get("seen", ""), by=staff(request.user), now=now
            )
        except RegistrationError as refused:
            refusal = str(refused.message)
        else:
            words = gettext(
                "Issued. As soon as it is made, the delegate is told by e-mail and finds it on their page."
            )
            messages.success(request, words)
            return redirect("admin:registration_delegate_visa_letter", pk)
    draft = visa_draft(delegate, Passport.objects.filter(delegate=delegate).first(), now=now)
    issued = VisaLetter.objects.filter(delegate=delegate).select_related("issued_by").order_by("-version")
    current = next((letter for letter in issued if letter.is_current), None)
    context = {
        **admin.site.each_context(request),
        "title": delegate.full_name or delegate.code,
        "delegate": delegate,
        "workshop": delegate.workshop,
        "refusal": refusal,
        "lacks": [LACK_WORDS[lack] for lack in draft.lacks],
        "draft": draft,
        "preview": visa_letter_html(draft),
        "letters": issued,
        "current": current,
        "outdated": bool(current and current.said != draft.digest),
    }
    return render(request, "admin/registration/visa_letter.html", context, status=400 if refusal else 200)


@require_safe
def visa_letter_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter for the consulate as its delegate downloads it."""
    delegate = _delegate_for(request, pk, perms.may_see_passports)
    letter = VisaLetter.objects.current().filter(delegate=delegate).exclude(key="").first()
    if letter is None:
        raise Http404
    _record(request, delegate, AccessAction.DOWNLOAD, "letter for the consulate")
    return downloads.attachment(
        read_private(letter.key), name=visa_file_name(letter), media_type="application/pdf"
    )


def urls(admin_view) -> list:
    """The addresses under the delegate's own in the admin."""
    return [
        path("<int:pk>/passport/", admin_view(particulars), name="registration_delegate_passport"),
        path("passports/", admin_view(begin), name="registration_delegate_passports"),
        path("<int:pk>/passport/copy/", admin_view(copy), name="registration_delegate_passport_copy"),
        path(
            "<int:pk>/passport/page/<int:page>/",
            admin_view(picture),
            name="registration_delegate_passport_page",
        ),
        path("<int:pk>/passport/verify/", admin_view(verify), name="registration_delegate_passport_verify"),
        path(
            "<int:pk>/passport/withdraw/",
            admin_view(withdraw),
            name="registration_delegate_passport_withdraw",
        ),
        path("<int:pk>/passport/ask/", admin_view(ask), name="registration_delegate_passport_ask"),
        path("<int:pk>/visa-letter/", admin_view(visa_letter), name="registration_delegate_visa_letter"),
        path(
            "<int:pk>/visa-letter/file/",
            admin_view(visa_letter_file),
            name="registration_delegate_visa_letter_file",
        ),
    ]


# In the queue


def with_papers(delegates):
    """What the queue shows of passports, read without decrypting a number."""
    return delegates.annotate(
        passport_kind=F("passport__kind"),
        passport_expires=F("passport__expires_on"),
        passport_basis=F("passport__entry_basis"),
        passport_visas=F("passport__visas_held"),
        passport_to_compare=ExpressionWrapper(PASSPORT_TO_COMPARE, output_field=BooleanField()),
    )


class PassportFilter(admin.SimpleListFilter):
    title = _("passport")
    parameter_name = "passport"

    def lookups(self, request, model_admin):
        return [
            ("unchecked", _("copy to be compared")),
            ("verified", _("seen and agrees")),
            ("missing", _("no copy yet")),
        ]

    def queryset(self, request, queryset):
        if self.value() == "unchecked":
            return queryset.filter(PASSPORT_TO_COMPARE)
        if self.value() == "verified":
            return queryset.filter(passport__verified_at__isnull=False)
        if self.value() == "missing":
            return queryset.filter(passport_copy__isnull=True).standing()
        return queryset


def flag(delegates: list[Delegate]) -> None:
    """Set `passport_flags` on each delegate of a page of the queue: one query for all."""
    rules = rules_by_workshop({delegate.workshop_id for delegate in delegates})
    for delegate in delegates:
        delegate.passport_flags = _flags(delegate, rules.get(delegate.workshop_id))


def _flags(delegate: Delegate, rules) -> list[str]:
    if delegate.status in ENDED or delegate.passport_kind is None:
        return []
    flags = []
    if delegate.passport_to_compare:
        flags.append(gettext("passport to be compared"))
    if delegate.passport_expires:
        validity = passport_validity(
            delegate.passport_expires, workshop_ends=delegate.workshop.ends_on, months=months_of(rules)
        )
        if validity == Expiry.SHORT:
            flags.append(str(Expiry.SHORT.label))
        elif validity == Expiry.REFUSED:
            flags.append(gettext("passport ends before the workshop"))
    if rules and delegate.nationality:
        found = advice(
            rules,
            nationality=delegate.nationality,
            kind=delegate.passport_kind,
            basis=delegate.passport_basis,
            visas=delegate.passport_visas or [],
            on_date=delegate.workshop.starts_on,
        )
        if found.flagged:
            flags.append(gettext("visa?"))
    return flags


def _panel(request: HttpRequest, delegate: Delegate) -> dict:
    if not perms.may_see_passports(request.user):
        return {}
    return {
        "passport_url": reverse("admin:registration_delegate_passport", args=[delegate.pk]),
        "visa_letter_url": reverse("admin:registration_delegate_visa_letter", args=[delegate.pk]),
    }


def offers(request: HttpRequest, delegate: Delegate) -> list[Offer]:
    """The way to the comparison, where there is something to compare."""
    if not (perms.may_verify_passports(request.user) and delegate.passport_to_compare):
        return []
    url = reverse("admin:registration_delegate_passport", args=[delegate.pk])
    return [Offer(url, _("Compare the passport"), True, Step.COMPARE)]


PAGES = DelegatePages(urls=urls, offers=offers, panel=_panel, flag=flag)
