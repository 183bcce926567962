"""Who comes to a workshop in protocol order: one reading, constant queries; for staff all, for the participants who agreed."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from rcm_portal.output.i18n import localized
from rcm_portal.search.folding import sort_key

from ..enums import ENDED, DelegateStatus
from ..models import Delegate, Workshop
from ..rules.listing.party_order import party_group

# What the list reads: no passport, no birth date, no needs.
FIELDS = (
    "surnames",
    "given_names",
    "code",
    "head_of_delegation",
    "institution",
    "position",
    "email",
    "phone",
    "status",
    "listed_at",
    "delegation__party__kind",
    "delegation__party__name_es",
    "delegation__party__name_en",
    "delegation__party__sort_key",
)


@dataclass(frozen=True)
class Participant:
    """One person; `email` and `phone` are empty where contact data are left out."""

    party: str
    name: str
    head: bool
    institution: str
    position: str
    confirmed: bool
    listed: bool
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Group:
    """Member Countries, or organisations: the parties with their people, in order."""

    title: str
    parties: list[tuple[str, list[Participant]]]


def may_be_listed(delegate: Delegate) -> bool:
    """Whether somebody may agree to stand in what the other participants see."""
    return delegate.workshop.publishes_participants and delegate.status not in ENDED


def may_see(delegate: Delegate) -> bool:
    """Whether somebody sees who comes: who is confirmed, where the workshop's staff have switched it on."""
    return delegate.workshop.publishes_participants and delegate.status == DelegateStatus.CONFIRMED


def participants(workshop: Workshop, *, contact: bool) -> list[Group]:
    """Everybody who is approved, for staff: countries by their Spanish names and then organisations, in each the head of
    the delegation first and the others by surname. Texts are in the active language."""
    return _grouped(Delegate.objects.approved().filter(workshop=workshop), contact=contact)


def published_participants(workshop: Workshop) -> list[Group]:
    """Those who are confirmed and agreed to be seen by the other participants; without contact data."""
    return _grouped(Delegate.objects.listed().filter(workshop=workshop), contact=False)


def _grouped(people: Iterable[Delegate], *, contact: bool) -> list[Group]:
    found = list(people.select_related("delegation__party").only(*FIELDS).order_by("pk"))  # type: ignore[attr-defined]
    found.sort(key=_place)
    return [
        Group(
            title,
            [
                (localized(party, "name"), [_participant(each, contact=contact) for each in members])
                for party, members in groupby(of_kind, key=lambda each: each.delegation.party)
            ],
        )
        for title, of_kind in groupby(found, key=lambda each: str(party_group(each.delegation.party.kind)))
    ]


def _place(delegate: Delegate) -> tuple[object, ...]:
    name = sort_key(f"{delegate.surnames} {delegate.given_names}", "es")
    return delegate.delegation.party.sort_key, not delegate.head_of_delegation, name, delegate.pk


def _participant(delegate: Delegate, *, contact: bool) -> Participant:
    return Participant(
        party=localized(delegate.delegation.party, "name"),
        name=delegate.full_name or delegate.code,
        head=delegate.head_of_delegation,
        institution=delegate.institution,
        position=delegate.position,
        confirmed=delegate.status == DelegateStatus.CONFIRMED,
        listed=delegate.listed_at is not None,
        email=delegate.email if contact else "",
        phone=delegate.phone if contact else "",
    )
