"""Whose an e-mail address is: confirming it, changing it by a mailed link, and what becomes of one that nobody confirms."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from rcm_portal.mail.sending import readdress

from ..documents.links import my_token, new_address_token
from ..documents.mails import mail_delegate, mail_registrar
from ..enums import UNDECIDED, DelegateStatus, SystemReason
from ..exceptions import EmailTaken, NotChangeable
from ..models import Delegate, Delegation, Workshop
from ..queries.progress import was_let_go
from ..rules.email_confirmation import Stage, stage
from ..rules.typed.emails import email_key
from ..rules.workflow import Verb
from ..signals import details_changed
from .seat_limit import is_full
from .transitions import DELEGATE, SYSTEM, lock_changeable, lock_delegate, take_step
from .waiting_list import in_line, tend_line

# Their one use is the personal link, which a corrected address gets anew.
LINK_MAILS = ("registered", "link", "already_registered", "confirm_soon")


def holder_of_email(workshop: Workshop, email: str) -> Delegate | None:
    """Whose registration of this workshop stands under the address."""
    return (
        Delegate.objects.filter(workshop=workshop, email_key=email_key(email))
        .exclude(status__in=(DelegateStatus.REJECTED, DelegateStatus.CANCELLED))
        .select_related("workshop", "delegation__party")
        .first()
    )


@transaction.atomic
def tell_registrar(*, about: Delegate, delegation: Delegation, name: str, to: str, language: str) -> None:
    """Tell who has registered somebody else (`name`) that it was sent. Said alike whether or not that person's address was
    registered before, and without anything of the person but the name. The address `to` is kept in this mail alone, which
    is destroyed with what is held `about` the delegate."""
    mail_registrar(delegation, about=about.public_id, name=name, to=to, language=language)


def ask_for_new_address(delegate: Delegate, email: str) -> None:
    """Mail a locked delegate's new address the link that makes it count; the old one is told and stays until then.

    Whether another registration has the address is not told to who asks: its holder is.
    """
    if email_key(email) == delegate.email_key:
        return
    mail_delegate("new_address_asked", delegate, new_email=email)
    if taken := holder_of_email(delegate.workshop, email):
        mail_delegate("already_registered", taken)
        return
    delegate.new_email, delegate.new_email_id = email, uuid4()
    delegate.save(update_fields=["new_email", "new_email_id"])
    mail_delegate("new_address", delegate, to=email, personal_token=new_address_token(delegate))


@transaction.atomic
def confirm_new_address(*, delegate: Delegate, now: datetime) -> Delegate:
    """The link that was mailed to the new address is used: it takes the place of the old one, and so does its link.

    `delegate` comes from `links.new_address_of`. Raises NotChangeable where that link was used or another address was
    asked for meanwhile, EmailTaken.
    """
    asked = delegate.new_email_id
    delegate = lock_changeable(delegate, by=DELEGATE, now=now)
    if asked is None or delegate.new_email_id != asked:
        raise NotChangeable
    if taken := holder_of_email(delegate.workshop, delegate.new_email):
        raise EmailTaken(taken)
    change_address(delegate, delegate.new_email, now=now, confirmed=True)
    details_changed.send(sender=Delegate, delegate=delegate, fields={"email"}, now=now)
    return delegate


def change_address(delegate: Delegate, email: str, *, now: datetime, confirmed: bool = False) -> None:
    """Put an address in the place of a locked delegate's: links sent to the old one end, mails that did not arrive go to
    the new one. The old one is told where the change was confirmed; staff correct an address that nobody reads."""
    old = delegate.email
    delegate.email, delegate.new_email, delegate.new_email_id = email, "", None
    delegate.email_confirmed_at = now if confirmed else None
    delegate.email_warned_at, delegate.email_asked_at = None, now
    delegate.link_version += 1
    delegate.save()
    readdress(
        about=delegate.public_id,
        before=old,
        to=email,
        personal_token=my_token(delegate),
        without_kinds=LINK_MAILS,
    )
    if confirmed:
        mail_delegate("address_changed", delegate, to=old, new_email=email, personal_token="")
    else:
        mail_delegate("registered", delegate)


@transaction.atomic
def confirm_email(*, delegate: Delegate, now: datetime) -> Delegate:
    """The delegate has pressed the button that only the mail leads to. Pressing it again changes nothing.

    Somebody whose seat was let go comes back with it: to a seat where one is free, else to the end of the waiting list.
    Raises EmailTaken when the address has been registered anew meanwhile.
    """
    delegate = lock_delegate(delegate)
    returning = was_let_go(delegate)
    if delegate.email_confirmed_at is None:
        delegate.email_confirmed_at = now
        delegate.save(update_fields=["email_confirmed_at"])
    if not returning:
        return delegate
    if taken := holder_of_email(delegate.workshop, delegate.email):
        raise EmailTaken(taken)
    if is_full(delegate.delegation, delegate.role):
        place = len(in_line(delegate.delegation)) + 1
        delegate.waiting_position = place
        take_step(delegate, Verb.RETURN_TO_LINE, by=DELEGATE, now=now)
    else:
        take_step(delegate, Verb.RETURN, by=DELEGATE, now=now)
    return delegate


@transaction.atomic
def follow_up_confirmation(*, delegate: Delegate, now: datetime) -> Stage:
    """Warn once at half time, then let the seat go; returns what was done. Doing it again changes nothing."""
    delegate = lock_delegate(delegate)
    if delegate.email_confirmed_at or delegate.status not in UNDECIDED or delegate.is_vouched_for:
        return Stage.WAIT
    if (
        delegate.seat_offer_until is not None
    ):  # the offer has its own time, and taking it confirms the address
        return Stage.WAIT
    what = due(delegate, now=now)
    if what == Stage.WARN:
        delegate.email_warned_at = now
        delegate.save(update_fields=["email_warned_at"])
        mail_delegate("confirm_soon", delegate)
    elif what == Stage.LET_GO:
        take_step(delegate, Verb.CANCEL, by=SYSTEM, now=now, reason=SystemReason.EMAIL_NOT_CONFIRMED)
        mail_delegate("let_go", delegate)
        tend_line(delegate.delegation, now=now)
    return what


def due(delegate: Delegate, *, now: datetime) -> Stage:
    """What is due for this delegate's unconfirmed address."""
    return stage(
        delegate.email_asked_at or delegate.submitted_at,
        hours=delegate.workshop.email_confirmation_hours,
        warned_at=delegate.email_warned_at,
        now=now,
    )
