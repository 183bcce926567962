"""Pages of staff who are not signed in: an invitation, a forgotten password. Their links come by mail and are the key."""

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from ... import errors
from ...security.client_address import limited_address
from ...security.ratelimits import allow
from ...security.tokens import BadToken
from . import inviting as accounts

PAGE = ["GET", "HEAD", "POST"]


class ForgottenForm(forms.Form):
    """Which account's password was forgotten."""

    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        max_length=254,
    )


class OwnPasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # of our User
    """Django's, with the user name beside it, so that a password manager keeps the two together."""

    username = forms.CharField(
        label=gettext_lazy("Your user name"),
        required=False,
        disabled=True,
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    field_order = ["username", "new_password1", "new_password2"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, initial={"username": user.get_username()}, **kwargs)


@never_cache
@sensitive_post_parameters()
@require_http_methods(PAGE)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The own password of somebody new, who is then led to the second factor."""
    return _own_password(request, accounts.INVITATION, token)


@never_cache
@sensitive_post_parameters()
@require_http_methods(PAGE)
def new_password(request: HttpRequest, token: str) -> HttpResponse:
    """Another password for an account that has one; whoever sets it signs in as always, second factor included."""
    return _own_password(request, accounts.NEW_PASSWORD, token)


def _own_password(request: HttpRequest, purpose: str, token: str) -> HttpResponse:
    now = timezone.now()
    context = {"invited": purpose == accounts.INVITATION}
    try:
        form = OwnPasswordForm(accounts.account_of(purpose, token, now=now), request.POST or None)
        if request.method == "POST" and form.is_valid():
            password = form.cleaned_data["new_password1"]
            user = accounts.set_password(purpose=purpose, token=token, password=password, now=now)
            return _after(request, user, purpose)
    except BadToken as bad:
        if not bad.expired:
            raise Http404 from None
        return render(request, "portal/link_over.html", context, status=410)
    status = 400 if form.is_bound else 200
    return render(request, "portal/own_password.html", {**context, "form": form}, status=status)


def _after(request: HttpRequest, user: User, purpose: str) -> HttpResponse:
    if request.user.is_authenticated:
        logout(request)
    if purpose == accounts.INVITATION:
        login = Login(user=user, redirect_url="/admin/")
        user.backend = "django.contrib.auth.backends.ModelBackend"  # type: ignore[attr-defined]  # as Django sets it
        answer: HttpResponse = perform_password_login(request, {"username": user.get_username()}, login)
        return answer
    messages.success(request, _("Your password is set. Sign in with it."))
    return redirect("admin:login")


@never_cache
@require_http_methods(PAGE)
def forgotten(request: HttpRequest) -> HttpResponse:
    """Mail a link to a new password; the answer is the same for a known and an unknown address."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not allow("new password from", limited_address(request)):
            return errors.too_many_requests(request)
        email = form.cleaned_data["email"]
        # Past the limit: the same answer, without one more mail.
        if allow("new password to", email.casefold()):
            language = translation.get_language() or ""
            accounts.ask_new_password(email=email, language=language, now=timezone.now())
        return redirect("staff_password_sent")
    return render(request, "portal/forgotten.html", {"form": form}, status=400 if form.is_bound else 200)


@require_safe
def link_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/link_sent.html")
