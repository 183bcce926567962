"""Who would be reminded of what: reads what is missing and asks the rule in `reminders` what is due. Writes nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.functional import Promise

from rcm_portal.registry import joined

from ..enums import (
    DelegateStatus,
    Language,
    ReminderAnchor,
    ReminderClock,
    ReminderOutcome,
    ReminderTo,
    ReminderTopic,
)
from ..models import Delegate, Delegation, Reminder, ReminderRule, Workshop
from ..questions import owed_items
from ..rules.reminders import Action, Due, Missing, Rule, coming_for, due_for
from ..rules.todo import Owing, owed
from .progress import accept_until, current_letter, delegations_with_seats, facts_by_delegate, with_progress

if TYPE_CHECKING:
    from ..models import InvitationLetter

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
AHEAD = timedelta(days=14)  # how far staff look ahead


@dataclass(frozen=True)
class OpenItem:
    """One thing missing of one addressee, with the rule that reminds of it; the label is lazily translated."""

    rule: ReminderRule
    who: Delegate | Delegation
    label: str | Promise
    missing: Missing

    @property
    def address(self) -> str:
        return self.who.email if isinstance(self.who, Delegate) else self.who.focal_point_email

    @property
    def name(self) -> str:
        """Whom the mail greets."""
        return self.who.full_name if isinstance(self.who, Delegate) else self.who.focal_point_name

    @property
    def language(self) -> str:
        """The rule's language, or the recipient's own."""
        own = self.who.language if isinstance(self.who, Delegate) else self.who.focal_point_language
        return self.rule.language or own or Language.SPANISH

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose clock the rule goes by: the workshop's, or that of the recipient's party."""
        return zone_of(self.rule, self.who)


def zone_of(rule: ReminderRule, who: Delegate | Delegation) -> ZoneInfo:
    """The zone whose clock a rule goes by for one addressee."""
    delegation = who.delegation if isinstance(who, Delegate) else who
    if rule.clock == ReminderClock.RECIPIENT and delegation.party.time_zone:
        return ZoneInfo(delegation.party.time_zone)
    return who.workshop.zone


@dataclass(frozen=True)
class Planned(OpenItem):
    """One reminder that is due, and what the rule decided about it."""

    due: Due


@dataclass(frozen=True)
class Coming(OpenItem):
    """One reminder that goes out `days` before, at the aware instant `at`, unless the thing is done by then.

    `overdue` marks one whose time has come and that the next run sends.
    """

    days: int
    at: datetime
    overdue: bool = False


def open_workshops(now: datetime) -> QuerySet[Workshop]:
    """The workshops that still have something to remind of, the next one first. Nobody is invited to one that is not
    published yet."""
    listed = Workshop.objects.going_on(now, grace=timedelta(days=2)).filter(published=True)
    return listed.order_by("starts_on", "pk")


def plan(*, now: datetime, workshops: Iterable[Workshop] | None = None) -> list[Planned]:
    """Every reminder whose time has come at the aware instant `now` and that was neither sent nor missed before.

    A constant number of queries per workshop.
    """
    if workshops is None:
        workshops = open_workshops(now)
    return [planned for workshop in workshops for planned in plan_workshop(workshop, now)]


def plan_workshop(workshop: Workshop, now: datetime) -> list[Planned]:
    """The same for one workshop."""
    rules = active_rules(workshop)
    done = settled(rules)
    found = []
    for item in open_items(workshop, rules):
        rule = pure(item.rule)
        for due in due_for(
            item.missing, rule, now=now, zone=item.zone, calendar=workshop.zone, done=done[_key(item)]
        ):
            found.append(Planned(item.rule, item.who, item.label, item.missing, due))
    return found


def coming(workshop: Workshop, *, now: datetime, ahead: timedelta = AHEAD) -> list[Coming]:
    """What will go out from `now` on, the earliest first, if nobody does what is missing; what is due now included.

    A constant number of queries.
    """
    rules = active_rules(workshop)
    done = settled(rules)
    found = []
    for item in open_items(workshop, rules):
        rule = pure(item.rule)
        zone, settled_days = item.zone, done[_key(item)]
        facts = (item.rule, item.who, item.label, item.missing)
        for due in due_for(item.missing, rule, now=now, zone=zone, calendar=workshop.zone, done=settled_days):
            if due.action != Action.MISS:
                found.append(Coming(*facts, due.days, due.due_at, overdue=True))
        for days, at in coming_for(
            item.missing,
            rule,
            after=now,
            until=now + ahead,
            zone=zone,
            calendar=workshop.zone,
            done=settled_days,
        ):
            found.append(Coming(*facts, days, at))
    return sorted(found, key=lambda each: (each.at, each.name, each.address))


def mail_key(item: Coming) -> tuple[datetime, type, int, str]:
    """The reminders of one addressee at one time in one language go out as one mail."""
    return item.at, type(item.who), item.who.pk, item.language


def count_mails(found: Iterable[Coming]) -> int:
    """How many mails these reminders are."""
    return len({mail_key(item) for item in found})


