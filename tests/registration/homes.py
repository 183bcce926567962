"""A workshop with one of everything that the staff's home page may count, for every role."""

from datetime import date, timedelta
from uuid import uuid4

from django.utils import timezone

from logistics.enums import ExportKind
from logistics.models import Entitlement, Ticket, TicketNotice, TravelNeed
from logistics.services import decisions
from logistics.tickets.files import make_list
from rcm_portal.models import MailState, OutgoingMail, UndeliverableAddress
from registration.models import (
    DetailChange,
    IncomeClassification,
    InvitationLetter,
    LetterRefusal,
    Passport,
    Reminder,
    ReminderRule,
    SignedScan,
)
from tests import accounts
from tests.factories import (
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    PassportCopyFactory,
    WorkshopFactory,
)
from tests.logistics.factories import flight, ready, room
from tests.registration.letters import letter_for, write_texts


def full_workshop(slug="imrf-2022"):
    """It has a letter that failed, one declined, one late, a flight bought, one to buy, one that waits, and so on."""
    now = timezone.now()
    belize = DelegationFactory(workshop=WorkshopFactory(slug=slug), seat_limit=4)
    workshop = belize.workshop
    write_texts(workshop)
    costa_rica = DelegationFactory(workshop=workshop, party=PartyFactory(code="CRI"), seat_limit=20)
    submitted = DelegateFactory(delegation=belize, surnames=f"Same {slug}", date_of_birth=date(1980, 1, 1))
    PassportCopyFactory(delegate=submitted)
    DelegateFactory(delegation=costa_rica, surnames=f"Same {slug}", date_of_birth=date(1980, 1, 1))
    DelegateFactory(delegation=belize, status="waitlisted")
    people = [
        DelegateFactory(
            delegation=costa_rica,
            status="submitted" if day < 5 else "approved",  # letters come with the approval
            approved_at=None if day < 5 else now,
            date_of_birth=date(1970, 1, day),
        )
        for day in range(1, 9)
    ]
    for person in people[:4]:
        letter_for(person)
    failed, late, declined, by_hand = (
        InvitationLetter.objects.get(delegate=person, voided_at=None) for person in people[:4]
    )
    InvitationLetter.objects.filter(pk=failed.pk).update(
        rendered_at=None, key="", problem="a text is missing"
    )
    InvitationLetter.objects.filter(pk=late.pk).update(accept_by=now - timedelta(days=1))
    LetterRefusal.objects.create(letter=declined, reason="No", at=now, language="es")
    SignedScan.objects.create(
        letter=by_hand,
        key=f"scans/{by_hand.pk}",
        media_type="image/jpeg",
        size=1,
        sha256="0" * 64,
        at=now,
        language="es",
    )
    DetailChange.objects.create(delegate=people[0], field="position", before="A", after="B")
    _reminders(workshop, people[0], now)
    _mails(workshop, now)
    _flights(workshop, people[4:], now)
    return workshop


def _reminders(workshop, person, now):
    rule = ReminderRule.objects.create(workshop=workshop, what="passport_missing", before="deadline")
    Reminder.objects.create(
        rule=rule,
        delegate=person,
        days=14,
        anchor=workshop.deadline,
        due_at=now - timedelta(days=5),
        outcome="failed",
        at=now,
    )


def mail_of(slug, *, state=MailState.QUEUED):
    """A mail of the workshop in this state."""
    now, identifier = timezone.now(), uuid4()
    return OutgoingMail.objects.create(
        to="a@example.org",
        workshop=slug,
        kind="link",
        state=state,
        next_try_at=now,
        message_id=f"<{identifier}@x>",
    )


def _mails(workshop, now):
    mails = [
        mail_of(workshop.slug, state=state)
        for state in (MailState.REFUSED, MailState.HELD, MailState.STOPPED, MailState.FAILED)
    ]
    UndeliverableAddress.objects.create(
        address=f"wrong-{workshop.slug}@example.org", fault="bounced", marked_at=now, mail=mails[0]
    )


def _flights(workshop, people, now):
    flight(workshop, ("CRI",), limit=9)
    IncomeClassification.objects.get_or_create(
        party=PartyFactory(
            code="CRI"
        ),  # the same period as the concept note's, which may be loaded beside it
        defaults={"group": "upper_middle", "valid_from": date(2019, 7, 1), "valid_to": date(2025, 6, 30)},
    )
    room(workshop, dates=["2022-03-30", "2022-03-31"], limit=9)
    bought, changed, to_buy, waits = people
    for person in people:
        Passport.objects.filter(delegate=person).update(verified_at=now)
    for person in (bought, changed, to_buy):
        ready(person)
    ready(waits, but={"letter"})
    Passport.objects.filter(delegate=to_buy).exclude(delegate=bought).update(verified_at=now)
    TravelNeed.objects.filter(delegate=bought).update(nights=["2022-03-29", "2022-03-30", "2022-03-31"])
    decisions.decide(workshop=workshop, now=now)
    make_list(workshop=workshop, kind=ExportKind.XLSX, by=accounts.make_staff("iom"), now=now)
    rows = {
        row.delegate_id: row
        for row in Entitlement.objects.filter(benefit__workshop=workshop, benefit__code="air_ticket")
    }
    number = 1392145678901 + Ticket.objects.count()
    ticket = Ticket.objects.create(
        entitlement=rows[bought.pk], status="issued", number=str(number), locator="LOC123"
    )
    TicketNotice.objects.create(ticket=ticket, kind="issued", at=now)
    Ticket.objects.create(
        entitlement=rows[changed.pk], status="held", locator="HELD12", passenger_changed_at=now
    )
    Entitlement.objects.filter(
        benefit__workshop=workshop, benefit__code="accommodation", delegate=waits
    ).update(confirmed_at=now, grant_number=None, outcome="not_entitled")
