"""Where a request comes from."""

from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The client's address. TrustedProxyMiddleware has already put a trusted proxy's word into REMOTE_ADDR."""
    address: str = request.META.get("REMOTE_ADDR", "")
    return address
