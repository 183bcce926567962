"""Whose word about the client is believed, how large a request may be, and the headers that every answer carries."""

import logging
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from .. import errors
from ..files.storage import FileUnavailable
from ..logs import bind_request, unbind_request
from .client_address import address_behind, address_in, is_within

logger = logging.getLogger(__name__)

GetResponse = Callable[[HttpRequest], HttpResponse]
Networks = tuple[IPv4Network | IPv6Network, ...]

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)


TEXT_TYPES = {"application/javascript", "application/json", "image/svg+xml"}
PROBES = {"/healthz", "/readyz"}


class CompressedTextMiddleware(GZipMiddleware):
    """Text is sent compressed where the browser takes that: a page weighs a fifth. Pictures, PDFs and archives are already.

    What stands secretly in a page cannot be told from its length: Django adds bytes by lot to each answer, and writes its
    CSRF token anew each time.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.get("Content-Type", "").partition(";")[0]
        if kind.startswith("text/") or kind in TEXT_TYPES:
            return super().process_response(request, response)
        return response


class ProbeMiddleware:
    """What looks after the process asks by its address (`Host: 10.0.0.7`): a probe is answered under any host name.

    Their answers hold no address of the portal, and nothing of the request, so no host name can do harm in them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            request.META["HTTP_HOST"] = urlsplit(settings.PORTAL_BASE_URL).netloc
        return self.get_response(request)


class TrustedProxyMiddleware:
    """Believe X-Forwarded-For and -Proto only from TRUSTED_PROXIES (addresses or networks), and drop them otherwise.

    From a trusted proxy the nearest address that is not itself a trusted proxy becomes REMOTE_ADDR, so that every later
    reader (rate limits, access records, sign-in lock-out) has one place to look. Host headers are never taken from a
    proxy: addresses in pages and mails come from PORTAL_BASE_URL.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        networks = _networks(tuple(settings.TRUSTED_PROXIES))
        meta = request.META
        proto = None
        # A proxy on the same machine that speaks over a Unix socket has no address: then only "unix" trusts it.
        sender = meta.get("REMOTE_ADDR", "")
        if is_within(address_in(sender), networks) or (not sender and "unix" in settings.TRUSTED_PROXIES):
            meta["REMOTE_ADDR"] = address_behind(sender, meta.get("HTTP_X_FORWARDED_FOR", ""), networks)
            proto = meta.get("HTTP_X_FORWARDED_PROTO")
        for name in FORWARDED:
            meta.pop(name, None)
        if proto in {"http", "https"}:
            meta["HTTP_X_FORWARDED_PROTO"] = proto
        return self.get_response(request)


@lru_cache(maxsize=8)
def _networks(entries: tuple[str, ...]) -> Networks:
    return tuple(ip_network(entry, strict=False) for entry in entries if entry != "unix")


class RequestLogMiddleware:
    """Gives every log line of a request its identifier and the access log its route: never the path, which may hold a
    personal link."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        bind_request(request)
        try:
            response = self.get_response(request)
            # gunicorn prints this entry of the WSGI environment (gunicorn.conf.py).
            request.META["portal.route"] = route_name(request)
            return response
        finally:
            unbind_request()


def route_name(request: HttpRequest) -> str:
    """The name of the address that answered ("registration:landing"), or "-" when none did."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name or match.route) if match else "-"


class SecurityHeadersMiddleware:
    """Headers that Django's own SecurityMiddleware does not know, and the answer to a request that is far too large.

    A view that sets one of these headers itself keeps its own: `X-Robots-Tag: all` for a workshop that search engines
    may list, `Cache-Control` for what may be kept.
    """

    ALWAYS = {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "X-Permitted-Cross-Domain-Policies": "none",
        "X-Robots-Tag": "noindex, nofollow",
        "Permissions-Policy": (
            "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(self), "
            "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
            "publickey-credentials-create=(self), publickey-credentials-get=(self), usb=(), xr-spatial-tracking=()"
        ),
    }
    PERSONAL = {"token", "code", "key"}  # parameters of an address that only one person should hold

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _declared_length(request) > settings.REQUEST_MAX_BYTES:
            response = errors.too_large(request)  # before anything reads the body
        else:
            response = self.get_response(request)
        for name, value in self.ALWAYS.items():
            response.headers.setdefault(name, value)
        if self._is_personal(request):
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A private file that cannot be had is said on a page, in whichever view it was."""
        if not isinstance(exception, FileUnavailable):
            return None
        logger.error("%s: a private file cannot be had (%s)", route_name(request), type(exception).__name__)
        return errors.file_unavailable(request)

    def _is_personal(self, request: HttpRequest) -> bool:
        """Somebody is signed in (or was), or the address itself is the key."""
        match = getattr(request, "resolver_match", None)
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES
        return signed_in or bool(match and self.PERSONAL & match.kwargs.keys())


def _declared_length(request: HttpRequest) -> int:
    """Content-Length in bytes; 0 when absent or no number (Django then reads no body either)."""
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdigit() else 0
