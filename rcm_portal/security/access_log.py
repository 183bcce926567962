"""Recording each look at personal data."""

from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.http import HttpRequest

from ..models import AccessAction, AccessRecord
from .client_address import client_address

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


def record_access(
    *,
    action: AccessAction,
    subject: str,
    request: HttpRequest | None = None,
    user: "User | AnonymousUser | None" = None,
    actor: str = "",
    workshop: str = "",
    about: UUID | None = None,
    reason: str = "",
) -> AccessRecord:
    """Write down one look, download or export, at once and outside any transaction that the answer may roll back.

    `subject` says what in words that hold no personal data ("passport copy of BLZ-4F7K"). Who is the request's signed-in
    user unless `user` or `actor` is given.
    """
    user = user or (getattr(request, "user", None) if request else None)
    if user is not None and not user.is_authenticated:
        user = None
    return AccessRecord.objects.create(
        user=cast("User | None", user),
        actor=actor or (user.get_username() if user else "system"),
        action=action,
        subject=subject,
        workshop=workshop,
        about=about,
        address=client_address(request) if request else None,
        reason=reason,
    )
