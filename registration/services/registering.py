"""Registering, and changing what was registered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from rcm_portal.files.owners import discard_unnamed

from ..documents.mails import mail_delegate, mail_leaving, mail_secretariat
from ..enums import Actor, DelegateRole, DelegateStatus, Source, SystemReason
from ..exceptions import (
    DeadlinePassed,
    DelegationFull,
    EmailTaken,
    LinkRequired,
    NotReplaceable,
    ReasonMissing,
    UploadQuotaReached,
)
from ..models import (
    NEEDS,
    Delegate,
    Delegation,
    InvitationLetter,
    Passport,
    PassportCopy,
    StatusChange,
    Workshop,
)
from ..rules.names import same_in_documents
from ..rules.typed.emails import email_key
from ..rules.workflow import Verb
from ..signals import details_changed
from .addresses import (
    ask_for_new_address,
    change_address,
    holder_of_email,
    holders_of_email,
    let_go_of_doubles,
    made_before_by,
    person_sent,
    second_of_mailbox,
    sent_before,
)
from .delegation_links import set_head
from .detail_changes import WATCHED_FIELDS, change_words, note_changes, wish_to_lead
from .drafts import forget_draft
from .seat_limit import is_full, lock_delegation
from .stored_files import StoredCopy, drop_file, hasten_reading, take_file
from .transitions import DELEGATE, SYSTEM, By, lock_changeable, take_step
from .waiting_list import in_line

# Changing one of these means another person or another passport: an approval given before does not stand (SWAP-1).
IDENTITY_FIELDS = frozenset({"given_names", "surnames", "date_of_birth", "nationality", "sex"})
NAME_FIELDS = frozenset({"given_names", "surnames"})
PASSPORT_IDENTITY_FIELDS = frozenset({"number", "issuing_country", "expires_on", "kind", "copy"})


def register(
    *,
    delegation: Delegation,
    details: Mapping[str, Any],
    passport: Mapping[str, Any],
    now: datetime,
    copy: StoredCopy | None = None,
    by: By = DELEGATE,
    source: Source = Source.ONLINE,
    reason: str = "",
    form_key: UUID | None = None,
    file_key: UUID | None = None,
    through_link: bool = False,
    may_wait: bool = False,
    replaces: Delegate | None = None,
    made_before: UUID | None = None,
) -> Delegate:
    """Register one person and give them a seat, or a place on the waiting list where `may_wait` and none is free.

    `details` are fields of Delegate, `passport` of Passport. The passport copy is the one kept under `file_key`, or
    `copy`, which is stored already. `now` is an aware instant. The same form sent twice (see `sent_before`) returns the
    registration made before, with `made_before` set. `made_before` is the registration that this browser made last: the
    same person under another address corrects it (`made_before_by`). With `replaces` (through `substitute`) that
    official is cancelled and the new one has their seat. Raises DeadlinePassed (delegates only; staff give a `reason`),
    LinkRequired, DelegationFull, NotReplaceable, and EmailTaken, which must not be told to who asks.
    """
    with transaction.atomic():
        delegation = lock_delegation(delegation.pk)
        person = person_sent(details, passport)
        if made := sent_before(
            form_key, delegation=delegation, email=details["email"], now=now, person=person
        ):
            drop_file(delegation.workshop, file_key)
            return made
        if by.actor != Actor.SECRETARIAT and not delegation.workshop.is_open(now):
            raise DeadlinePassed
        if replaces is None and (
            made := made_before_by(made_before, delegation, details["email"], person=person)
        ):
            return correct(made, details=details, passport=passport, file_key=file_key, now=now)
        delegate = Delegate(
            workshop=delegation.workshop,
            delegation=delegation,
            source=source,
            source_reason=reason,
            entered_by=by.user,
            form_key=None if Delegate.objects.filter(form_key=form_key).exists() else form_key,
            submitted_at=now,
            email_asked_at=now,
            **details,
        )
        date_consent(delegate, now)
        leads, delegate.head_of_delegation = delegate.head_of_delegation, False
        if delegate.email_confirmed_at:
            let_go_of_doubles(
                delegation,
                index=person.passport_index,
                issuing_country=passport.get("issuing_country", ""),
                now=now,
            )
        verb = way_in(
            delegation, delegate.role, by=by, through_link=through_link, may_wait=may_wait, replaces=replaces
        )
        if replaces is not None:
            delegate.replaces = hand_over(replaces, to=delegate, by=by, now=now)
        try:
            delegate.second_of_mailbox = second_of_mailbox(delegate, delegate.email, person=person)
        except EmailTaken as taken:
            raise EmailTaken(taken.delegate, would_wait=verb == Verb.WAIT) from None
        if verb == Verb.WAIT:
            delegate.waiting_position = len(in_line(delegation)) + 1
        try:
            with transaction.atomic():
                take_step(delegate, verb, by=by, now=now, reason=reason)
        except IntegrityError:
            # Two delegations are two locks: the same address may arrive through both at the same instant.
            if taken := holder_of_email(delegation.workshop, delegate.email):
                raise EmailTaken(taken, would_wait=verb == Verb.WAIT) from None
            raise
        if leads and by.actor == Actor.SECRETARIAT:
            set_head(delegate=delegate, by=by, now=now)
        elif leads:
            wish_to_lead(delegate, leads, now=now)
        Passport.objects.create(delegate=delegate, **passport)
        if copy := take_file(delegation.workshop, file_key) or copy:
            replace_passport_copy(delegate=delegate, copy=copy, now=now)
        forget_draft(file_key)
        mail_delegate("registered", delegate, replaced=replaces.full_name if replaces else "")
        return delegate


def date_consent(delegate: Delegate, now: datetime) -> None:
    """What is said of needs comes with a consent of its own (the forms refuse it without): when it was first given."""
    held = any(getattr(delegate, name) for name in NEEDS)
    delegate.needs_consent_at = (delegate.needs_consent_at or now) if held else None


def correct(
    made: Delegate,
    *,
    details: Mapping[str, Any],
    passport: Mapping[str, Any],
    file_key: UUID | None,
    now: datetime,
) -> Delegate:
    """The form came again from the browser that made this registration, with another address: what it says now holds, in
    the same seat. Raises what `register` raises."""
    said = {name: value for name, value in details.items() if name not in ("email", "email_confirmed_at")}
    update_details(delegate=made, details=said, passport=passport, now=now, file_key=file_key)
    made = lock_changeable(made, by=DELEGATE, now=now)
    try:
        change_address(
            made,
            details["email"],
            now=now,
            confirmed=bool(details.get("email_confirmed_at")),
            by_writer=True,
        )
    except EmailTaken as taken:
        waits = made.status == DelegateStatus.WAITLISTED
        raise EmailTaken(taken.delegate, would_wait=waits, mistyped=made) from None
    forget_draft(file_key)
    return made


def way_in(
    delegation: Delegation,
    role: str,
    *,
    by: By,
    through_link: bool,
    may_wait: bool,
    replaces: Delegate | None,
) -> Verb:
    """The step that brings a new person into the delegation, to a seat or onto its waiting list. Raises LinkRequired,
    DelegationFull."""
    if delegation.link_required and not through_link and by.actor != Actor.SECRETARIAT:
        raise LinkRequired
    if replaces is not None or not is_full(delegation, role):
        return Verb.REGISTER
    if not may_wait:
        raise DelegationFull(delegation)
    return Verb.WAIT


def would_wait(
    *,
    delegation: Delegation,
    details: Mapping[str, Any],
    passport: Mapping[str, Any],
    now: datetime,
    form_key: UUID,
    made_before: UUID | None,
    replaces: Delegate | None,
    **way: bool,
) -> bool:
    """Whether `register` would leave a delegate on the waiting list as things stand. Raises what `way_in` raises."""
    person, email = person_sent(details, passport), details["email"]
    made = sent_before(form_key, delegation=delegation, email=email, now=now, person=person)
    if made is None and replaces is None:
        made = made_before_by(made_before, delegation, email, person=person)
    if made is not None:
        return made.status == DelegateStatus.WAITLISTED
    return way_in(delegation, DelegateRole.OFFICIAL, by=DELEGATE, replaces=replaces, **way) == Verb.WAIT


def substitute(*, replaced: Delegate, by: By, reason: str = "", **registration) -> Delegate:
    """Replace one official by another in one step: the old one is cancelled and told, their letter void, and the new one
    starts as submitted in the same seat. The rest as for `register`. Staff owe a reason. Raises what `register` raises.
    """
    if by.actor == Actor.SECRETARIAT and not reason.strip():
        raise ReasonMissing
    return register(delegation=replaced.delegation, replaces=replaced, by=by, reason=reason, **registration)


def hand_over(leaving: Delegate, *, to: Delegate, by: By, now: datetime) -> Delegate:
    """Cancel an official of a locked delegation and give seat and role to the new one, whose row is not there yet."""
    old = Delegate.objects.select_related("delegation__party", "workshop").get(pk=leaving.pk)
    if not old.can_be_replaced(to.delegation_id, by_staff=by.actor == Actor.SECRETARIAT):
        raise NotReplaceable
    to.role, to.seat_number = old.role, old.seat_number
    had_letter = InvitationLetter.objects.readable().filter(delegate=old).exists()
    take_step(old, Verb.CANCEL, by=by, now=now, reason=SystemReason.SUBSTITUTED)
    mail_leaving("substituted", old, now=now, successor=to.full_name, had_letter=had_letter)
    return old


@transaction.atomic
def send_link(*, workshop: Workshop, email: str) -> bool:
    """Mail the personal link to `email` if it is registered, each their own where two share it; whether it is, which must
    not be told to who asks."""
    holders = holders_of_email(workshop, email)
    for delegate in holders:
        mail_delegate("link", delegate, shared=len(holders) > 1)
    return bool(holders)


@transaction.atomic
def update_details(
    *,
    delegate: Delegate,
    details: Mapping[str, Any],
    passport: Mapping[str, Any],
    now: datetime,
    file_key: UUID | None = None,
    by: By = DELEGATE,
    takes_back: bool | None = None,
    reason: str = "",
) -> set[str]:
    """Change what was registered; returns the names of the fields that changed.

    Whether an approval goes back is the rule's business; staff who correct something say it (`takes_back`), with a
    `reason`, and tell the delegate themselves (services.corrections).

    A new passport copy is the one kept under `file_key`. A change of who the person is takes an approval back (SWAP-1): the status becomes submitted again, the letter void.
    Raises NotChangeable, EmailTaken when the new address belongs to another registration, UploadQuotaReached for one
    upload too many.
    """
    delegate = lock_changeable(delegate, by=by, now=now)
    details = dict(details)
    own = by.actor != Actor.SECRETARIAT
    email = details.pop("email", delegate.email)
    if own:
        ask_for_new_address(delegate, email)
        if "head_of_delegation" in details:
            wish_to_lead(delegate, details.pop("head_of_delegation"), now=now)
    before = {name: getattr(delegate, name) for name in details}
    changed = {name for name, value in details.items() if before[name] != value}
    for name in changed:
        setattr(delegate, name, details[name])
    if changed:
        date_consent(delegate, now)
        delegate.save()
    held = Passport.objects.filter(delegate=delegate).first() or Passport(delegate=delegate)
    passport_changed = {name for name, value in passport.items() if getattr(held, name) != value}
    for name in passport_changed:
        setattr(held, name, passport[name])
    if copy := take_file(delegate.workshop, file_key):
        passport_changed.add(
            "copy" if PassportCopy.objects.filter(delegate=delegate).exists() else "first copy"
        )
        replace_passport_copy(delegate=delegate, copy=copy, now=now)
    other = is_somebody_else(before, changed, delegate) or bool(passport_changed & PASSPORT_IDENTITY_FIELDS)
    if other or "first copy" in passport_changed:
        held.verified_at = held.verified_by = None
    if passport_changed or (other and not held._state.adding):
        held.save()
    another = other if takes_back is None else takes_back
    if another and delegate.listed_at:  # it was the consent of the person before
        delegate.listed_at = None
        delegate.save(update_fields=["listed_at"])
    if another and delegate.is_approved:
        take_back_approval(delegate, before, changed, passport_changed, by=by, now=now, reason=reason)
    elif own and delegate.is_approved:
        note_changes(delegate, {name: before[name] for name in changed & WATCHED_FIELDS}, now=now)
    if "first copy" in passport_changed:
        passport_changed = passport_changed - {"first copy"} | {"copy"}
    names = changed | {f"passport.{name}" for name in passport_changed}
    if not own and email_key(email) != delegate.email_key:
        change_address(delegate, email, now=now)
        names |= {"email"}
    if names:
        details_changed.send(sender=Delegate, delegate=delegate, fields=names, now=now)
    return names


def is_somebody_else(before: Mapping[str, Any], changed: set[str], delegate: Delegate) -> bool:
    """Whether what changed makes another person of the delegate: an approval was for the one before (SWAP-1).

    A name that a ticket and a passport's zone write alike is the same name; staff are shown it all the same.
    """
    if changed & IDENTITY_FIELDS - NAME_FIELDS:
        return True
    if not changed & NAME_FIELDS:
        return False
    was = tuple(before.get(name, getattr(delegate, name)) for name in ("surnames", "given_names"))
    return not same_in_documents(was, (delegate.surnames, delegate.given_names))


def take_back_approval(
    delegate: Delegate,
    before: Mapping[str, Any],
    changed: set[str],
    passport_changed: set[str],
    *,
    by: By,
    now: datetime,
    reason: str = "",
) -> None:
    """Another person, or another passport: the registration is submitted again; both sides read what changed, unless it was
    staff who changed it and gave a `reason`."""
    # A delegate does not take an approval back, the rule does.
    who = by if by.actor == Actor.SECRETARIAT else SYSTEM
    take_step(delegate, Verb.TAKE_BACK, by=who, now=now, reason=reason or SystemReason.IDENTITY_CHANGED)
    if reason:
        return
    words = {name: (before[name], getattr(delegate, name)) for name in sorted(changed & IDENTITY_FIELDS)}
    passport_too = bool(passport_changed & PASSPORT_IDENTITY_FIELDS)
    mail_delegate(
        "taken_back",
        delegate,
        reason="",
        by_own_change=True,
        changes=change_words(words, delegate.language),
        passport_too=passport_too,
    )
    mail_secretariat(
        "identity_changed",
        delegate,
        changes=change_words(words, delegate.workshop.summary_language),
        passport_too=passport_too,
    )


def replace_passport_copy(*, delegate: Delegate, copy: StoredCopy, now: datetime) -> None:
    """Put `copy` in the place of the delegate's passport copy; the file it replaces is destroyed after the commit.

    Raises UploadQuotaReached (workshop.uploads_per_delegate).
    """
    held = PassportCopy.objects.select_for_update().filter(delegate=delegate).first()
    if held and held.uploads >= delegate.workshop.uploads_per_delegate:
        raise UploadQuotaReached
    old = [held.key] if held else []
    held = held or PassportCopy(delegate=delegate, uploads=0)
    for name, value in copy.passport_fields().items():
        setattr(held, name, value)
    held.uploads += 1
    held.uploaded_at = now
    held.save()
    hasten_reading(held)
    discard_unnamed(old)


def timeline_of(delegate: Delegate) -> list[StatusChange]:
    return list(delegate.status_changes.select_related("by"))
