"""A delegation's own link: sent to its focal point, revoked, its uses noted; and who leads the delegation."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import language_code
from rcm_portal.registry import joined

from ..documents.mails import mail_focal_point
from ..enums import Actor, LinkUse
from ..exceptions import MayNotLead, RegistrationError, TakesBenefits
from ..models import Acceptance, Delegate, Delegation, DelegationLinkUse, DetailChange, Nomination
from ..questions import letter_benefits
from ..rules.workflow import may_lead
from ..signals import details_changed
from .seat_limit import lock_delegation
from .transitions import By, lock_delegate

ONE_VISIT = timedelta(minutes=30)  # opening the page again within this time is the same visit


class NoFocalPoint(RegistrationError):
    def __init__(self, delegation: Delegation):
        super().__init__(
            _("%(party)s has no focal point's e-mail address: please enter it first.")
            % {"party": delegation.party}
        )


def note_use(
    delegation: Delegation, what: LinkUse, *, now: datetime, by: By | None = None, delegate=None
) -> None:
    """Write down one use of the delegation's link."""
    DelegationLinkUse.objects.create(
        delegation=delegation,
        what=what,
        at=now,
        link_version=delegation.link_version,
        by=by.user if by else None,
        delegate=delegate,
    )


def note_visit(delegation: Delegation, *, now: datetime) -> None:
    """Note that the page was opened, once per visit."""
    recent = DelegationLinkUse.objects.filter(
        delegation=delegation,
        what=LinkUse.OPENED,
        link_version=delegation.link_version,
        at__gt=now - ONE_VISIT,
    )
    if not recent.exists():
        note_use(delegation, LinkUse.OPENED, now=now)


@transaction.atomic
def send_delegation_link(*, delegation: Delegation, by: By, now: datetime) -> None:
    """Mail the delegation's own link to its focal point, in their language. Raises NoFocalPoint."""
    delegation = lock_delegation(delegation.pk)
    try:
        validate_email(delegation.focal_point_email)
    except ValidationError:
        raise NoFocalPoint(delegation) from None
    mail_focal_point("delegation_link", delegation)
    note_use(delegation, LinkUse.SENT, now=now, by=by)


@transaction.atomic
def revoke_link(*, delegation: Delegation, by: By, now: datetime) -> Delegation:
    """End every link of the delegation that was sent so far, and what was begun through it: nominations that nobody has
    used, and saved forms (their links name the delegation's link of then). A new one can be sent at once."""
    delegation = lock_delegation(delegation.pk)
    note_use(delegation, LinkUse.REVOKED, now=now, by=by)
    delegation.link_version += 1
    delegation.save(update_fields=["link_version"])
    Nomination.objects.filter(delegation=delegation, used_at__isnull=True, withdrawn_at__isnull=True).update(
        withdrawn_at=now
    )
    return delegation


@transaction.atomic
def set_head(*, delegate: Delegate, by: By, now: datetime, take_benefits: bool = False) -> None:
    """Make one person the head of their delegation, in place of whoever is.

    The head is funded first. Raises TakesBenefits where that takes something from somebody who holds an accepted letter,
    unless `take_benefits` (staff have seen who gains and who loses); MayNotLead.
    """
    delegate = lock_delegate(delegate)
    if not may_lead(delegate.status, delegate.role):
        raise MayNotLead
    others = Delegate.objects.filter(delegation=delegate.delegation, head_of_delegation=True).exclude(
        pk=delegate.pk
    )
    before = benefits_by_delegate(delegate.delegation)
    changed = list(others.select_related("delegation__party", "workshop"))
    if not delegate.head_of_delegation:
        changed.append(delegate)
    for one in changed:  # who leads no longer first: one head at every instant
        one.head_of_delegation = one.pk == delegate.pk
        one.save(update_fields=["head_of_delegation"])
    for one in changed:
        details_changed.send(sender=Delegate, delegate=one, fields={"head_of_delegation"}, now=now)
    if not (take_benefits and by.actor == Actor.SECRETARIAT):
        refuse_to_take(before, benefits_by_delegate(delegate.delegation))
    DetailChange.objects.waiting().filter(delegate=delegate, field="head_of_delegation").update(
        settled_at=now, settled_by=by.user, agreed=True
    )
    if changed and by.actor == Actor.FOCAL_POINT:
        note_use(delegate.delegation, LinkUse.HEAD_SET, now=now, delegate=delegate)


def benefits_by_delegate(delegation: Delegation) -> dict[int, frozenset[str]]:
    """What each approved person of the delegation has, by name in the active language."""
    people = list(
        Delegate.objects.approved().filter(delegation=delegation).select_related("workshop", "delegation")
    )
    language = language_code()
    lines = joined(answer(delegates=people, language=language) for answer in letter_benefits)
    return {
        person.pk: frozenset(line.name for line in lines.get(person.pk, []) if line.granted)
        for person in people
    }


def refuse_to_take(before: dict[int, frozenset[str]], after: dict[int, frozenset[str]]) -> None:
    """Raise TakesBenefits where somebody with an accepted letter would have less."""
    moved = {pk: (before.get(pk, frozenset()), after.get(pk, frozenset())) for pk in {*before, *after}}
    losing = [pk for pk, (had, has) in moved.items() if had - has]
    holding = Acceptance.objects.current().filter(letter__delegate__in=losing)
    if not holding.exists():
        return
    names = {person.pk: person.full_name for person in Delegate.objects.filter(pk__in=moved)}
    raise TakesBenefits(
        losers=[(names[pk], sorted(had - has)) for pk, (had, has) in moved.items() if had - has],
        gainers=[(names[pk], sorted(has - had)) for pk, (had, has) in moved.items() if has - had],
    )
