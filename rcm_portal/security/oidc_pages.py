"""To the organisation's sign-in and back from it. Where the settings name none, there are no such pages."""

import secrets
from collections.abc import Callable
from functools import wraps

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import RequestException

from .. import errors
from . import oidc
from .client_address import limited_address
from .ratelimits import allow, exhausted

Page = Callable[[HttpRequest], HttpResponse]


def _page(view: Page) -> Page:
    """404 without the settings, 429 past the limit of failures; what the server does wrong ends on the sign-in page."""

    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        if not oidc.is_on():
            raise Http404
        if exhausted("sign in from", limited_address(request)):
            return errors.too_many_requests(request)
        try:
            return view(request)
        except (OAuth2Error, RequestException) as error:
            return oidc.refused(request, oidc.failure(error))

    return never_cache(require_GET(page))


@_page
def start(request: HttpRequest) -> HttpResponse:
    """To the organisation's server. A link and not a form: `form-action` would have to name every server on the way."""
    given = request.GET.get(REDIRECT_FIELD_NAME, "")
    safe = url_has_allowed_host_and_scheme(
        given, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    then = given if safe else reverse("admin:index")
    if request.user.is_authenticated:
        return redirect(then)
    if not allow("organisation from", limited_address(request)):
        return errors.too_many_requests(request)
    provider = get_adapter(request).get_provider(request, oidc.PROVIDER)
    nonce = secrets.token_urlsafe(24)
    answer: HttpResponse = provider.redirect(
        request, AuthProcess.LOGIN, next_url=then, auth_params={"nonce": nonce}, nonce=nonce
    )
    return answer


@_page
def callback(request: HttpRequest) -> HttpResponse:
    """Back from it, with a code."""
    view = OAuth2CallbackView.adapter_view(oidc.Exchange(request, oidc.PROVIDER))
    answer: HttpResponse = view(request)
    return answer