def number_coming(workshop: Workshop, *, now: datetime) -> int:
    """How many mails the reminders of the next days are, for a page that only says so: worked out once a minute."""
    key = f"reminders-coming:{workshop.pk}"
    number: int | None = cache.get(key)
    if number is None:
        number = count_mails(coming(workshop, now=now))
        cache.set(key, number, timeout=60)
    return number


def active_rules(workshop: Workshop) -> dict[str, ReminderRule]:
    """The workshop's rules that are not paused, by topic."""
    return {rule.what: rule for rule in ReminderRule.objects.filter(workshop=workshop, paused=False)}


def pure(rule: ReminderRule) -> Rule:
    missed_after = timedelta(hours=rule.missed_after_hours)
    return Rule(rule.what, tuple(rule.days), rule.quiet_from, rule.quiet_until, missed_after)


Key = tuple[int, bool, int | None, datetime]  # rule, whether the addressee is a delegate, who, anchor


def _key(item: OpenItem) -> Key:
    return item.rule.pk, isinstance(item.who, Delegate), item.who.pk, item.missing.until


def settled(rules: dict[str, ReminderRule]) -> dict[Key, set[int]]:
    """Days that are settled, by rule, kind and key of the addressee, and anchor. What failed is tried again."""
    done: dict[Key, set[int]] = defaultdict(set)
    if not rules:
        return done
    rows = Reminder.objects.filter(rule__in=list(rules.values()), days__isnull=False)
    for rule, delegate, delegation, anchor, days in rows.exclude(outcome=ReminderOutcome.FAILED).values_list(
        "rule_id", "delegate_id", "delegation_id", "anchor", "days"
    ):
        done[rule, delegate is not None, delegate or delegation, anchor].add(cast("int", days))
    return done


def open_items(
    workshop: Workshop, rules: dict[str, ReminderRule], *, only: Delegate | Delegation | None = None
) -> Iterator[OpenItem]:
    """What is missing in a workshop, under these rules; of everybody who is not paused, or of `only` one, paused or not."""
    if not isinstance(only, Delegation) and any(rule.to == ReminderTo.DELEGATE for rule in rules.values()):
        yield from _of_delegates(workshop, rules, only)
    rule = rules.get(ReminderTopic.DELEGATION)
    if rule is None or isinstance(only, Delegate):
        return
    filters: dict[str, int] = {"accepts_registrations": True, "seat_limit__isnull": False}
    filters |= {"pk": only.pk} if only else {"reminders_paused": False, "focal_point_to_confirm": False}
    for delegation in delegations_with_seats(workshop, **filters):
        if (delegation.free_seats or 0) > 0 and delegation.focal_point_email:
            delegation.workshop = workshop
            missing = Missing(delegation, rule.what, workshop.deadline, None)
            yield OpenItem(rule, delegation, rule.get_what_display(), missing)


def _of_delegates(
    workshop: Workshop, rules: dict[str, ReminderRule], only: Delegate | None
) -> Iterator[OpenItem]:
    filters: dict[str, int] = {"pk": only.pk} if only else {"reminders_paused": False}
    people = Delegate.objects.filter(workshop=workshop, status__in=REMINDED, **filters).with_personal_data()
    # Whole workshops, delegations and parties beside each of 10,000 people are most of the reading: once is enough.
    delegates = list(with_progress(people).select_related(None).prefetch_related("delegation__party"))
    for delegate in delegates:
        delegate.workshop = workshop
    facts = facts_by_delegate(delegates)
    travel_rule = rules.get(ReminderTopic.TRAVEL)
    travel = joined(answer(delegates=delegates) for answer in owed_items) if travel_rule else {}
    for delegate in delegates:
        letter = current_letter(delegate)
        for item in owed(facts[delegate.pk]):
            rule = rules.get(TOPIC_OF.get(item.code, ""))
            if rule is not None:
                since: datetime | None = delegate.submitted_at
                if rule.what == ReminderTopic.LETTER:
                    if letter is None:
                        continue  # voided since the facts were read
                    since = letter.rendered_at
                missing = Missing(delegate, rule.what, _anchor(rule, delegate, letter), since)
                yield OpenItem(rule, delegate, item.code.label, missing)
        if facts[delegate.pk].letter_declined:
            continue  # staff are to write to them before anything of the journey is asked
        for elsewhere in travel.get(delegate.pk, ()):
            if travel_rule and elsewhere.code == TRAVEL_CODE and not elsewhere.done:
                anchor = _anchor(travel_rule, delegate, letter)
                missing = Missing(delegate, travel_rule.what, anchor, delegate.approved_at)
                yield OpenItem(travel_rule, delegate, elsewhere.label, missing)


def _anchor(rule: ReminderRule, delegate: Delegate, letter: "InvitationLetter | None") -> datetime:
    if rule.before == ReminderAnchor.ACCEPTANCE and letter is not None:
        return accept_until(delegate, letter)
    return delegate.workshop.deadline


def unreachable(workshop: Workshop) -> list[Delegation]:
    """Delegations with free seats and no focal point's address: nobody can be reminded of them."""
    listed = delegations_with_seats(
        workshop, accepts_registrations=True, seat_limit__isnull=False, focal_point_email=""
    )
    return [delegation for delegation in listed if (delegation.free_seats or 0) > 0]
