"""Reminders: collect what is missing, ask the rule what is due, write the mails. Each addressee by itself."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation

from rcm_portal.i18n import localized
from rcm_portal.mail import queue_mail
from rcm_portal.templatetags.portal import day, until

from ..enums import DelegateStatus, Language, ReminderAnchor, ReminderOutcome, ReminderTo, ReminderTopic
from ..links import party_token, token_url
from ..mails import mail_delegate
from ..models import Delegate, Delegation, Reminder, ReminderRule, Workshop
from ..owed import Owing, owed
from ..queries import accept_until, current_letter, delegations_with_seats, facts_by_delegate, with_progress
from ..reminders import Action, Due, Missing, Rule, due_for
from ..signals import collect_by_delegate, owed_items

log = logging.getLogger(__name__)

TOPIC_OF = {
    Owing.EMAIL: ReminderTopic.EMAIL,
    Owing.PASSPORT: ReminderTopic.PASSPORT,
    Owing.LETTER: ReminderTopic.LETTER,
}
TRAVEL_CODE = "travel"  # of the Owed that logistics tells
REMINDED = (
    DelegateStatus.SUBMITTED,
    DelegateStatus.APPROVED,
    DelegateStatus.CONFIRMED,
    DelegateStatus.WAITLISTED,
)


@dataclass(frozen=True)
class Planned:
    """One reminder that is due: its rule's row, the addressee, what it says, and what the rule decided."""

    rule: ReminderRule
    who: Delegate | Delegation
    label: str
    due: Due

    @property
    def address(self) -> str:
        return self.who.email if isinstance(self.who, Delegate) else self.who.focal_point_email


def plan(*, now: datetime, workshops: Iterable[Workshop] | None = None) -> list[Planned]:
    """Every reminder whose time has come at the aware instant `now` and that was neither sent nor missed before.

    A constant number of queries per workshop.
    """
    if workshops is None:
        workshops = Workshop.objects.filter(
            ends_on__gte=(now - timedelta(days=2)).date(), reminder_rules__paused=False
        )
        workshops = workshops.distinct().order_by("pk")
    return [planned for workshop in workshops for planned in _plan_workshop(workshop, now)]


def _plan_workshop(workshop: Workshop, now: datetime) -> list[Planned]:
    rules = {rule.what: rule for rule in ReminderRule.objects.filter(workshop=workshop, paused=False)}
    if not rules:
        return []
    done = _done(rules.values())
    found = []
    for who, what, label, limit, since in _missing(workshop, rules, now):
        rule = rules.get(what)
        if rule is None:
            continue
        key = (rule.pk, isinstance(who, Delegate), who.pk, limit)
        missing = Missing(who, what, limit, since)
        for due in due_for(missing, _pure(rule), now=now, zone=workshop.zone, done=done[key]):
            found.append(Planned(rule, who, label, due))
    return found


def _pure(rule: ReminderRule) -> Rule:
    missed_after = timedelta(hours=rule.missed_after_hours)
    return Rule(rule.what, tuple(rule.days), rule.quiet_from, rule.quiet_until, missed_after)


def _done(rules: Iterable[ReminderRule]) -> dict[tuple, set[int]]:
    """Days that are settled, by rule, kind and key of the addressee, and anchor. What failed is tried again."""
    done: dict[tuple, set[int]] = defaultdict(set)
    settled = Reminder.objects.filter(rule__in=list(rules)).exclude(outcome=ReminderOutcome.FAILED)
    for rule, delegate, delegation, anchor, days in settled.values_list(
        "rule_id", "delegate_id", "delegation_id", "anchor", "days"
    ):
        done[rule, delegate is not None, delegate or delegation, anchor].add(days)
    return done


def _missing(workshop: Workshop, rules: dict[str, ReminderRule], now: datetime):
    """What is missing in a workshop: addressee, topic, label, until when, since when."""
    if any(rule.to == ReminderTo.DELEGATE for rule in rules.values()):
        yield from _missing_of_delegates(workshop, rules, now)
    if ReminderTopic.DELEGATION in rules:
        for delegation in delegations_with_seats(
            workshop, accepts_registrations=True, seat_limit__isnull=False
        ):
            if delegation.free_seats > 0 and delegation.focal_point_email:
                delegation.workshop = workshop
                yield delegation, ReminderTopic.DELEGATION, "", workshop.deadline, None


def _missing_of_delegates(workshop: Workshop, rules: dict[str, ReminderRule], now: datetime):
    delegates = list(
        with_progress(
            Delegate.objects.filter(
                workshop=workshop, status__in=REMINDED, reminders_paused=False, purged_at__isnull=True
            )
        )
    )
    facts = facts_by_delegate(delegates)
    travel = (
        collect_by_delegate(owed_items, Delegate, delegates=delegates)
        if ReminderTopic.TRAVEL in rules
        else {}
    )
    for delegate in delegates:
        letter = current_letter(delegate)
        for item in owed(facts[delegate.pk]):
            topic = TOPIC_OF.get(item.code)
            if topic is None:
                continue
            since = letter.rendered_at if topic == ReminderTopic.LETTER else delegate.submitted_at
            yield delegate, topic, item.code.label, _anchor(rules.get(topic), delegate, letter), since
        for item in travel.get(delegate.pk, ()):
            if item.code == TRAVEL_CODE and not item.done:
                anchor = _anchor(rules[ReminderTopic.TRAVEL], delegate, letter)
                yield delegate, ReminderTopic.TRAVEL, item.label, anchor, delegate.approved_at


