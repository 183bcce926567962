"""Pausing and resuming reminders: of a rule, of one delegate, or of one delegation's focal point."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ..exceptions import RegistrationError
from ..models import Delegate, Delegation, ReminderPause, ReminderRule
from .transitions import By

COLUMN = {ReminderRule: "paused", Delegate: "reminders_paused", Delegation: "reminders_paused"}


class PauseReasonMissing(RegistrationError):
    field = "reason"
    message = _("Please give a reason.")


def pause_reminders(
    *, target: ReminderRule | Delegate | Delegation, by: By, reason: str, now: datetime
) -> bool:
    """No more reminders under this rule, or to this addressee. Raises PauseReasonMissing; False where it was paused."""
    if not reason.strip():
        raise PauseReasonMissing
    return _set(target, True, by, reason, now)


def resume_reminders(
    *, target: ReminderRule | Delegate | Delegation, by: By, now: datetime, reason: str = ""
) -> bool:
    """Reminders again from now on; what fell due meanwhile is marked missed. False where nothing was paused."""
    return _set(target, False, by, reason, now)


@transaction.atomic
def _set(target, paused: bool, by: By, reason: str, now: datetime) -> bool:
    model = type(target)
    column = COLUMN[model]
    row = model.objects.select_for_update(of=("self",)).get(pk=target.pk)
    if getattr(row, column) == paused:
        return False
    model.objects.filter(pk=row.pk).update(**{column: paused})
    setattr(target, column, paused)
    kind = "rule" if model is ReminderRule else model._meta.model_name
    ReminderPause.objects.create(
        **{kind: row}, paused=paused, at=now, by=by.user, reason=" ".join(reason.split())[:300]
    )
    return True
