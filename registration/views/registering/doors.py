"""The ways to the registration form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ... import services
from ...models import Delegate, Delegation, RegistrationDraft


@dataclass(frozen=True)
class Door:
    """How somebody came to the form: which delegations it offers, and what the service is told about it."""

    delegations: Mapping[str, Any] = field(default_factory=lambda: {"accepts_registrations": True})  # filters
    service: Callable[..., Delegate] = services.register
    told: Mapping[str, Any] = field(default_factory=dict)  # further arguments of the service
    party: Delegation | None = None  # the one delegation that the form is for
    leaving: Delegate | None = None  # the official whose seat the new person takes
    email: str = ""  # the one address that can register here
    kept_with: Mapping[str, Any] = field(default_factory=dict)  # what a half-finished form remembers of this
    draft: RegistrationDraft | None = None  # the half-finished form that is gone on with
    name: str = "public"  # what tells this door from every other one


PUBLIC = Door()