def _anchor(rule: ReminderRule | None, delegate: Delegate, letter) -> datetime:
    if rule is not None and rule.before == ReminderAnchor.ACCEPTANCE and letter is not None:
        return accept_until(delegate, letter)
    return delegate.workshop.deadline


def send_due(*, now: datetime, workshops: Iterable[Workshop] | None = None) -> dict[str, int]:
    """Write every mail that is due and mark what was missed; how many of each outcome.

    All that one person is to be reminded of at one time goes into one mail. Whoever runs at the same time finds the rows
    of the other; a failure is written down, stops nobody else, and is tried again by the next run.
    """
    counts = {outcome.value: 0 for outcome in ReminderOutcome}
    by_addressee: dict[tuple, list[Planned]] = defaultdict(list)
    for planned in plan(now=now, workshops=workshops):
        if planned.due.action != Action.WAIT:
            by_addressee[type(planned.who), planned.who.pk, planned.due.action].append(planned)
    for (_kind, _pk, action), group in by_addressee.items():
        if action == Action.MISS:
            counts[ReminderOutcome.MISSED] += sum(
                _record(each, ReminderOutcome.MISSED, now) is not None for each in group
            )
            continue
        try:
            counts[ReminderOutcome.SENT] += _send(group, now)
        except Exception as error:
            log.exception("reminder to %s %s failed", group[0].who._meta.model_name, group[0].who.pk)
            for each in group:
                _record(each, ReminderOutcome.FAILED, now, error=type(error).__name__)
            counts[ReminderOutcome.FAILED] += len(group)
    return counts


@transaction.atomic
def _record(planned: Planned, outcome: ReminderOutcome, now: datetime, *, error: str = "") -> Reminder | None:
    """The row of one reminder, locked; None where it is settled already."""
    addressee = (
        {"delegate": planned.who} if isinstance(planned.who, Delegate) else {"delegation": planned.who}
    )
    row, made = Reminder.objects.select_for_update().get_or_create(
        rule=planned.rule,
        days=planned.due.days,
        anchor=planned.due.missing.until,
        **addressee,
        defaults={"due_at": planned.due.due_at, "outcome": outcome, "at": now, "error": error},
    )
    if made:
        return row
    if row.outcome != ReminderOutcome.FAILED:
        return None
    row.outcome, row.at, row.error = outcome, now, error
    row.save(update_fields=["outcome", "at", "error"])
    return row


@transaction.atomic
def _send(group: list[Planned], now: datetime) -> int:
    """One mail for everything of one addressee; the number of reminders in it."""
    rows = [(planned, _record(planned, ReminderOutcome.SENT, now)) for planned in group]
    ours = [(planned, row) for planned, row in rows if row is not None]
    if not ours:
        return 0
    mine = sorted((planned for planned, _row in ours), key=lambda planned: planned.due.missing.until)
    mail = _mail_delegate(mine, now) if isinstance(mine[0].who, Delegate) else _mail_focal_point(mine[0], now)
    Reminder.objects.filter(pk__in=[row.pk for _planned, row in ours]).update(mail=mail)
    return len(ours)


def _mail_delegate(group: list[Planned], now: datetime):
    delegate = group[0].who
    workshop = delegate.workshop
    with translation.override(delegate.language):
        items = [
            {"label": str(planned.label), "until": until(planned.due.missing.until, workshop)}
            for planned in group
        ]
        first_day = _last_day(group[0].due, workshop)
    return mail_delegate(
        "reminder",
        delegate,
        now=now,
        not_after=max(planned.due.send_before for planned in group),
        items=items,
        first_label=items[0]["label"],
        first_day=first_day,
    )


def _mail_focal_point(planned: Planned, now: datetime):
    delegation, workshop = planned.who, planned.who.workshop
    language = delegation.focal_point_language or Language.SPANISH
    with translation.override(language):
        context = {
            "name": delegation.focal_point_name,
            "party": localized(delegation.party, "name"),
            "workshop": localized(workshop, "short_name"),
            "taken": delegation.taken,
            "free": delegation.free_seats,
            "limit": delegation.seat_limit,
            "until": until(workshop.deadline, workshop),
            "until_day": _last_day(planned.due, workshop),
            "contact_email": workshop.contact_email,
            "party_url": token_url("party", workshop, language),
        }
    return queue_mail(
        template="registration/mail/reminder_delegation",
        kind="reminder",
        to=delegation.focal_point_email,
        language=language,
        context=context,
        workshop=workshop.slug,
        about=delegation.public_id,
        personal_token=party_token(delegation),
        reply_to=workshop.contact_email,
        zone=workshop.zone,
        not_after=planned.due.send_before,
    )


def _last_day(due: Due, workshop: Workshop) -> str:
    return day(timezone.localdate(due.missing.until - timedelta(minutes=1), workshop.zone))
