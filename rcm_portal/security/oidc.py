"""Signing in with an account of the organisation (OpenID Connect), where the settings OIDC_… name its server.

django-allauth keeps the state and the proof of the code (PKCE), exchanges the code and signs in; here stand what is believed
of the answer and whom it lets in. Nothing of it is stored: each time the account is found anew by its e-mail address, so
that a disabled account, or one with another address, is refused at once. Nobody gets an account this way.

Superusers are refused: whoever runs the organisation's server would otherwise hold every role and every passport, and somebody
must be able to sign in while that server is away.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthError
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..output.urls_absolute import portal_url
from .client_address import limited_address
from .ratelimits import allow

logger = logging.getLogger(__name__)

PROVIDER = "organisation"
# For everything that one page asks the organisation's server, names looked up included.
SECONDS = 5.0
# Of the server's clock and ours.
CLOCKS_DIFFER = 60
# Signed with a key that only the server has; never with the secret that both have, and never unsigned.
ALGORITHMS = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["EdDSA"]
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
# The organisation’s own, in the state of a sign-in and in what a session was opened with.
SECOND_FACTOR = "organisation"

# Why somebody is not let in, and what is said to them.
SENTENCES = {
    "unknown": _(
        "The portal has no staff account with your e-mail address. Ask the administration of the portal to invite you, "
        "then sign in again with %(name)s."
    ),
    "unverified": _(
        "Signing in with %(name)s did not work: your e-mail address is not verified there. Sign in with your user name "
        "and password, or ask whoever runs that account."
    ),
    "inactive": _("Your account in the portal is disabled. Ask the administration of the portal."),
    "several": _(
        "Several accounts in the portal have your e-mail address. Sign in with your user name and password."
    ),
    "superuser": _("The administration of the portal signs in with user name and password."),
    "cancelled": _("Signing in with %(name)s was cancelled."),
    "failed": _("Signing in with %(name)s did not work. Please start again."),
    "away": _(
        "Signing in with %(name)s is not possible at the moment: its server does not answer. Try again in a few minutes, "
        "or sign in with your user name and password."
    ),
}
# What says nothing against whoever tries.
NOT_COUNTED = {"cancelled", "away"}


def problems() -> list[str]:
    """What is wrong with the settings OIDC_…, a sentence each; empty also where none is set."""
    needed = {
        name: getattr(settings, name) for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    }
    if not any(needed.values()):
        return ["OIDC_SECOND_FACTOR is on without OIDC_ISSUER."] if settings.OIDC_SECOND_FACTOR else []
    found = [f"{name} is not set, and others of OIDC_… are." for name, value in needed.items() if not value]
    issuer = urlsplit(settings.OIDC_ISSUER)
    own_machine = issuer.scheme == "http" and issuer.hostname in LOOPBACK
    if settings.OIDC_ISSUER and not (issuer.hostname and (issuer.scheme == "https" or own_machine)):
        found.append("OIDC_ISSUER does not begin with https://.")
    if issuer.query or issuer.fragment or "/.well-known/" in issuer.path:
        found.append("OIDC_ISSUER is the issuer's own address, without /.well-known/, ? or #.")
    return found


def is_on() -> bool:
    return bool(settings.OIDC_ISSUER) and not problems()


def name() -> str:
    """What the account is called on the button and in sentences."""
    return settings.OIDC_NAME or gettext("your organisation’s account")


def start_address(then: str) -> str:
    """Where the button of the sign-in page leads; empty where there is none."""
    return f"{reverse('staff_oidc')}?{urlencode({REDIRECT_FIELD_NAME: then})}" if is_on() else ""


def refused(
    request: HttpRequest, reason: str, *, then: str = "", account: User | None = None
) -> HttpResponse:
    """Back to the sign-in page, with the sentence of `reason` (a key of SENTENCES) above the form."""
    logger.warning(
        "sign-in by the organisation refused: %s (account %s)", reason, account.pk if account else "none"
    )
    if reason not in NOT_COUNTED:
        allow("sign in from", limited_address(request))
    messages.error(request, SENTENCES[reason] % {"name": name()})
    query = f"?{urlencode({REDIRECT_FIELD_NAME: then})}" if then else ""
    return HttpResponseRedirect(f"{reverse('admin:login')}{query}")


def judged(claims: Mapping[str, Any]) -> tuple[User | None, str]:
    """Whose account the claims of a verified token open, and why they open none ("" where they do).

    The address is compared as it is written but for capitals of plain letters: the database's own comparison takes some
    letters for others (`ı` for `i`), which the organisation may have given to somebody else.
    """
    email = claims.get("email")
    if not isinstance(email, str) or not email or claims.get("email_verified") is not True:
        return None, "unverified"
    found = [
        user
        for user in User.objects.filter(email__iexact=email, is_staff=True)
        if user.email == email or (email.isascii() and user.email.lower() == email.lower())
    ]
    open_ones = [user for user in found if user.is_active]
    if not open_ones:
        return (found[0], "inactive") if found else (None, "unknown")
    if len(open_ones) > 1:
        return None, "several"
    return open_ones[0], "superuser" if open_ones[0].is_superuser else ""


def shows_second_factor(claims: Mapping[str, Any]) -> bool:
    """Whether the organisation's second factor counts: where OIDC_SECOND_FACTOR says that it always asks for one, and the
    token, if it says how somebody signed in (`amr`, RFC 8176), does not speak of a single way."""
    ways = claims.get("amr")
    several = not isinstance(ways, list) or "mfa" in ways or len({str(way) for way in ways}) > 1
    return bool(settings.OIDC_SECOND_FACTOR) and several


_calls = ThreadPoolExecutor(max_workers=8, thread_name_prefix="oidc")


class _Session(requests.Session):
    """Ends at an instant, whatever takes so long: time-outs of requests know nothing of names that are looked up, and begin
    anew with each byte."""

    def __init__(self, until: float) -> None:
        super().__init__()
        self.until = until

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        left = self.until - time.monotonic()
        if left <= 0:
            raise requests.Timeout
        call = partial(super().request, method, url, **{**kwargs, "timeout": left, "allow_redirects": False})
        try:
            return _calls.submit(call).result(timeout=left)
        except TimeoutError:
            raise requests.Timeout from None


@contextmanager
def _believed() -> Iterator[None]:
    """What is not in the form that OpenID Connect gives it is an error of the exchange like any other."""
    try:
        yield
    except (jwt.PyJWTError, LookupError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, requests.RequestException):
            raise
        raise OAuth2Error from error


class Exchange(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth brings no types
    """allauth's talk with the server, with more doubts."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the server says of itself, if it is the issuer that was asked for and keeps to its scheme."""
        with _believed():
            config: dict[str, Any] = super().openid_config
            if config["issuer"].rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
                raise OAuth2Error
            scheme = urlsplit(settings.OIDC_ISSUER).scheme
            if any(urlsplit(config[endpoint]).scheme != scheme for endpoint in ENDPOINTS):
                raise OAuth2Error
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return portal_url(reverse("staff_oidc_callback"))

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        with _believed():
            data = super().get_access_token_data(*args, **kwargs)
            return {wanted: data[wanted] for wanted in ("access_token", "id_token")}

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """The token says who it is; what it leaves out of the address is asked for with the access token."""
        with _believed():
            claims = self._decode_id_token(app, kwargs["response"]["id_token"])
            if "email_verified" not in claims and "userinfo_endpoint" in self.openid_config:
                more = self._fetch_user_info(token.token)
                if more["sub"] != claims["sub"]:
                    raise OAuth2Error
                claims = {**more, **claims}
            return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """allauth's leaves the signature to TLS, and refuses a token of a clock that is a second ahead."""
        with OrganisationAdapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
        answer.raise_for_status()
        kid = jwt.get_unverified_header(id_token).get("kid")
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        key = next((each for each in keys if kid is None or each.key_id == kid), None)
        if key is None:
            raise OAuth2Error
        claims: dict[str, Any] = jwt.decode(
            id_token,
            key,
            algorithms=ALGORITHMS,
            audience=app.client_id,
            issuer=self.openid_config["issuer"],
            leeway=CLOCKS_DIFFER,
            options={"require": ["aud", "exp", "iat", "iss", "sub"]},
        )
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error
        return claims


