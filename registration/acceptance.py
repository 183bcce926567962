"""Accepting and declining an invitation letter: what was read, by whom, when, from where.

An acceptance names the version and the hash of the letter that stood on the page; the database refuses another.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from rcm_portal.i18n import localized
from rcm_portal.templatetags.portal import day, days, when
from rcm_portal.templatetags.portal import until as before

from .enums import APPROVED, Language
from .exceptions import RegistrationError
from .links import mailed_url
from .mails import mail_delegate, mail_secretariat
from .models import Acceptance, AcceptanceExtension, Delegate, InvitationLetter, LetterRefusal
from .queries import accept_until
from .services.decisions import confirm_accepted
from .services.seals import hasten_seal
from .services.steps import DELEGATE, By, lock_delegate


class NoLetter(RegistrationError):
    message = _("There is no letter to accept.")


class LetterReplaced(RegistrationError):
    message = _(
        "A newer version of your letter has been issued meanwhile. Please read it and accept that one."
    )


class NotAgreed(RegistrationError):
    field = "agree"
    message = _("Please tick that you accept the letter.")


class NameDiffers(RegistrationError):
    field = "typed_name"

    def __init__(self, expected: str):
        super().__init__(_("Please type your full name as in the letter: %(name)s") % {"name": expected})


class AcceptanceTooLate(RegistrationError):
    """The letter's date has passed; only staff can extend it."""

    def __init__(self, contact_email: str):
        super().__init__(
            _(
                "The date by which this letter could be accepted has passed. Please write to %(email)s: "
                "the Executive Secretariat can extend it for you."
            )
            % {"email": contact_email}
        )


@dataclass(frozen=True)
class Origin:
    """Where an answer came from: internet address, browser, and the language of the page."""

    address: str | None
    user_agent: str
    language: str

    @property
    def fields(self) -> dict:
        language = self.language if self.language in Language.values else Language.ENGLISH
        return {"address": self.address or None, "user_agent": self.user_agent[:400], "language": language}


def same_name(typed: str, expected: str) -> bool:
    """Whether two names are the same but for case, accents, hyphens and spacing."""

    def bare(text: str) -> str:
        letters = unicodedata.normalize("NFKD", text.casefold())
        return "".join(char for char in letters if char.isalnum())

    return bare(typed) == bare(expected) != ""


def _current_letter(delegate: Delegate, sha256: str) -> InvitationLetter:
    """The delegate's current letter, locked, if it is the one that was read. Raises NoLetter, LetterReplaced."""
    letter = (
        InvitationLetter.objects.select_for_update()
        .filter(delegate=delegate, voided_at__isnull=True, rendered_at__isnull=False)
        .first()
    )
    if letter is None or delegate.status not in APPROVED:
        raise NoLetter
    if letter.sha256 != sha256:
        raise LetterReplaced
    return letter


@transaction.atomic
def accept_letter(
    *, delegate: Delegate, sha256: str, typed_name: str, agreed: bool, origin: Origin, now: datetime
) -> Acceptance:
    """Record that the delegate accepts the letter with this hash, and confirm them.

    `typed_name` is their signature. Accepting twice returns the first acceptance. Raises NoLetter, LetterReplaced,
    NotAgreed, NameDiffers, AcceptanceTooLate.
    """
    delegate = lock_delegate(delegate)
    letter = _current_letter(delegate, sha256)
    if earlier := Acceptance.objects.filter(letter=letter).first():
        return earlier
    if now >= accept_until(delegate, letter):
        raise AcceptanceTooLate(delegate.workshop.contact_email)
    if not agreed:
        raise NotAgreed
    expected = letter.content["addressee"]["name"]
    if not same_name(typed_name, expected):
        raise NameDiffers(expected)
    acceptance = Acceptance.objects.create(
        letter=letter,
        letter_version=letter.version,
        letter_sha256=letter.sha256,
        statement=letter.content["statement"],
        typed_name=" ".join(typed_name.split()),
        at=now,
        **origin.fields,
    )
    delegate = confirm_accepted(delegate=delegate, now=now, by=DELEGATE)
    mail_confirmation(delegate=delegate, letter=letter, now=now)
    hasten_seal(acceptance.pk)
    return acceptance


def mail_confirmation(*, delegate: Delegate, letter: InvitationLetter, now: datetime) -> None:
    """Tell a delegate that they are confirmed, and where and when the workshop is."""
    workshop = delegate.workshop
    with translation.override(delegate.language):
        words = {
            "accepted_at": when(now, workshop),
            "days": days(workshop),
            "venue": localized(workshop, "venue"),
            "city": localized(workshop, "city"),
        }
    mail_delegate("confirmed", delegate, now=now, reference=letter.reference, **words)


@transaction.atomic
def decline_letter(
    *, delegate: Delegate, sha256: str, reason: str, origin: Origin, now: datetime
) -> LetterRefusal:
    """Record that the delegate cannot accept the letter, and tell the Secretariat. Raises NoLetter, LetterReplaced."""
    delegate = lock_delegate(delegate)
    letter = _current_letter(delegate, sha256)
    refusal = LetterRefusal.objects.create(letter=letter, reason=reason.strip(), at=now, **origin.fields)
    mail_secretariat("declined", delegate, reference=letter.reference, reason=refusal.reason)
    return refusal


@transaction.atomic
def extend_acceptance(
    *, delegate: Delegate, until: datetime, by: By, reason: str, now: datetime
) -> AcceptanceExtension:
    """Let one delegate accept their letter until the aware instant `until` (exclusive), with a reason; they are told.

    Raises RegistrationError where the instant is past or earlier than what they have, or where no letter waits.
    """
    delegate = lock_delegate(delegate)
    letter = InvitationLetter.objects.filter(
        delegate=delegate, voided_at__isnull=True, rendered_at__isnull=False, acceptance__isnull=True
    ).first()
    if letter is None:
        raise NoLetter
    if not reason.strip():
        raise RegistrationError(_("Please give a reason."))
    if until <= max(now, accept_until(delegate, letter)):
        raise RegistrationError(_("The new date must be later than now and than the present one."))
    delegate.accept_by_override = until
    delegate.save(update_fields=["accept_by_override"])
    extension = AcceptanceExtension.objects.create(
        delegate=delegate, until=until, reason=reason.strip()[:300], by=by.user, at=now
    )
    workshop = delegate.workshop
    with translation.override(delegate.language):
        words = {
            "until": before(until, workshop),
            "until_day": day(timezone.localdate(until - timedelta(minutes=1), workshop.zone)),
        }
    mail_delegate(
        "extended",
        delegate,
        now=now,
        reference=letter.reference,
        sign_url=mailed_url("sign", delegate),
        **words,
    )
    return extension
