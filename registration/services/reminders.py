"""Reminders: write the mails that are due, or one by hand. Each addressee by itself."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from rcm_portal.mail.writing import queue_mail
from rcm_portal.models import OutgoingMail
from rcm_portal.output.i18n import localized
from rcm_portal.templatetags.portal import day, until

from ..documents.links import delegation_token, token_url
from ..documents.mails import mail_delegate
from ..enums import ReminderOutcome
from ..exceptions import RegistrationError
from ..models import Delegate, Delegation, Reminder, ReminderPause, ReminderRule, Workshop
from ..queries.reminder_plan import Planned, open_items, open_workshops, plan, plan_workshop, pure
from ..rules.reminders import Action, Due, due_at
from .transitions import By, lock_delegate

__all__ = ["plan", "send_by_hand", "send_due"]

log = logging.getLogger(__name__)
BY_HAND_PAUSE = timedelta(hours=1)


class NothingMissing(RegistrationError):
    message = _("This was sent already, or nothing is missing any more.")


class JustReminded(RegistrationError):
    message = _("A reminder by hand went to this address within the last hour.")


def send_due(*, now: datetime, workshops: Iterable[Workshop] | None = None) -> dict[str, int]:
    """Write every mail that is due and mark what was missed; how many of each outcome.

    All that one person is to be reminded of at one time goes into one mail. Whoever runs at the same time finds the rows
    of the other; a failure is written down, stops nobody else, and is tried again by the next run. A workshop that cannot
    be planned stops no other and is raised at the end, so that the run does not count as done.
    """
    hindrance: Exception | None = None
    counts = {outcome.value: 0 for outcome in ReminderOutcome}
    for workshop in open_workshops(now) if workshops is None else workshops:
        try:
            planned = plan_workshop(workshop, now)
        except Exception as error:  # one workshop that cannot be read stops no other
            log.exception("reminders of workshop %s could not be planned", workshop.slug)
            hindrance = error
            continue
        for group in _mails(planned):
            _settle(group, now, counts)
    if hindrance:
        raise hindrance
    return counts


def _mails(planned: Iterable[Planned]) -> Iterable[list[Planned]]:
    """What belongs together: one addressee, one language, one outcome."""
    groups: dict[tuple, list[Planned]] = defaultdict(list)
    for each in planned:
        if each.due.action != Action.WAIT:
            groups[type(each.who), each.who.pk, each.due.action, each.language].append(each)
    return groups.values()


def _settle(group: list[Planned], now: datetime, counts: dict[str, int]) -> None:
    """Send one mail, or mark its reminders missed; whatever fails is written down."""
    try:
        if group[0].due.action == Action.MISS:
            counts[ReminderOutcome.MISSED] += sum(
                _record(each, ReminderOutcome.MISSED, now) is not None for each in group
            )
        else:
            counts[ReminderOutcome.SENT] += len(_send(group, now))
    except Exception as error:
        log.exception("reminder to %s %s failed", group[0].who._meta.model_name, group[0].who.pk)
        counts[ReminderOutcome.FAILED] += len(group)
        try:
            for each in group:
                _record(each, ReminderOutcome.FAILED, now, error=type(error).__name__)
        except DatabaseError:
            log.exception("the failure could not be written down")


@transaction.atomic
def _record(
    planned: Planned, outcome: ReminderOutcome, now: datetime, *, error: str = "", by: By | None = None
) -> Reminder | None:
    """The row of one reminder, locked; None where it is settled already."""
    values = {"outcome": outcome, "at": now, "error": error, "by": by.user if by else None}
    row, made = Reminder.objects.select_for_update(of=("self",)).get_or_create(
        rule=planned.rule,
        days=planned.due.days,
        anchor=planned.missing.until,
        **_addressee(planned.who),
        defaults={"due_at": planned.due.due_at, **values},
    )
    if made:
        return row
    if row.outcome != ReminderOutcome.FAILED:
        return None
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    return row


def _addressee(who: Delegate | Delegation) -> dict:
    return {"delegate": who} if isinstance(who, Delegate) else {"delegation": who}


@transaction.atomic
def _send(group: list[Planned], now: datetime, *, by: By | None = None) -> list[Reminder]:
    """One mail for everything of one addressee that is not settled yet; the rows of the reminders in it."""
    pairs = [(planned, _record(planned, ReminderOutcome.SENT, now, by=by)) for planned in group]
    ours = [(planned, row) for planned, row in pairs if row is not None]
    if ours:
        rows = [row for _planned, row in ours]
        mail = _mail([planned for planned, _row in ours], now, not_after=_not_after(ours))
        Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(mail=mail)
    return [row for _planned, row in ours]


def _not_after(pairs) -> datetime | None:
    """When the mail has lost its time; one that staff send by hand goes out whenever it can."""
    if any(row.by_id for _planned, row in pairs):
        return None
    return max(planned.due.send_before for planned, _row in pairs)


@transaction.atomic
def send_by_hand(
    *, who: Delegate | Delegation, by: By, now: datetime, offsets: Collection[tuple[int, int]] = ()
) -> OutgoingMail:
    """Remind one addressee now, in one mail, whether paused or not; recorded with who sent it.

    `offsets` are (key of the rule, days before) of reminders that would go out by themselves: they are sent now instead.
    Without them the mail holds everything that is missing. Raises NothingMissing, and JustReminded on a second click.
    """
    who = type(who).objects.select_for_update(of=("self",)).select_related("workshop").get(pk=who.pk)
    rules = {rule.what: rule for rule in ReminderRule.objects.filter(workshop=who.workshop)}
    found = list(open_items(who.workshop, rules, only=who))
    if offsets:
        group = [
            Planned(item.rule, item.who, item.label, item.missing, _due_by_hand(item, days))
            for item in found
            for days in item.rule.days
            if (item.rule.pk, days) in offsets
        ]
        rows = _send(group, now, by=by)
    else:
        just_now = Reminder.objects.filter(
            **_addressee(who), by__isnull=False, days__isnull=True, at__gt=now - BY_HAND_PAUSE
        )
        if just_now.exists():
            raise JustReminded
        group = [
            Planned(item.rule, item.who, item.label, item.missing, _due_by_hand(item, None)) for item in found
        ]
        rows = _send_outside_offsets(group, now, by)
    if not rows:
        raise NothingMissing
    return Reminder.objects.select_related("mail").get(pk=rows[0].pk).mail


def _due_by_hand(item, days: int | None) -> Due:
    until_, instant = item.missing.until, None
    if days is not None:
        instant = due_at(until_, days, pure(item.rule), item.zone, calendar=item.who.workshop.zone)
    return Due(item.missing, days, instant, Action.SEND, until_)


def _send_outside_offsets(group: list[Planned], now: datetime, by: By) -> list[Reminder]:
    """One mail with everything that is missing; its rows belong to no offset."""
    if not group:
        return []
    mail = _mail(group, now, not_after=None)
    return Reminder.objects.bulk_create(
        Reminder(
            rule=planned.rule,
            anchor=planned.missing.until,
            outcome=ReminderOutcome.SENT,
            at=now,
            by=by.user,
            mail=mail,
            **_addressee(planned.who),
        )
        for planned in group
    )


def _mail(group: list[Planned], now: datetime, *, not_after: datetime | None) -> OutgoingMail:
    ordered = sorted(group, key=lambda planned: planned.missing.until)
    write = _mail_delegate if isinstance(ordered[0].who, Delegate) else _mail_focal_point
    return write(ordered, now, not_after)


def _mail_delegate(group: list[Planned], now: datetime, not_after: datetime | None) -> OutgoingMail:
    delegate, language = group[0].who, group[0].language
    workshop = delegate.workshop
    with translation.override(language):
        items = [
            {
                "label": str(planned.label),
                "until": until(planned.missing.until, workshop),
                "late": now >= planned.missing.until,
            }
            for planned in group
        ]
        first_day = _last_day(group[0], workshop)
    return mail_delegate(
        "reminder",
        delegate,
        language=language,
        not_after=not_after,
        items=items,
        first_label=items[0]["label"],
        first_day=first_day,
        late=items[0]["late"],
    )


def _mail_focal_point(group: list[Planned], now: datetime, not_after: datetime | None) -> OutgoingMail:
    planned = group[0]
    delegation, workshop, language = planned.who, planned.who.workshop, planned.language
    with translation.override(language):
        context = {
            "name": delegation.focal_point_name,
            "party": localized(delegation.party, "name"),
            "workshop": localized(workshop, "short_name"),
            "taken": delegation.taken,
            "free": delegation.free_seats,
            "limit": delegation.seat_limit,
            "until": until(planned.missing.until, workshop),
            "until_day": _last_day(planned, workshop),
            "late": now >= planned.missing.until,
            "contact_email": workshop.contact_email,
            "delegation_url": token_url("delegation", workshop, language),
        }
    return queue_mail(
        template="registration/mail/reminder_delegation",
        kind="reminder_delegation",
        to=delegation.focal_point_email,
        language=language,
        context=context,
        workshop=workshop.slug,
        about=delegation.public_id,
        personal_token=delegation_token(delegation),
        reply_to=workshop.contact_email,
        zone=workshop.zone,
        not_after=not_after,
    )


def _last_day(planned: Planned, workshop: Workshop) -> str:
    return day(timezone.localdate(planned.missing.until - timedelta(minutes=1), workshop.zone))


COLUMN = {ReminderRule: "paused", Delegate: "reminders_paused", Delegation: "reminders_paused"}


class PauseReasonMissing(RegistrationError):
    field = "reason"
    message = _("Please give a reason.")


def pause_reminders(
    *, target: ReminderRule | Delegate | Delegation, by: By, reason: str, now: datetime
) -> bool:
    """No more reminders under this rule, or to this addressee. Raises PauseReasonMissing and DataDestroyed; False
    where it was paused."""
    if not reason.strip():
        raise PauseReasonMissing
    return _set(target, True, by, reason, now)


def resume_reminders(
    *, target: ReminderRule | Delegate | Delegation, by: By, now: datetime, reason: str = ""
) -> bool:
    """Reminders again from now on; what fell due meanwhile is marked missed. Raises DataDestroyed; False where nothing
    was paused."""
    return _set(target, False, by, reason, now)


@transaction.atomic
def _set(target, paused: bool, by: By, reason: str, now: datetime) -> bool:
    model = type(target)
    column = COLUMN[model]
    if isinstance(target, Delegate):
        row = lock_delegate(target)
    else:
        row = model.objects.select_for_update(of=("self",)).get(pk=target.pk)
    if getattr(row, column) == paused:
        return False
    model.objects.filter(pk=row.pk).update(**{column: paused})
    setattr(target, column, paused)
    kind = "rule" if model is ReminderRule else model._meta.model_name
    ReminderPause.objects.create(
        **{kind: row}, paused=paused, at=now, by=by.user, reason=" ".join(reason.split())
    )
    return True
