"""Rows about registrations, their letters, passports and reminders, and about delegations."""

from datetime import timedelta
from uuid import uuid4

from registration import services
from registration.enums import BatchWork, CorrectionKind
from registration.models import Delegate, DetailChange
from registration.rules.findings import Level, findings
from registration.services import arrivals, batches, passport_checks, reminders
from registration.services.corrections import correcting
from registration.services.detail_changes import settle_change
from registration.services.duplicates import dismiss_pair, merge_pair
from registration.services.letters import issuing, scans, signatories, signing, visa_letters
from registration.services.practical import notices
from registration.services.registering import hand_over
from registration.services.setting_up import focal_points, seen
from registration.services.transitions import seen_state, staff
from registration.services.writing import messages
from tests import accounts
from tests.factories import DelegateFactory, DelegationFactory, PassportCopyFactory
from tests.sample_files import signature_png

from ..guards import consulate, deciding, letters, registering, telling
from . import NOW, row

DAY = timedelta(days=1)


# Steps of a registration


def step(service, *, reason=True, **facts):
    """A decision about one person."""
    person = DelegateFactory(**facts)
    more = {"reason": "x"} if reason else {}
    return lambda by, now: service(delegate=person, by=staff(by), now=now, **more)


WAITING = registering.WAITING | {"waiting_position": 1}
STEPS = {
    "decisions:reject": lambda: step(services.reject),
    "decisions:cancel": lambda: step(services.cancel),
    "decisions:reopen": lambda: step(services.reopen, status="rejected", seat_number=None),
    "decisions:take_back": lambda: step(services.take_back, status="approved"),
    "decisions:confirm_accepted": lambda: step(services.confirm_accepted, reason=False, status="approved"),
    "waiting_list:promote": lambda: step(services.promote, **WAITING),
}
for _name, _step in STEPS.items():
    row(f"registration/services/{_name}", "StatusChange.by")(_step)


@row("registration/services/decisions:approve", "StatusChange.by", "InvitationLetter.issued_by")
def _():
    return step(services.approve, reason=False)


@row("registration/services/waiting_list:reorder", "StatusChange.by")
def _():
    delegation = DelegationFactory(seat_limit=0)
    _first, second = (
        DelegateFactory(delegation=delegation, **registering.WAITING, waiting_position=place)
        for place in (1, 2)
    )
    return lambda by, now: services.reorder(delegate=second, place=1, by=staff(by), reason="x", now=now)


@row("registration/services/decisions:move", "StatusChange.by")
def _():
    person, there = DelegateFactory(), registering.other_delegation()
    return lambda by, now: services.move(delegate=person, delegation=there, by=staff(by), reason="x", now=now)


@row(
    "registration/services/registering:register", "StatusChange.by", "Delegate.entered_by", "Passport nobody"
)
def _():
    delegation = DelegationFactory()
    return lambda by, now: registering.register(delegation, by=staff(by), reason="x", now=now)


@row("registration/services/registering:hand_over", "StatusChange.by")
def _():
    person = DelegateFactory()
    to = Delegate(delegation=person.delegation, given_names="Rosa", surnames="Canul")
    return lambda by, now: hand_over(person, to=to, by=staff(by), now=now)


@row("registration/services/registering:update_details", "StatusChange.by")
def _():
    person = DelegateFactory(status="approved")
    return lambda by, now: services.update_details(
        delegate=person, details={"position": "Minister"}, passport={}, takes_back=True, reason="x", by=staff(by), now=now
    )  # fmt: skip


@row("registration/services/arrivals:check_in", "Arrival.by")
def _():
    person = DelegateFactory(status="approved")
    return lambda by, now: arrivals.check_in(delegate=person, by=staff(by), now=now, early=True)


@row("registration/services/arrivals:undo", "Arrival.undone_by")
def _():
    person = DelegateFactory(status="approved")
    before = staff(accounts.make_staff())
    arrivals.check_in(delegate=person, by=before, now=NOW - DAY, early=True)
    return lambda by, now: arrivals.undo(delegate=person, by=staff(by), now=now)


