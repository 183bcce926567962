"""A letter signed by hand that came to the office by e-mail or on paper: staff bring it in and confirm it in one step."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from rcm_portal.uploads import ACCEPT, check_upload

from ... import perms
from ...exceptions import RegistrationError
from ...forms.fields import TidyCharField
from ...forms.pages import SCAN_PAGES
from ...models import Delegate, InvitationLetter
from ...services.letters.signing import NoLetter, enter_signed
from ...services.stored_files import SCANS, discard_copy, store_copy
from ...services.transitions import staff
from ..asking import DelegatePages, Offer, keeping_filters


class SignedForm(forms.Form):
    """The file, what staff saw, and how it came. `sha256` is the hash of the letter that stood on the page."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    scan = forms.FileField(
        label=_("The signed letter: a scan or a photo"),
        help_text=_(
            "PDF, JPEG, PNG or HEIC, up to 10 MB. All pages in one PDF, or a photo of the page with the signature."
        ),
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    note = TidyCharField(
        label=_("How it came"), max_length=300, help_text=_("Such as “by e-mail on 3 March” or “on paper”.")
    )
    looked = forms.BooleanField(
        label=_("I have looked at it: it is this version of the letter, and it is signed."),
        error_messages={"required": _("Please compare it with the letter first, then tick this.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.clean_upload = None

    def clean_scan(self):
        self.clean_upload = check_upload(self.cleaned_data["scan"], max_pages=SCAN_PAGES)
        return self.cleaned_data["scan"]


@require_http_methods(["GET", "HEAD", "POST"])
def signed(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring in the signed letter: its delegate is confirmed."""
    if not perms.may_decide(request.user):
        raise PermissionDenied
    delegate = get_object_or_404(Delegate.objects.select_related("workshop", "delegation__party"), pk=pk)
    back = keeping_filters(request, reverse("admin:registration_delegate_change", args=[pk]))
    letter = InvitationLetter.objects.awaiting().filter(delegate=delegate).first()
    if letter is None:
        messages.error(request, str(NoLetter.message))
        return redirect(back)
    form = SignedForm(request.POST or None, request.FILES or None, initial={"sha256": letter.sha256})
    if form.is_valid() and _entered(request, delegate, form):
        messages.success(request, gettext("%(name)s has accepted the letter.") % {"name": delegate})
        return redirect(back)
    context = {
        **admin.site.each_context(request),
        "title": gettext("Enter a letter signed by hand: %(name)s") % {"name": delegate},
        "opts": Delegate._meta,
        "delegate": delegate,
        "letter": letter,
        "form": form,
        "back": back,
    }
    return render(request, "admin/registration/signed.html", context, status=400 if form.is_bound else 200)


def _entered(request: HttpRequest, delegate: Delegate, form: SignedForm) -> bool:
    """Whether it was taken; else the form shows why not."""
    copy = store_copy(form.clean_upload, SCANS)
    try:
        enter_signed(
            delegate=delegate,
            sha256=form.cleaned_data["sha256"],
            copy=copy,
            note=form.cleaned_data["note"],
            by=staff(request.user),
            now=timezone.now(),
        )
    except RegistrationError as refused:
        discard_copy(copy)
        form.add_error(None, str(refused.message))
    except BaseException:
        discard_copy(copy)
        raise
    else:
        return True
    return False


def urls(wrap) -> list:
    """The address of this page; `wrap` is the admin site's `admin_view`."""
    return [path("<int:pk>/signed/", wrap(signed), name="registration_delegate_signed")]


def offers(request: HttpRequest, delegate: Delegate) -> list[Offer]:
    """The button for a delegate whose letter waits for a signature."""
    waits = any(letter.awaits for letter in delegate.current_letters)
    if not waits or not perms.may_decide(request.user):
        return []
    url = reverse("admin:registration_delegate_signed", args=[delegate.pk])
    return [Offer(url, _("Enter a letter signed by hand"), True, "signed")]


PAGES = DelegatePages(urls=urls, offers=offers)
