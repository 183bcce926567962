"""Colleagues of whoever is decided about: the same delegation and workshop, and one row in every table below a person."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Max
from django.utils import timezone

from agenda.models import AgendaItem
from logistics.models import Benefit, Entitlement, HostExport, TicketExport, TicketImport, TravelNeed
from logistics.services import decisions
from rcm_portal.models import AccessAction, AccessRecord, MailAttachment, OutgoingMail, UndeliverableAddress
from registration.models import (
    Acceptance,
    Batch,
    Delegate,
    Delegation,
    InvitationLetter,
    Message,
    Passport,
    PendingUpload,
    ReminderRule,
    Workshop,
)
from tests.factories import (
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    PartyFactory,
    PassportCopyFactory,
    RegistrationDraftFactory,
)
from tests.logistics.factories import BenefitFactory, ScopeTermFactory

from .beside import upload_key
from .full_world import FullWorld, below, text_columns

LATE = IN_TIME + timedelta(
    hours=1
)  # after everybody whom a row approves: what is paid for falls to them first
NUMBERS = count(900)  # of letters: none that a service gives


@dataclass
class Colleague(FullWorld):
    """A confirmed colleague with everything that the portal holds of a person."""

    own: dict[type[models.Model], models.Model] = field(default_factory=dict)

    def value(self, column: models.Field, *, is_parent: bool) -> Any:
        if not is_parent and column.is_relation and not column.null and column.related_model in self.own:
            return self.own[column.related_model]
        if column.unique and isinstance(column, models.CharField):
            return f"colleague-{next(NUMBERS)}"
        return super().value(column, is_parent=is_parent)

    def say_something(self, model: type[models.Model]) -> None:
        """A word in every text column that is empty: a decision that empties it is seen."""
        columns = [each for each in text_columns(model) if not isinstance(each, models.JSONField)]
        for row in self.rows(model):
            empty = [each for each in columns if getattr(row, each.name) in ("", "—", None)]
            if empty:
                said = {each.name: self.written(each) for each in empty}
                model._default_manager.filter(pk=row.pk).update(**said)

    def special(self, model: type[models.Model]) -> dict[str, Any]:
        number = next(NUMBERS)
        mine = {
            "registration.VisaLetter": {"reference": f"VISA/{number}"},
            "registration.Nomination": {"used_at": IN_TIME},
            "registration.DetailChange": {"field": "head_of_delegation"},
            "registration.DuplicateDecision": {"second": self.own[Delegate]},
            "logistics.Ticket": {"status": "issued", "number": f"139214{number:07d}"},
            "logistics.RuleChange": {"about": self.delegate},
            "logistics.RuleChangeEffect": {"detail": {"because": "Ill."}},
            "agenda.Presenter": {"key": f"colleague-{number}"},
        }
        return super().special(model) | mine.get(model._meta.label, {})


def colleagues_of(workshop: Workshop, officer: User) -> list[Delegate]:
    """Beside whoever a row has made in each of its delegations: somebody with a seat and one of everything, somebody who
    let an offer pass and is out of line, somebody who has ended. There are as many free seats as without them.

    Another delegation of the workshop has such people too, with what most of them have.
    """
    flight = BenefitFactory(workshop=workshop, code="colleagues_flight", limit=None, position=90)
    ScopeTermFactory(benefit=flight, parties=["XXX"])  # nobody's: the colleagues' tickets are bought already
    occupied = occupied_delegations(workshop)
    other = workshop.delegations.exclude(pk__in=[each.pk for each in occupied]).first()
    other = other or DelegationFactory(workshop=workshop, party=PartyFactory(code="HND"))
    people = []
    for delegation in [*occupied, other]:
        seated, ended, *more = _people(delegation)
        _papers(seated)
        if delegation != other:
            _everything(seated, ended, flight, officer)
        people += [seated, ended, *more]
    _lists(workshop)
    # Who is funded as things stand: what is decided anew afterwards finds these decisions.
    decisions.decide(workshop=workshop, now=IN_TIME)
    return _again(people)


def occupied_delegations(workshop: Workshop) -> list[Delegation]:
    """Those in which a row has made somebody, or the first where it has made nobody."""
    return list(workshop.delegations.filter(delegates__isnull=False).distinct()) or list(
        workshop.delegations.all()[:1]
    )


def lines_of(workshop: Workshop) -> list[Delegate]:
    """The last in line of each delegation in which a row has made somebody: its seats are taken, so there is a line."""
    people = []
    for delegation in occupied_delegations(workshop):
        if delegation.seat_limit is None:
            continue
        held = set(delegation.delegates.values_list("seat_number", flat=True))
        for seat in set(range(1, delegation.seat_limit + 1)) - held:
            DelegateFactory(delegation=delegation, seat_number=seat, date_of_birth=date(1975, 7, seat))
        line = delegation.delegates.aggregate(last=Max("waiting_position"))["last"] or 0
        people.append(
            DelegateFactory(
                delegation=delegation,
                status="waitlisted",
                waiting_position=line + 1,
                date_of_birth=date(1974, 7, 7),
            )
        )
    return _again(people)


def _again(people: list[Delegate]) -> list[Delegate]:
    return list(Delegate.objects.select_related("workshop").filter(pk__in=[each.pk for each in people]))


def _people(delegation: Delegation) -> list[Delegate]:
    taken = delegation.delegates.aggregate(last=Max("seat_number"))["last"] or 0
    seat = taken + 1
    if delegation.seat_limit is not None:
        seat = max(seat, delegation.seat_limit + 1)
        Delegation.objects.filter(pk=delegation.pk).update(seat_limit=seat)
    seated = DelegateFactory(
        delegation=delegation,
        status="confirmed",
        seat_number=seat,
        approved_at=LATE,
        date_of_birth=date(1971, 7, 7),
        phone="+501 222 3344",
        badge_name="Ana",
        dietary="Nuts.",
        accessibility="A lift.",
        emergency_contact="Luis, +501 222 3355",
        needs_consent_at=IN_TIME,
        source_reason="By telephone.",
        new_email=f"new{seat}-{delegation.pk}@example.org",
        new_email_id=uuid4(),
        listed_at=IN_TIME,
    )
    waiting = DelegateFactory(delegation=delegation, status="waitlisted", date_of_birth=date(1972, 7, 7))
    ended = DelegateFactory(delegation=delegation, status="cancelled", date_of_birth=date(1973, 7, 7))
    return [seated, ended, waiting]


def _papers(person: Delegate) -> None:
    """Passport, journey and letter."""
    PassportCopyFactory(delegate=person)
    Passport.objects.filter(delegate=person).update(verified_at=IN_TIME)
    TravelNeed.objects.create(delegate=person, answered_at=IN_TIME, departure_airport="BZE")
    _letter(person)


def _everything(person: Delegate, ended: Delegate, flight: Benefit, officer: User) -> None:
    workshop = person.workshop
    own = {
        Workshop: workshop,
        Benefit: flight,
        Delegate: ended,
        ReminderRule: ReminderRule.objects.get_or_create(
            workshop=workshop, what="passport_missing", defaults={"before": "deadline", "paused": True}
        )[0],
        Message: Message.objects.create(workshop=workshop, language="en", begun_at=IN_TIME),
        Batch: Batch.objects.create(what="approve", language="en", at=IN_TIME),
        AgendaItem: _item(workshop),
    }
    full = Colleague(person, officer, one_word="Zz", own=own)
    Entitlement.objects.create(
        delegate=person,
        delegation=person.delegation,
        benefit=flight,
        outcome="entitled",
        reason="ticket_bought",
        grant_number=1,
    )
    for model in below():
        if not full.rows(model).exists():
            full.make_row(model)
        full.say_something(model)
    _without_a_key(person, officer)


def _item(workshop: Workshop) -> AgendaItem:
    return AgendaItem.objects.filter(workshop=workshop).first() or AgendaItem.objects.create(
        workshop=workshop, key="beside", title_es="Sesión", title_en="Session", starts_at=IN_TIME
    )


def _letter(person: Delegate) -> None:
    number = next(NUMBERS)
    letter = InvitationLetter.objects.create(
        delegate=person,
        workshop=person.workshop,
        number=number,
        reference=f"BESIDE/{number}",
        language=person.language,
        accept_by=IN_TIME + timedelta(days=9),
        sha256="1" * 64,
        rendered_at=IN_TIME,
        key=f"letters/00000000-0000-4000-8000-{number:012d}",
    )
    Acceptance.objects.create(
        letter=letter,
        letter_version=letter.version,
        letter_sha256=letter.sha256,
        typed_name=person.full_name,
        at=IN_TIME,
        language=person.language,
    )


def _without_a_key(person: Delegate, officer: User) -> None:
    """What is about the person without a foreign key that says so."""
    mail = OutgoingMail.objects.create(
        kind="registered",
        workshop=person.workshop.slug,
        about=person.public_id,
        to=person.email,
        language="es",
        message_id=f"<{person.public_id}@portal.test>",
        next_try_at=IN_TIME,
    )
    MailAttachment.objects.create(mail=mail, filename="x.ics", media_type="text/calendar", content="x")
    UndeliverableAddress.objects.create(
        address=person.email, fault="bounced", marked_at=timezone.now(), mail=mail
    )
    AccessRecord.objects.create(
        actor="personal link",
        action=AccessAction.VIEW,
        subject="x",
        about=person.public_id,
        address="203.0.113.7",
    )
    LogEntry.objects.create(
        user=officer,
        content_type=ContentType.objects.get_for_model(Delegate),
        object_id=str(person.pk),
        action_flag=CHANGE,
    )
    RegistrationDraftFactory(workshop=person.workshop, email=person.email)
    file = {"key": f"colleague-{next(NUMBERS)}", "size": 1, "sha256": "0" * 64}
    PendingUpload.objects.create(
        workshop=person.workshop, form_key=upload_key(person), media_type="image/png", **file
    )


def _lists(workshop: Workshop) -> None:
    """Lists on which everybody of the workshop stands."""
    number = next(NUMBERS)
    of_all = {"workshop": workshop, "codes": list(workshop.delegates.values_list("code", flat=True))}
    file = {"key": f"colleague-{number}", "size": 1, "sha256": "0" * 64}
    sent = {**of_all, **file, "number": number, "kind": "xlsx", "language": "es"}
    TicketExport.objects.create(**sent)
    HostExport.objects.create(which="rooming", **sent)
    TicketImport.objects.create(**of_all, **file)
