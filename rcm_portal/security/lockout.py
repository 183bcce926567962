"""What django-axes counts together: the failures of one account from one address, or those of one known device.

Settings name these callables (AXES_*). Both find the name in the credentials or, where axes has none at hand, in the form.
"""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.db.models import Q
from django.http import HttpRequest

from .known_devices import known_device, sign_in_name

Credentials = dict[str, Any] | None


def counted_as(request: HttpRequest, credentials: Credentials = None) -> str:
    """The name in the rows of axes: a known device has rows of its own, which no stranger can add to."""
    name = _name(request, credentials)
    device = known_device(request, name)
    return f"{_before_device(name)}{device}" if device else name


def counted_together(request: HttpRequest, credentials: Credentials = None) -> list[list[str]]:
    """Which columns must agree: of a known device the name alone, from wherever it asks."""
    device = known_device(request, _name(request, credentials))
    return [["username"]] if device else [["username", "ip_address"]]


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """axes' own, whose command `axes_reset_username` opens an account in every spelling and for its known devices too."""

    def reset_attempts(
        self,
        *,
        ip_address: str | None = None,
        username: str | None = None,
        ip_or_username: bool = False,
    ) -> int:
        if username is None:
            return int(super().reset_attempts(ip_address=ip_address, ip_or_username=ip_or_username))
        name = sign_in_name(username)
        wanted = Q(username=name) | Q(username__startswith=_before_device(name))
        if ip_or_username:
            wanted |= Q(ip_address=ip_address)
        elif ip_address:
            wanted &= Q(ip_address=ip_address)
        deleted: int = AccessAttempt.objects.filter(wanted).delete()[0]
        return deleted


def _name(request: HttpRequest, credentials: Credentials) -> str:
    typed = (credentials or {}).get("username") or request.POST.get("username") or ""
    return sign_in_name(typed)


def _before_device(name: str) -> str:
    return f"{name} on device "
