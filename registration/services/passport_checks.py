"""What staff and delegates settle about a passport: seen and agrees, please correct, and the name on the ticket."""

from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from ..documents.links import mailed_url
from ..documents.mails import last_day, last_minute, mail_delegate
from ..exceptions import ReasonMissing, RegistrationError
from ..models import Delegate, Passport, PassportCopy
from ..queries.passports.ticket_name import TicketName, ticket_name
from ..rules.details import ends_too_soon
from ..rules.names import airline_name
from ..signals import details_changed
from .decisions import approve
from .transitions import DELEGATE, By, lock_changeable, lock_delegate


class NothingToVerify(RegistrationError):
    message = _("There is nothing to compare yet: the copy, the number or the expiry is missing.")


class PassportExpires(RegistrationError):
    message = _("This passport expires before the workshop ends: it cannot be used.")


class PapersChanged(RegistrationError):
    message = _("The delegate has changed something since you opened this page. Please compare again.")


class NumberInMail(RegistrationError):
    field = "text"
    message = _("Please leave the passport number out: this text goes by e-mail.")


class NotAllowedName(RegistrationError):
    field = "other"
    message = _(
        "This is not a form of your name that a passport may show. Copy it from the two lines of the passport."
    )


def passport_characters(text: str) -> str:
    """What is left of a text when only what a passport number is made of counts."""
    return "".join(character for character in text.upper() if character.isalnum())


def fingerprint(delegate: Delegate, passport: Passport | None, copy: PassportCopy | None) -> str:
    """A keyed digest of what staff compare, so that nothing is verified that was not on their screen."""
    seen = [
        *(
            getattr(delegate, name)
            for name in ("surnames", "given_names", "date_of_birth", "sex", "nationality")
        ),
        *(getattr(passport, name, "") for name in ("kind", "number", "issuing_country", "expires_on", "mrz")),
        getattr(copy, "sha256", ""),
    ]
    return salted_hmac("registration.papers", "\0".join(map(str, seen)), algorithm="sha256").hexdigest()


@transaction.atomic
def verify_passport(*, delegate: Delegate, seen: str, by: By, now: datetime) -> Passport:
    """Record that the copy was seen and agrees with the particulars. `seen` is the fingerprint of what was shown.

    Raises NothingToVerify, PassportExpires, PapersChanged.
    """
    delegate = lock_delegate(delegate)
    passport = Passport.objects.filter(delegate=delegate).first()
    copy = PassportCopy.objects.filter(delegate=delegate).first()
    if not (passport and passport.comparable(copy)):
        raise NothingToVerify
    if fingerprint(delegate, passport, copy) != seen:
        raise PapersChanged
    if ends_too_soon(passport.expires_on, workshop_ends=delegate.workshop.ends_on):
        raise PassportExpires
    passport.verified_at, passport.verified_by = now, by.user
    passport.save(update_fields=["verified_at", "verified_by"])
    return passport


@transaction.atomic
def agree_and_approve(*, delegate: Delegate, seen: str, state: str, by: By, now: datetime) -> Delegate:
    """`verify_passport`, where nobody has yet, and `approve`, both or neither. `state` is what the approval was decided on
    (`transitions.seen_state`). Raises what both raise."""
    delegate = lock_delegate(delegate)
    if not Passport.objects.filter(delegate=delegate, verified_at__isnull=False).exists():
        verify_passport(delegate=delegate, seen=seen, by=by, now=now)
    return approve(delegate=delegate, by=by, now=now, seen=state)


@transaction.atomic
def withdraw_verification(*, delegate: Delegate) -> None:
    """Staff found a mistake in their own comparison."""
    lock_delegate(delegate)
    Passport.objects.filter(delegate=delegate).update(verified_at=None, verified_by=None)


@transaction.atomic
def ask_for_correction(*, delegate: Delegate, text: str, now: datetime) -> None:
    """Tell the delegate in staff's own words what to correct or send anew. Raises ReasonMissing, NumberInMail."""
    delegate = lock_delegate(delegate)
    workshop = delegate.workshop
    if not text.strip():
        raise ReasonMissing
    passport = Passport.objects.filter(delegate=delegate).first()
    if passport and passport.number and passport.number in passport_characters(text):
        raise NumberInMail
    Passport.objects.filter(delegate=delegate).update(verified_at=None, verified_by=None)
    limit = workshop.deadline if workshop.is_open(now) else None
    mail_delegate(
        "passport_unclear",
        delegate,
        reason=text.strip(),
        edit_url=mailed_url("edit", delegate),
        due=last_minute(limit, workshop, delegate.language),
        due_day=last_day(limit, workshop, delegate.language),
    )


@transaction.atomic
def confirm_ticket_name(*, delegate: Delegate, text: str, now: datetime) -> None:
    """Record the form of their name that the delegate confirms for the ticket. Raises NotAllowedName, NotChangeable."""
    delegate = lock_changeable(delegate, by=DELEGATE, now=now)
    passport, _made = Passport.objects.get_or_create(delegate=delegate)
    name: TicketName = ticket_name(delegate, passport)
    chosen = name.accepted(text)
    if chosen is None:
        raise NotAllowedName
    # Where nothing is confirmed the ticket list has the form that we derive, whatever is suggested.
    before = passport.airline_name or airline_name(delegate.surnames, delegate.given_names).text
    passport.airline_name, passport.airline_name_confirmed_at = chosen, now
    passport.save(update_fields=["airline_name", "airline_name_confirmed_at"])
    if chosen != before:
        details_changed.send(sender=Delegate, delegate=delegate, fields={"passport.airline_name"}, now=now)
