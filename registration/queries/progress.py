"""All reading for pages and lists, with a number of queries that does not grow."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Count, Exists, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce

from rcm_portal.output.i18n import localized

from ..enums import HOLDING, DelegateStatus, LinkUse, PartyKind, SystemReason
from ..models import (
    Acceptance,
    Delegate,
    Delegation,
    DelegationLinkUse,
    DuplicateDecision,
    InvitationLetter,
    LetterRefusal,
    Party,
    PassportCopy,
    SignedScan,
    Workshop,
)
from ..questions import flight_entitled
from ..rules.duplicates import Pair, Person, pairs
from ..rules.todo import Facts

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class Seats(TypedDict):
        taken: int
        free_seats: int | None

    class StaffSeats(Seats):
        link_opened: int
        link_last_opened: datetime | None
        waiting: int

    class Progress(TypedDict):
        has_copy: bool
        letter_sent: bool
        letter_accepted: bool
        scan_waiting: bool
        letter_declined: bool
        current_letters: list[InvitationLetter]

    DelegationWithSeats = WithAnnotations[Delegation, Seats]
    DelegationForStaff = WithAnnotations[Delegation, StaffSeats]
    DelegateWithProgress = WithAnnotations[Delegate, Progress]


def delegations_with_seats(workshop: Workshop | None, **filters: Any) -> "QuerySet[DelegationWithSeats]":
    """A workshop's delegations, or all of them, with `taken` seats and `free_seats` (None where there is no limit)."""
    if workshop is not None:
        filters["workshop"] = workshop
    return (
        Delegation.objects.filter(**filters)
        .select_related("party")
        .annotate(taken=people_counted(seat_number__isnull=False))
        .annotate(free_seats=F("seat_limit") - F("taken"))
        .order_by("party__sort_key")
    )


def people_counted(**which: Any) -> Coalesce:
    """How many people of each delegation are `which`, to annotate delegations. Not by a join with `Count`: PostgreSQL works
    out whatever else is annotated for each joined person then, and counting within it is quadratic."""
    people = Delegate.objects.filter(delegation=OuterRef("pk"), **which).order_by().values("delegation")
    return Coalesce(Subquery(people.annotate(number=Count("pk")).values("number")), 0)


def member_codes(workshop: Workshop) -> tuple[str, ...]:
    """The codes of the Member Countries that are invited, in the order of the parties."""
    members = Party.objects.filter(kind=PartyKind.MEMBER_COUNTRY, delegations__workshop=workshop)
    return tuple(members.values_list("code", flat=True))


def delegations_for_staff() -> "QuerySet[DelegationForStaff]":
    """All delegations with their seats, how many wait, and how often and when last their link was opened."""
    opened = DelegationLinkUse.objects.filter(delegation=OuterRef("pk"), what=LinkUse.OPENED).order_by()
    counted = opened.values("delegation").annotate(number=Count("pk"), last=Max("at"))
    return (
        delegations_with_seats(None)
        .select_related("workshop", "party")
        .annotate(
            link_opened=Coalesce(Subquery(counted.values("number")), 0),
            link_last_opened=Subquery(counted.values("last")),
            waiting=people_counted(status=DelegateStatus.WAITLISTED),
        )
    )


def with_progress(delegates: QuerySet[Delegate]) -> "QuerySet[DelegateWithProgress]":
    """Delegates with everything that `facts_of` reads, in a constant number of queries."""
    letters = InvitationLetter.objects.readable().filter(delegate=OuterRef("pk"))
    scans = SignedScan.objects.waiting().filter(letter__delegate=OuterRef("pk"))
    return (
        delegates.select_related("workshop", "delegation__party")
        .annotate(
            has_copy=Exists(PassportCopy.objects.filter(delegate=OuterRef("pk"))),
            letter_sent=Exists(letters),
            letter_accepted=Exists(Acceptance.objects.current().filter(letter__delegate=OuterRef("pk"))),
            scan_waiting=Exists(scans),
            letter_declined=Exists(LetterRefusal.objects.standing().filter(letter__delegate=OuterRef("pk"))),
        )
        .prefetch_related(
            Prefetch(
                "letters",
                queryset=InvitationLetter.objects.current().select_related("acceptance").defer("content"),
                to_attr="current_letters",
            )
        )
    )


def delegations_asked_for_passport(required_for: str, delegations: Collection[Delegation]) -> set[int]:
    """Primary keys of the delegations whose people are asked for a passport copy, where the workshops of all of them ask
    those that `required_for` says (`Workshop.passport_required_for`)."""
    if required_for == "all":
        return {delegation.pk for delegation in delegations}
    asked: set[int] = set()
    for answer in flight_entitled:
        asked |= {pk for pk, entitled in answer(delegations=delegations).items() if entitled}
    return asked


