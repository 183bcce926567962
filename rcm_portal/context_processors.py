"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, str | bool]:
    """What base templates need; `demonstration` says that `make run` serves it."""
    return {"portal_base_url": settings.PORTAL_BASE_URL, "demonstration": settings.DEBUG}
