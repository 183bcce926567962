"""Signing in of staff: password, then a second factor; how both are slowed when somebody guesses.

django-allauth keeps the second factors (authenticator app, security keys and passkeys, recovery codes) and asks for one when
an account has it. It does not make anyone have one: `has_second_factor`, which the admin site asks on every request, does.
"""

import base64
import logging
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import (
    get_authentication_records,
    perform_password_login,
    record_authentication,
)
from allauth.account.models import Login
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.stages import AuthenticateStage
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.contrib.auth.views import LoginView
from django.core.management import call_command
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .. import errors
from ..files import crypto
from .client_address import client_address, limited_address
from .known_devices import known_device, remember_device, sign_in_name
from .oidc import SECOND_FACTOR
from .ratelimits import allow, exhausted
from .sessions import end_sessions, forget_factor

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.forms import AuthenticationForm
    from django.contrib.auth.models import User
    from django.dispatch import Signal

logger = logging.getLogger(__name__)

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
ENCRYPTION_CONTEXT = "allauth.mfa"


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor (or none is asked for: STAFF_MFA off)."""
    if not settings.STAFF_MFA:
        return True
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))


def second_factor_address(request: HttpRequest, *, then: str) -> str:
    """Where a session with only a password must go: to give the second factor it has, or to set one up."""
    has_one = Authenticator.objects.filter(user=request.user, type__in=FACTORS).exists()
    name = "account_reauthenticate" if has_one else "mfa_index"
    return f"{reverse(name)}?{urlencode({REDIRECT_FIELD_NAME: then})}"


@receiver(authenticator_added, dispatch_uid="signin.added")
def _adding_a_factor_proves_it(
    sender: object,
    request: HttpRequest,
    user: "AbstractBaseUser",
    authenticator: Authenticator,
    **kwargs: object,
) -> None:
    """Whoever has just typed the new app's code or touched the new key has shown it: no second time at once."""
    if authenticator.type in FACTORS:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


@receiver(user_logged_in, dispatch_uid="signin.logged_in")
def _signed_in(sender: object, request: HttpRequest, user: "AbstractBaseUser", **kwargs: object) -> None:
    logger.info("signed in: account %s", user.pk)


@receiver(user_login_failed, dispatch_uid="signin.login_failed")
def _refused(
    sender: object, credentials: object, request: HttpRequest | None = None, **kwargs: object
) -> None:
    """Without the name that was typed: people type their password there."""
    logger.warning("sign-in refused")


@receiver(user_locked_out, dispatch_uid="signin.locked_out")
def _locked(sender: object, **kwargs: object) -> None:
    logger.warning("sign-in locked for one account and address")


@receiver([authenticator_added, authenticator_removed, authenticator_reset], dispatch_uid="signin.factors")
def _factors_changed(sender: object, user: "AbstractBaseUser", signal: "Signal", **kwargs: object) -> None:
    logger.warning("second factors changed: account %s", user.pk)


@receiver(post_delete, sender=Authenticator, dispatch_uid="signin.factor_gone")
def _factor_is_gone(sender: object, instance: Authenticator, **kwargs: object) -> None:
    """Whoever removed it: sessions that were opened with it end. The owner's own session, when it is the one in which the
    factor was removed, is left with the password alone, which opens only the page to set a factor up."""
    request = context.request
    own = request if request is not None and request.user.pk == instance.user_id else None
    if own is not None:
        forget_factor(own, instance.pk)
    if instance.type in FACTORS:
        end_sessions(instance.user_id, but=own)


@receiver(post_save, sender=settings.AUTH_USER_MODEL, dispatch_uid="signin.disabled")
def _is_disabled(sender: object, instance: "User", **kwargs: object) -> None:
    """Django lets nobody in whose account is disabled; without this the session would open again with the account."""
    if not instance.is_active:
        end_sessions(instance.pk)


def tidy(*, now: datetime) -> None:
    """Delete sessions that have ended, and failed sign-ins older than a day: they name accounts, addresses and browsers."""
    call_command("clearsessions")
    AccessAttempt.objects.filter(attempt_time__lt=now - timedelta(days=1)).delete()