@row(
    "registration/services/arrivals:walk_in",
    "Arrival.by",
    "StatusChange.by",
    "Delegate.entered_by",
    "Passport nobody",
)
def _():
    delegation = DelegationFactory()
    details = {"given_names": "Rosa", "surnames": "Canul", "email": "rosa@example.org", "role": "official"}
    return lambda by, now: arrivals.walk_in(
        delegation=delegation, details=details, by=staff(by), now=now, form_key=uuid4()
    )


def _batch(service):
    person = DelegateFactory()
    return lambda by, now: service(what=BatchWork.APPROVE, delegates=[person], by=by, now=now)


row("registration/services/batches:start_batch", "Batch.by")(lambda: _batch(batches.start_batch))
row("registration/services/batches:begin_batch", "Batch.by", "StatusChange.by", "InvitationLetter.issued_by")(
    lambda: _batch(batches.begin_batch)
)


# Details, doubles, passports


@row("registration/services/corrections/correcting:correct", "Correction.by")
def _():
    person = DelegateFactory()
    return lambda by, now: correcting.correct(
        delegate=person,
        details={"position": "Minister"},
        passport={},
        kind=CorrectionKind.TYPING_ERROR,
        reason="x",
        seen={},
        by=staff(by),
        now=now,
    )


@row("registration/services/detail_changes:settle_change", "DetailChange.settled_by")
def _():
    person = DelegateFactory(status="approved")
    services.update_details(delegate=person, details={"position": "Minister"}, passport={}, now=NOW - DAY)
    change = DetailChange.objects.get(delegate=person)
    return lambda by, now: settle_change(change=change, agree=True, by=staff(by), now=now)


@row("registration/services/delegation_links:set_head", "DetailChange.settled_by")
def _():
    person = DelegateFactory(status="approved")
    services.update_details(delegate=person, details={"head_of_delegation": True}, passport={}, now=NOW - DAY)
    return lambda by, now: services.set_head(delegate=person, by=staff(by), now=now)


@row("registration/services/duplicates:merge_pair", "DuplicateDecision.by", "StatusChange.by")
def _():
    keep, drop = deciding.double(), deciding.double()
    return lambda by, now: merge_pair(keep=keep, drop=drop, by=staff(by), reason="x", now=now)


@row("registration/services/duplicates:dismiss_pair", "DuplicateDecision.by")
def _():
    first, second = deciding.double(), deciding.double()
    return lambda by, now: dismiss_pair(first=first, second=second, by=staff(by), reason="x", now=now)


def _with_copy():
    person = DelegateFactory()
    copy = PassportCopyFactory(delegate=person)
    person = Delegate.objects.get(pk=person.pk)
    return person, passport_checks.fingerprint(person, person.passport, copy)


@row("registration/services/passport_checks:verify_passport", "Passport.verified_by")
def _():
    person, shown = _with_copy()
    return lambda by, now: services.verify_passport(delegate=person, seen=shown, by=staff(by), now=now)


@row(
    "registration/services/passport_checks:agree_and_approve",
    "Passport.verified_by",
    "StatusChange.by",
    "InvitationLetter.issued_by",
)
def _():
    person, shown = _with_copy()
    return lambda by, now: passport_checks.agree_and_approve(
        delegate=person, seen=shown, state=seen_state(person), by=staff(by), now=now
    )


# The delegation and its focal point


@row("registration/services/delegation_links:send_delegation_link", "DelegationLinkUse.by")
def _():
    delegation = DelegationFactory(focal_point_email="f@example.org")
    return lambda by, now: services.send_delegation_link(delegation=delegation, by=staff(by), now=now)


@row("registration/services/delegation_links:revoke_link", "DelegationLinkUse.by")
def _():
    delegation = DelegationFactory()
    return lambda by, now: services.revoke_link(delegation=delegation, by=staff(by), now=now)


@row("registration/services/setting_up/focal_points:send_links", "DelegationLinkUse.by")
def _():
    delegation = DelegationFactory(focal_point_email="f@example.org")
    return lambda by, now: focal_points.send_links([delegation], by=staff(by), now=now)