def facts_of(delegate: "DelegateWithProgress", *, passport_required: bool) -> Facts:
    """The plain facts of one delegate from `with_progress`, for `owed`."""
    letter = current_letter(delegate)
    return Facts(
        status=delegate.status,
        email_confirmed=delegate.email_confirmed_at is not None,
        passport_required=passport_required,
        has_passport_copy=delegate.has_copy,
        knows_no_reimbursement=delegate.no_reimbursement_at is not None
        if localized(delegate.workshop, "reimbursement")
        else None,
        letter_sent=delegate.letter_sent,
        letter_accepted=delegate.letter_accepted,
        deadline=delegate.workshop.deadline,
        accept_by=accept_until(delegate, letter) if letter else None,
        confirm_by=delegate.confirm_by,
        scan_waiting=delegate.scan_waiting,
        letter_declined=delegate.letter_declined,
    )


def facts_by_delegate(delegates: "Sequence[DelegateWithProgress]") -> dict[int, Facts]:
    """Facts of many delegates (from `with_progress`), also of different workshops, in constant queries."""
    by_rule: dict[str, dict[int, Delegation]] = {}
    for delegate in delegates:
        same = by_rule.setdefault(delegate.workshop.passport_required_for, {})
        same[delegate.delegation_id] = delegate.delegation
    asked: set[int] = set()
    for required_for, delegations in by_rule.items():
        asked |= delegations_asked_for_passport(required_for, list(delegations.values()))
    return {
        delegate.pk: facts_of(delegate, passport_required=delegate.delegation_id in asked)
        for delegate in delegates
    }


def current_letter(delegate: "DelegateWithProgress") -> InvitationLetter | None:
    """The letter that is current and rendered (from `with_progress`)."""
    return next((letter for letter in delegate.current_letters if letter.rendered_at), None)


def accept_until(delegate: Delegate, letter: InvitationLetter) -> datetime:
    """The exclusive instant until which this letter may be accepted; staff may have extended it for this delegate."""
    return max(filter(None, (letter.accept_by, delegate.accept_by_override)))


def was_let_go(delegate: Delegate) -> bool:
    """Whether the portal cancelled this registration because its address was not confirmed: it may come back."""
    if delegate.status != DelegateStatus.CANCELLED or delegate.purged_at is not None:
        return False
    last = delegate.status_changes.order_by("-at", "-pk").first()
    return last is not None and last.reason == SystemReason.EMAIL_NOT_CONFIRMED


PERSON = ("pk", "given_names", "surnames", "date_of_birth", "passport__number_index")  # the columns of Person


def person_of(delegate: Delegate) -> Person:
    """What `duplicates.pairs` compares, of a delegate with their passport."""
    passport = getattr(delegate, "passport", None)
    return Person(
        pk=delegate.pk,
        given_names=delegate.given_names,
        surnames=delegate.surnames,
        date_of_birth=delegate.date_of_birth,
        passport_index=passport.number_index if passport else "",
    )


@dataclass(frozen=True)
class UndecidedPair:
    """Two registrations that look like one person's, about which nobody has decided, and of which workshop."""

    pair: Pair
    workshop: str  # its slug


@dataclass(frozen=True)
class DoubleRegistration:
    """An undecided pair with its people."""

    first: Delegate
    second: Delegate
    pair: Pair

    @property
    def people(self) -> tuple[Delegate, Delegate]:
        return self.first, self.second


def undecided_pairs(**filters: Any) -> list[UndecidedPair]:
    """The undecided pairs among registrations that stand (`filters` on Delegate narrow them), in two queries.

    A dismissed pair is there again only when it has a sign that was not seen then. The database looks only for birthdays and
    numbers that come twice: what is one name under several spellings the rule knows.
    """
    standing = Delegate.objects.filter(status__in=(*HOLDING, DelegateStatus.WAITLISTED))
    suspects = (
        standing.filter(**filters)
        .annotate(
            one_birthday=Window(Count("pk"), partition_by=[F("workshop"), F("date_of_birth")]),
            one_number=Window(Count("pk"), partition_by=[F("workshop"), F("passport__number_index")]),
        )
        .filter(
            Q(one_birthday__gt=1, date_of_birth__isnull=False)
            | Q(one_number__gt=1, passport__number_index__gt="")
        )
        .order_by("workshop", "pk")
        .values_list("workshop__slug", *PERSON)
    )
    people: dict[str, list[Person]] = {}
    for slug, pk, given, surnames, born, number in suspects:
        people.setdefault(slug, []).append(Person(pk, given, surnames, born, number or ""))
    decided: dict[tuple[int, int], set[str]] = {}
    decisions = DuplicateDecision.objects.filter(
        **{f"first__{name}": value for name, value in filters.items()}
    )
    for first, second, signs in decisions.values_list("first", "second", "signs"):
        decided.setdefault((first, second), set()).update(signs)
    return [UndecidedPair(pair, slug) for slug, group in people.items() for pair in pairs(group, decided)]


def double_registrations(found: Iterable[UndecidedPair]) -> list[DoubleRegistration]:
    """These pairs with their people, in one query."""
    found = list(found)
    keys = {key for each in found for key in (each.pair.first, each.pair.second)}
    people = Delegate.objects.select_related("workshop", "delegation__party").in_bulk(keys)
    return [
        DoubleRegistration(people[each.pair.first], people[each.pair.second], each.pair) for each in found
    ]