class StaffLoginView(LoginView):
    """The admin's sign-in form; what follows the right password (a second factor or not) is allauth's."""

    counted: tuple[tuple[str, str], ...] = ()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Without a look at the password once there were too many failures; such a request counts for nothing, so that
        whoever goes on from one address cannot use up what all addresses together may try."""
        name = sign_in_name(request.POST.get("username", ""))
        if not AxesProxyHandler.is_allowed(request, {"username": name}):
            return errors.too_many_requests(request)
        if not known_device(request, name):
            self.counted = (("sign in from", limited_address(request)), ("sign in as", name))
        if any(exhausted(action, target) for action, target in self.counted):
            return errors.too_many_requests(request)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: "AuthenticationForm") -> HttpResponse:
        for action, target in self.counted:
            allow(action, target)
        return super().form_invalid(form)

    def form_valid(self, form: "AuthenticationForm") -> HttpResponse:
        login = Login(user=form.get_user(), redirect_url=self.get_success_url())
        credentials = {"username": form.cleaned_data["username"]}
        response: HttpResponse = perform_password_login(self.request, credentials, login)
        return response


class SecondFactorStage(AuthenticateStage):  # type: ignore[misc]  # allauth brings no types
    """allauth's question for the code, left out where the organisation's own second factor counts."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        records = get_authentication_records(self.request, self.login.user)
        if any((record["method"], record.get("type")) == ("mfa", SECOND_FACTOR) for record in records):
            return None, True
        answer: tuple[HttpResponse | None, bool] = super().handle()
        return answer


class PortalAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth brings no types
    """Accounts are made by the portal's administrators only, and a second factor cannot be passed by with the password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        own, ours = (
            f"{stage.__module__}.{stage.__name__}" for stage in (AuthenticateStage, SecondFactorStage)
        )
        return [ours if stage == own else stage for stage in super().get_login_stages()]

    def pre_login(self, request: HttpRequest, user: "User", **kwargs: Any) -> HttpResponse | None:
        """The step before the second factor: that of the organisation may count."""
        login = (kwargs["signal_kwargs"] or {}).get("sociallogin")
        if login is not None:
            counts = login.state[SECOND_FACTOR]
            logger.info(
                "the organisation vouches for account %s, second factor %s",
                user.pk,
                "counts" if counts else "not",
            )
            if counts:
                record_authentication(request, user, "mfa", type=SECOND_FACTOR)
        answer: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return answer

    def post_login(self, request: HttpRequest, user: "User", **kwargs: Any) -> HttpResponse:
        """The last step, after the second factor of whoever has one."""
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return remember_device(request, user, answer)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_reauthentication_methods(self, user: "AbstractBaseUser") -> list[dict[str, Any]]:
        """With a second factor set up, only it counts: the password alone must not change or remove it."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        strong = [method for method in methods if method["id"] != "reauthenticate"]
        return strong or methods

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """Not within minutes of signing in (with the second factor, for those who have one)."""
        request = context.request
        has_one = Authenticator.objects.filter(user=request.user, type__in=FACTORS).exists()
        since = time.time() - account_settings.REAUTHENTICATION_TIMEOUT
        fresh = [
            record for record in get_authentication_records(request, request.user) if record["at"] > since
        ]
        return not any(record["method"] == "mfa" or not has_one for record in fresh)


class PortalMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth brings no types
    """Secrets of the second factors are encrypted at rest; keys are bound to PORTAL_BASE_URL, not to the Host header."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.encrypt(text.encode(), context=ENCRYPTION_CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(base64.b64decode(encrypted_text), context=ENCRYPTION_CONTEXT).decode()

    def get_totp_label(self, user: "AbstractBaseUser") -> str:
        return user.get_username()

    def get_public_key_credential_rp_entity(self) -> dict[str, str | None]:
        return {"id": urlsplit(settings.PORTAL_BASE_URL).hostname, "name": str(_("RCM Workshop Portal"))}
