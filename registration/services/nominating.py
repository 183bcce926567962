"""A focal point asks people by e-mail to register for the delegation, also in the place of somebody else."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from ..documents.mails import mail_nomination
from ..enums import LinkUse, NominationState, Source
from ..exceptions import DeadlinePassed, InDelegationAlready, NotReplaceable, RegistrationError
from ..models import Delegate, Delegation, Nomination
from .addresses import holders_of_email, sent_before
from .delegation_links import note_use
from .registering import register, substitute
from .seat_limit import lock_delegation
from .transitions import FOCAL_POINT


class NominationOver(RegistrationError):
    """The link has served, was withdrawn or has expired."""

    def __init__(self, nomination: Nomination, state: NominationState):
        self.nomination, self.state = nomination, state
        super().__init__(_("This link can no longer be used."))


@transaction.atomic
def nominate(
    *,
    delegation: Delegation,
    name: str,
    email: str,
    language: str,
    now: datetime,
    replaces: Delegate | None = None,
) -> Nomination:
    """Mail one person a link with which they, and only once, can register for the delegation.

    With `replaces` they take that official's seat when they register; until then the official keeps it. Nominating the
    same address again ends the link sent before. Raises DeadlinePassed, NotReplaceable, InDelegationAlready. Whether the
    address is registered in another delegation is not told.
    """
    delegation = lock_delegation(delegation.pk)
    if not delegation.workshop.is_open(now):
        raise DeadlinePassed
    if replaces is not None:
        replaces = Delegate.objects.get(pk=replaces.pk)
        if not replaces.can_be_replaced(delegation.pk):
            raise NotReplaceable
    refuse_registered(delegation, email, leaving=replaces)
    Nomination.objects.filter(
        delegation=delegation, email__iexact=email, used_at__isnull=True, withdrawn_at__isnull=True
    ).update(withdrawn_at=now)
    nomination = Nomination.objects.create(
        delegation=delegation,
        replaces=replaces,
        name=name,
        email=email,
        language=language,
        at=now,
        expires_at=delegation.workshop.deadline,
    )
    mail_nomination(nomination)
    note_use(delegation, LinkUse.REPLACING if replaces else LinkUse.NOMINATED, now=now, delegate=replaces)
    return nomination


def refuse_registered(delegation: Delegation, email: str, *, leaving: Delegate | None) -> None:
    """Raise InDelegationAlready where nobody else of the delegation could register with the address."""
    others = [one for one in holders_of_email(delegation.workshop, email) if one != leaving]
    room = 2 if delegation.workshop.shared_mailboxes else 1
    if len(others) >= room and others[0].delegation_id == delegation.pk:
        raise InDelegationAlready(others[0])


@transaction.atomic
def withdraw_nomination(*, nomination: Nomination, now: datetime) -> Nomination:
    """End a nomination's link before it is used. Raises NominationOver."""
    nomination = Nomination.objects.select_for_update().get(pk=nomination.pk)
    if (state := nomination.state(now)) != NominationState.OPEN:
        raise NominationOver(nomination, state)
    nomination.withdrawn_at = now
    nomination.save(update_fields=["withdrawn_at"])
    note_use(nomination.delegation, LinkUse.WITHDRAWN, now=now)
    return nomination


@transaction.atomic
def register_through_link(*, delegation: Delegation, now: datetime, **registration) -> Delegate:
    """Register somebody through the delegation's own link; noted as a use of it. Raises what `register` raises."""
    delegate = register(
        delegation=delegation,
        now=now,
        by=FOCAL_POINT,
        source=Source.FOCAL_POINT,
        through_link=True,
        **registration,
    )
    note_use(delegation, LinkUse.REGISTERED, now=now, delegate=delegate)
    return delegate


@transaction.atomic
def register_nominated(
    *, nomination: Nomination, details, form_key: UUID | None, now: datetime, **registration
) -> Delegate:
    """Register the nominated person, once: a second use of the link raises NominationOver.

    The address is the one that the link was mailed to, and so confirmed. Where they come in somebody's place and that
    official still holds a seat, it is a substitution; else an ordinary registration. Sending the same form again returns
    the registration made before. Raises what `register` raises.
    """
    delegation = lock_delegation(nomination.delegation_id)
    nomination = (
        Nomination.objects.select_for_update(of=("self",)).select_related("replaces").get(pk=nomination.pk)
    )
    again = sent_before(form_key, delegation=delegation, email=nomination.email, now=now) is not None
    if not again and (state := nomination.state(now)) != NominationState.OPEN:
        raise NominationOver(nomination, state)
    common = {
        **registration,
        "details": {**details, "email": nomination.email, "email_confirmed_at": now},
        "form_key": form_key,
        "now": now,
        "by": FOCAL_POINT,
        "source": Source.FOCAL_POINT,
        "through_link": True,
    }
    if nomination.leaving:
        delegate = substitute(replaced=nomination.leaving, **common)
    else:
        delegate = register(delegation=delegation, **common)
    if not again:
        nomination.used_at, nomination.delegate = now, delegate
        nomination.save(update_fields=["used_at", "delegate"])
        note_use(delegation, LinkUse.REGISTERED, now=now, delegate=delegate)
    return delegate
