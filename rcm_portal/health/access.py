"""Which machine may read the deep form of /readyz and the metrics."""

from hmac import compare_digest
from ipaddress import ip_network

from django.conf import settings
from django.http import HttpRequest

from ..security.client_address import address_in, client_address, is_within


def is_monitor(request: HttpRequest) -> bool:
    """Whether the request carries METRICS_TOKEN or comes from one of METRICS_ADDRESSES; never where neither is set."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode(errors="replace")
        if compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode()):
            return True
    networks = [ip_network(each, strict=False) for each in settings.METRICS_ADDRESSES]
    return is_within(address_in(client_address(request)), networks)
