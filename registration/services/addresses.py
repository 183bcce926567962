"""Whose an e-mail address is: confirming it, changing it by a mailed link, and what becomes of one that nobody confirms."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rcm_portal.mail.sending import readdress

from ..documents.links import my_token, new_address_token, public_url
from ..documents.mails import mail_delegate, mail_registrar
from ..enums import ENDED, UNDECIDED, Actor, DelegateStatus, Source, SystemReason
from ..exceptions import EmailTaken, NotChangeable, RegistrationError
from ..models import Delegate, Delegation, Passport, Workshop
from ..queries.progress import person_of, was_let_go
from ..rules.duplicates import Person, alike
from ..rules.email_confirmation import Stage, stage
from ..rules.typed.emails import email_key
from ..rules.workflow import Verb
from ..signals import details_changed
from .seat_limit import is_full
from .transitions import DELEGATE, SYSTEM, lock_changeable, lock_delegate, take_step
from .waiting_list import in_line, tend_line

# Their one use is the personal link, which a corrected address gets anew.
LINK_MAILS = ("registered", "link", "already_registered", "confirm_soon")
SENT_TWICE = timedelta(minutes=15)


def person_sent(details: Mapping[str, Any], passport: Mapping[str, Any]) -> Person:
    """Who a form says that they are, to be compared with who is registered."""
    return Person(
        pk=0,
        given_names=details.get("given_names", ""),
        surnames=details.get("surnames", ""),
        date_of_birth=details.get("date_of_birth"),
        passport_index=str(Passport(number=passport.get("number", "")).keyed_values()["number_index"]),
    )


def holders_of_email(workshop: Workshop, email: str) -> list[Delegate]:
    """Whose registrations of this workshop stand under the address: one, or two who share a mailbox."""
    return list(
        Delegate.objects.standing()
        .filter(workshop=workshop, email_key=email_key(email))
        .prefetch_related("workshop", "delegation__party", "passport")  # nearly always there is nobody
        .order_by("second_of_mailbox")
    )


def holder_of_email(workshop: Workshop, email: str) -> Delegate | None:
    """The first whose registration of this workshop stands under the address."""
    return next(iter(holders_of_email(workshop, email)), None)


def second_of_mailbox(delegate: Delegate, email: str, *, person: Person | None = None) -> bool:
    """Whether a person of a locked delegation would be the second with this address (False: the first).

    Two people of one delegation may share one where the workshop allows it (`shared_mailboxes`); the same person twice is
    not two. The database keeps the rule too: `delegate_email_once_per_workshop` and the guard `mailbox_of_one_delegation`.
    `person` is who somebody is that is not stored yet. Raises EmailTaken.
    """
    others = [one for one in holders_of_email(delegate.workshop, email) if one.pk != delegate.pk]
    if not others:
        return False
    first = others[0]
    shared = (
        delegate.workshop.shared_mailboxes
        and len(others) == 1
        and first.delegation_id == delegate.delegation_id
        and not alike(person or person_of(delegate), person_of(first))
    )
    if not shared:
        raise EmailTaken(first)
    return not first.second_of_mailbox


@transaction.atomic
def tell_holder(delegate: Delegate) -> None:
    """Tell an address that somebody gave it again, and how a colleague registers; who gave it learns nothing."""
    workshop = delegate.workshop
    mail_delegate(
        "already_registered",
        delegate,
        open=workshop.is_open(timezone.now()),
        shared=workshop.shared_mailboxes,
        register_url=public_url("register", workshop, delegate.language),
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
    try:
        second_of_mailbox(delegate, email)
    except EmailTaken as taken:
        tell_holder(taken.delegate)
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
    change_address(delegate, delegate.new_email, now=now, confirmed=True)
    details_changed.send(sender=Delegate, delegate=delegate, fields={"email"}, now=now)
    return delegate


def change_address(
    delegate: Delegate, email: str, *, now: datetime, confirmed: bool = False, by_writer: bool = False
) -> None:
    """Put an address in the place of a locked delegate's: links sent to the old one end, mails that did not arrive go to
    the new one. The old one is told where the change was confirmed, or where whoever sent the form made it (`by_writer`);
    staff correct an address that nobody reads. Raises EmailTaken, and has changed nothing then."""
    second = second_of_mailbox(delegate, email)
    old = delegate.email
    delegate.email, delegate.new_email, delegate.new_email_id = email, "", None
    delegate.second_of_mailbox = second
    delegate.email_confirmed_at = now if confirmed else None
    delegate.email_warned_at, delegate.email_asked_at = None, now
    delegate.link_version += 1
    try:
        with transaction.atomic():
            delegate.save()
    except IntegrityError:
        # Two delegations are two locks: somebody of another one may have got the address at the same instant.
        if taken := holder_of_email(delegate.workshop, email):
            raise EmailTaken(taken) from None
        raise
    readdress(
        about=delegate.public_id,
        before=old,
        to=email,
        personal_token=my_token(delegate),
        without_kinds=LINK_MAILS,
    )
    if by_writer:
        tell_mistyped(delegate, to=old)
    elif confirmed:
        mail_delegate("address_changed", delegate, to=old, new_email=email, personal_token="")
    if not confirmed:
        mail_delegate("registered", delegate)


class AddressSettled(RegistrationError):
    message = _("This address was confirmed or changed meanwhile. Your own page shows it and can change it.")


@transaction.atomic
def correct_address(*, delegate: Delegate, version: int, email: str, now: datetime) -> None:
    """Whoever sent a form a moment ago, in the same browser, mistyped the address: from now on it is `email`, as if the form
    had been sent with it.

    `version` is the link_version that the browser keeps, sealed: only while the address is unconfirmed and nobody has
    changed it, so of two corrections at once one counts. Where `email` is somebody's, they are told and this registration
    ends, until it is corrected again; who asks cannot tell. Raises AddressSettled, DataDestroyed.
    """
    delegate = lock_delegate(delegate)
    if email_key(email) == delegate.email_key and delegate.status not in ENDED:
        return
    mistyped = was_mistyped(delegate)
    stands = delegate.status in UNDECIDED or mistyped
    if delegate.email_confirmed_at or not stands or (delegate.link_version != version and not mistyped):
        raise AddressSettled
    try:
        second = second_of_mailbox(delegate, email)
    except EmailTaken as taken:
        end_mistyped(delegate=delegate, now=now)
        tell_holder(taken.delegate)
        return
    if mistyped:
        delegate.email, delegate.second_of_mailbox = email, second
        delegate.save(update_fields=["email", "second_of_mailbox"])
        come_back(delegate, now=now)
    change_address(delegate, email, now=now, by_writer=True)
    details_changed.send(sender=Delegate, delegate=delegate, fields={"email"}, now=now)


@transaction.atomic
def end_mistyped(*, delegate: Delegate, now: datetime) -> None:
    """End an unconfirmed registration whose right address turned out to be somebody's already: it holds no seat, and the
    mistyped address is told what it would be told in any case."""
    delegate = lock_delegate(delegate)
    if delegate.email_confirmed_at or delegate.status not in UNDECIDED:
        return
    delegate.link_version += 1
    take_step(
        delegate,
        Verb.CANCEL,
        by=SYSTEM,
        now=now,
        reason=SystemReason.REGISTERED_TWICE,
        fields=("link_version",),
    )
    tell_mistyped(delegate, to=delegate.email)
    tend_line(delegate.delegation, now=now)


def was_mistyped(delegate: Delegate) -> bool:
    """Whether `end_mistyped` ended it."""
    if delegate.status != DelegateStatus.CANCELLED or delegate.email_confirmed_at:
        return False
    last = delegate.status_changes.order_by("-at", "-pk").first()
    return bool(last and last.actor == Actor.SYSTEM and last.reason == SystemReason.REGISTERED_TWICE)


def tell_mistyped(delegate: Delegate, *, to: str) -> None:
    """Tell the address that a form gave by mistake that it is not used any more; not which one is, for it may be a stranger's."""
    mail_delegate("address_changed", delegate, to=to, new_email="", personal_token="")


