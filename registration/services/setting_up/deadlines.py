"""Registration stays open for longer."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ...exceptions import RegistrationError
from ...models import Workshop
from ...queries.archive import in_archive


class NotLater(RegistrationError):
    message = _("The new date must be later than now and than the present one.")


class AfterTheWorkshop(RegistrationError):
    message = _("The new date must not be after the workshop’s last day.")


class OnlyRead(RegistrationError):
    message = _("This workshop is over and its personal data are destroyed: it is no longer changed.")


@transaction.atomic
def extend_registration(*, workshop: Workshop, until: datetime, now: datetime) -> None:
    """Let people register until the aware instant `until` (exclusive). Raises NotLater, AfterTheWorkshop, OnlyRead."""
    stored = Workshop.objects.select_for_update().get(pk=workshop.pk)
    if in_archive(row=stored):
        raise OnlyRead
    if until <= max(now, stored.deadline):
        raise NotLater
    if until > stored.over_from:
        raise AfterTheWorkshop
    workshop.deadline = until
    workshop.save(update_fields=["deadline"])
