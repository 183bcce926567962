"""Who gets a message and who does not, in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from rcm_portal.mail import undeliverable

from ..enums import ENDED
from ..models import (
    Delegate,
    Delegation,
    InvitationLetter,
    Message,
    MessageRecipient,
    ReminderRule,
)
from ..rules.messages import LeftOut, left_out, quiet_until
from .reminder_plan import zone_of


@dataclass
class Addressee:
    """One recipient of a message with the letter that they hold, and why they are left out, if they are."""

    row: MessageRecipient
    left_out: LeftOut | None
    letter: InvitationLetter | None = None
    unreachable: bool = False

    @property
    def who(self) -> Delegate | Delegation:
        return self.row.who

    @property
    def address(self) -> str:
        return address_of(self.who)

    @property
    def name(self) -> str:
        """The person, and whose focal point they are."""
        if isinstance(self.who, Delegate):
            return self.who.full_name or self.who.code
        return self.who.focal_point_name or str(self.who.party)

    @property
    def party(self) -> str:
        delegation = self.who.delegation if isinstance(self.who, Delegate) else self.who
        return delegation.party.short_name


def address_of(who: Delegate | Delegation) -> str:
    return who.email if isinstance(who, Delegate) else who.focal_point_email


def why_left_out(message: Message, who: Delegate | Delegation) -> LeftOut | None:
    """Why this person does not get the message as things stand; None where they do."""
    choice = {"with_ended": message.with_ended, "with_unconfirmed": message.with_unconfirmed}
    if isinstance(who, Delegate):
        return left_out(
            destroyed=who.purged_at is not None,
            ended=who.status in ENDED,
            confirmed=who.email_confirmed_at is not None,
            address=who.email,
            **choice,
        )
    return left_out(
        destroyed=False,
        ended=False,
        confirmed=not who.focal_point_to_confirm,
        address=who.focal_point_email,
        **choice,
    )


def with_people(rows: QuerySet[MessageRecipient]) -> QuerySet[MessageRecipient]:
    """Recipients with everything that names and addresses them."""
    return rows.select_related(
        "delegate__workshop",
        "delegate__delegation__party",
        "delegation__workshop",
        "delegation__party",
        "message__workshop__host",
        "message__workshop__presidency",
    )


def addressees(message: Message) -> list[Addressee]:
    """Everybody who was chosen, as things stand: three queries."""
    rows = list(with_people(message.recipients.all()).select_related("mail"))
    found = [Addressee(row, why_left_out(message, row.who)) for row in rows]
    letters = letters_of(row.delegate_id for row in rows if row.delegate_id)
    marks = undeliverable.marked(each.address for each in found if each.left_out is None)
    for each in found:
        each.row.who.workshop = message.workshop
        each.letter = letters.get(each.row.delegate_id or 0)
        each.unreachable = each.address.lower() in marks
    return found


def letters_of(delegates: Iterable[int]) -> dict[int, InvitationLetter]:
    """The letter that each of these delegates holds, by their primary keys. One query."""
    letters = (
        InvitationLetter.objects.readable().filter(delegate__in=list(delegates)).select_related("workshop")
    )
    return {letter.delegate_id: letter for letter in letters}


def quiet_for(rules: Iterable[ReminderRule], who: Delegate | Delegation, now: datetime) -> datetime | None:
    """When the quiet hours of the workshop's reminders are over for this person; None where there are none now."""
    hours: list[tuple[time, time, ZoneInfo]] = [
        (rule.quiet_from, rule.quiet_until, zone_of(rule, who)) for rule in rules
    ]
    return quiet_until(now, hours)