class Provider(OpenIDConnectProvider):  # type: ignore[misc]  # allauth brings no types
    oauth2_adapter_class = Exchange


class OrganisationAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth brings no types
    """The one server that the settings name, and its people by their verified address."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        if not is_on() or client_id not in {None, settings.OIDC_CLIENT_ID}:
            return []
        return [
            SocialApp(
                provider="openid_connect",
                provider_id=PROVIDER,
                name=name(),
                client_id=settings.OIDC_CLIENT_ID,
                secret=settings.OIDC_CLIENT_SECRET,
                settings={
                    "server_url": settings.OIDC_ISSUER.rstrip("/"),
                    "oauth_pkce_enabled": True,
                    "scope": ["openid", "email"],
                },
            )
        ]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        return Provider(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def get_requests_session(self) -> requests.Session:
        until = context.request.__dict__.setdefault("oidc_until", time.monotonic() + SECONDS)
        return _Session(until)

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Put the portal's account in the place of allauth's new one, or send the person back. What the session may keep
        until the second factor holds neither claims nor token."""
        claims = sociallogin.account.extra_data["id_token"]
        sociallogin.account.extra_data, sociallogin.token, sociallogin.email_addresses = {}, None, []
        then = sociallogin.state.get("next", "")
        if not constant_time_compare(str(claims.get("nonce")), sociallogin.state["nonce"]):
            self._send_back(request, "failed", then)
        account, reason = judged(claims)
        if reason or account is None:
            self._send_back(request, reason, then, account)
        sociallogin.user = account
        sociallogin.state[SECOND_FACTOR] = shows_second_factor(claims)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        state = (extra_context or {}).get("state") or {}
        reason = "cancelled" if error == AuthError.CANCELLED else failure(exception)
        self._send_back(request, reason, state.get("next", ""))

    def _send_back(
        self, request: HttpRequest, reason: str, then: str, account: User | None = None
    ) -> NoReturn:
        raise ImmediateHttpResponse(refused(request, reason, then=then, account=account))


def failure(exception: Exception | None) -> str:
    """The key of SENTENCES for what went wrong in the exchange."""
    return "away" if isinstance(exception, requests.RequestException) else "failed"
