"""Two small middlewares: whose word about the client is believed, and the headers that every answer carries."""

from ipaddress import ip_address, ip_network

from django.conf import settings

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)


class TrustedProxyMiddleware:
    """Believe X-Forwarded-For and -Proto only from TRUSTED_PROXIES (addresses or networks), and drop them otherwise.

    From a trusted proxy the rightmost address that is not itself a trusted proxy becomes REMOTE_ADDR, so that every
    later reader (rate limits, access records, sign-in lock-out) has one place to look. Host headers are never taken
    from a proxy: addresses in pages and mails come from PORTAL_BASE_URL.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        networks = [ip_network(entry, strict=False) for entry in settings.TRUSTED_PROXIES]
        meta = request.META
        if _within(meta.get("REMOTE_ADDR", ""), networks):
            hops = [hop.strip() for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
            outside = [hop for hop in hops if not _within(hop, networks)]
            if outside and _is_address(outside[-1]):
                meta["REMOTE_ADDR"] = outside[-1]
            proto = meta.get("HTTP_X_FORWARDED_PROTO")
        else:
            proto = None
        for name in FORWARDED:
            meta.pop(name, None)
        if proto in {"http", "https"}:
            meta["HTTP_X_FORWARDED_PROTO"] = proto
        return self.get_response(request)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(address: str, networks) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in networks)


class SecurityHeadersMiddleware:
    """Headers that Django's own SecurityMiddleware does not know. A view that sets one itself keeps its own."""

    ALWAYS = {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Permissions-Policy": (
            "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(self), "
            "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
            "publickey-credentials-create=(self), publickey-credentials-get=(self), usb=(), xr-spatial-tracking=()"
        ),
    }

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in self.ALWAYS.items():
            response.headers.setdefault(name, value)
        return response