def sent_before(
    form_key: UUID | None,
    *,
    now: datetime,
    delegation: Delegation | None = None,
    email: str = "",
    person: Person | None = None,
) -> Delegate | None:
    """The registration that this very form made a moment ago: a double click, or an answer that was lost.

    `form_key` is made by the server for one form behind one door in one browser. It is an answer only to who registers
    the same `person` and address for the same delegation within SENT_TWICE; anything else is another registration, also a
    second person's from the same browser and mailbox. A form that is no longer kept (behind its mailed link) says none of
    these.
    """
    if form_key is None or not Delegate.objects.filter(form_key=form_key).exists():
        return None
    sent = Delegate.objects.filter(form_key=form_key, submitted_at__gt=now - SENT_TWICE)
    if delegation is not None:
        sent = sent.filter(delegation=delegation, email_key=email_key(email))
    made = sent.select_related("passport").first()
    if made is None or (person and not alike(person_of(made), person)):
        return None
    made.made_before = True
    return made


def made_before_by(
    registration: UUID | None, delegation: Delegation, email: str, *, person: Person
) -> Delegate | None:
    """The registration of the same person that this browser made before, in a locked delegation, under another address that
    nobody has confirmed: what it sends now corrects it.

    The browser is required. Whoever only knows a passport number, a colleague's say, must not get that colleague's
    registration, nor end it: see `let_go_of_doubles` for the same passport from another browser.
    """
    if registration is None:
        return None
    made = (
        Delegate.objects.filter(
            public_id=registration,
            delegation=delegation,
            status__in=UNDECIDED,
            email_confirmed_at__isnull=True,
            source__in=(Source.ONLINE, Source.FOCAL_POINT),
        )
        .exclude(email_key=email_key(email))
        .select_related("passport")
        .first()
    )
    return made if made and alike(person_of(made), person) else None