# Letters


@row("registration/services/letters/issuing:reissue_letter", "InvitationLetter.issued_by")
def _():
    held = letters.letter()
    return lambda by, now: issuing.reissue_letter(delegate=held.delegate, by=staff(by), reason="x", now=now)


@row("registration/services/letters/signing:enter_signed", "SignedScan.entered_by", "SignedScan.decided_by", "StatusChange.by")  # fmt: skip
def _():
    held = letters.letter()
    return lambda by, now: signing.enter_signed(
        delegate=held.delegate, sha256=held.sha256, copy=letters.stored(), note="By post.", by=staff(by), now=now
    )  # fmt: skip


@row("registration/services/letters/signing:confirm_scan", "SignedScan.decided_by", "StatusChange.by")
def _():
    scan = letters.hand_in(letters.letter())
    return lambda by, now: signing.confirm_scan(scan=scan, by=staff(by), now=now)


@row("registration/services/letters/scans:refuse_scan", "SignedScan.decided_by")
def _():
    scan = letters.hand_in(letters.letter())
    return lambda by, now: scans.refuse_scan(scan=scan, by=staff(by), reason="x", now=now)


@row("registration/services/letters/signing:extend_acceptance", "AcceptanceExtension.by")
def _():
    held = letters.letter()
    return lambda by, now: signing.extend_acceptance(
        delegate=held.delegate, until=held.accept_by + DAY, by=staff(by), reason="x", now=now
    )


@row("registration/services/letters/signatories:set_signature", "SignatoryImage.uploaded_by")
def _():
    workshop = DelegationFactory().workshop
    return lambda by, now: signatories.set_signature(
        workshop=workshop, content=signature_png(), by=by, now=now
    )


@row("registration/services/letters/visa_letters:issue_visa_letter", "VisaLetter.issued_by")
def _():
    person = consulate.traveller()
    shown = consulate.seen(person)
    return lambda by, now: visa_letters.issue_visa_letter(delegate=person, seen=shown, by=staff(by), now=now)


# Reminders, messages, setting up


@row("registration/services/reminders:send_by_hand", "Reminder.by")
def _():
    person = deciding.owing()
    return lambda by, now: reminders.send_by_hand(who=person, by=staff(by), now=now)


@row("registration/services/reminders:pause_reminders", "ReminderPause.by")
def _():
    person = DelegateFactory()
    return lambda by, now: services.pause_reminders(target=person, by=staff(by), reason="x", now=now)


@row("registration/services/reminders:resume_reminders", "ReminderPause.by")
def _():
    person = DelegateFactory()
    before = staff(accounts.make_staff())
    services.pause_reminders(target=person, by=before, reason="x", now=NOW - DAY)
    return lambda by, now: services.resume_reminders(target=person, by=staff(by), now=now)


@row("registration/services/practical/notices:prepare", "PracticalNotice.prepared_by")
def _():
    workshop = DelegateFactory(status="approved").workshop
    telling.venue(workshop)
    return lambda by, now: notices.prepare(workshop=workshop, by=by, now=now)


@row("registration/services/writing/messages:begin", "Message.by")
def _():
    person = DelegateFactory()
    return lambda by, now: messages.begin(people=[person], by=by, now=now)


def _warning(workshop) -> str:
    return next(found.words for found in findings(workshop) if found.level == Level.WARNING)


@row("registration/services/setting_up/seen:set_aside", "FindingSeen.by")
def _():
    workshop = DelegationFactory().workshop
    return lambda by, now: seen.set_aside(
        workshop=workshop, words=_warning(workshop), reason="x", by=by, now=now
    )


@row("registration/services/setting_up/seen:take_back", "FindingSeen.taken_back_by")
def _():
    workshop = DelegationFactory().workshop
    before = accounts.make_staff()
    aside = seen.set_aside(workshop=workshop, words=_warning(workshop), reason="x", by=before, now=NOW - DAY)
    return lambda by, now: seen.take_back(workshop=workshop, pk=aside.pk, by=by, now=now)
