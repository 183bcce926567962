"""Absolute addresses of the portal."""

from django.conf import settings


def portal_url(path: str) -> str:
    """`path` (from `reverse`) under PORTAL_BASE_URL, whatever the request's Host header says."""
    return f"{settings.PORTAL_BASE_URL}{path}"