def let_go_of_doubles(
    delegation: Delegation, *, index: str, issuing_country: str, now: datetime, but: Delegate | None = None
) -> None:
    """Somebody with this passport has confirmed an address: registrations of it in the same locked delegation that nobody has
    confirmed give their seats back now instead of after `email_confirmation_hours`.

    Nothing is handed over: their details stay theirs, their address is told, and they return by confirming it, as after
    any such end. So a passport number that somebody else knows opens nothing, and a mistyped address holds no second seat.
    """
    if not index:
        return
    doubles = Delegate.objects.filter(
        delegation=delegation,
        status__in=UNDECIDED,
        email_confirmed_at__isnull=True,
        source__in=(Source.ONLINE, Source.FOCAL_POINT),
        passport__number_index=index,
        passport__issuing_country=issuing_country,
    )
    found = list(doubles.exclude(pk=but.pk if but else None).select_related("delegation__party", "workshop"))
    for double in found:
        take_step(double, Verb.CANCEL, by=SYSTEM, now=now, reason=SystemReason.EMAIL_NOT_CONFIRMED)
        mail_delegate("let_go", double, same_passport=True)
    if found:
        tend_line(delegation, now=now)


@transaction.atomic
def confirm_email(*, delegate: Delegate, now: datetime) -> Delegate:
    """The delegate has pressed the button that only the mail leads to. Pressing it again changes nothing.

    Somebody whose seat was let go comes back with it: to a seat where one is free, else to the end of the waiting list.
    Raises EmailTaken when the address has been registered anew meanwhile.
    """
    delegate = lock_delegate(delegate)
    returning = was_let_go(delegate)
    if returning:
        delegate.second_of_mailbox = second_of_mailbox(delegate, delegate.email)
    if delegate.email_confirmed_at is None:
        delegate.email_confirmed_at = now
        delegate.save(update_fields=["email_confirmed_at"])
        if held := Passport.objects.filter(delegate=delegate).first():
            let_go_of_doubles(
                delegate.delegation,
                index=held.number_index,
                issuing_country=held.issuing_country,
                now=now,
                but=delegate,
            )
    if returning:
        come_back(delegate, now=now)
    return delegate


def come_back(delegate: Delegate, *, now: datetime) -> None:
    """Give a locked, cancelled delegate a seat where one is free, else the end of the waiting list."""
    verb = Verb.RETURN
    if is_full(delegate.delegation, delegate.role):
        delegate.waiting_position = len(in_line(delegate.delegation)) + 1
        verb = Verb.RETURN_TO_LINE
    take_step(delegate, verb, by=DELEGATE, now=now, fields=("second_of_mailbox",))


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
