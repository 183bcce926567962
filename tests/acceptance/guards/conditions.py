"""Further rows about guards that refuse for more than one reason."""

import base64
from datetime import timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from logistics.models import Airport
from registration import services
from registration.models import Delegate, LetterText, Passport, PassportCopy, Workshop
from registration.queries.messages import addressees
from registration.rules.findings import Level, findings
from registration.services import addresses
from registration.services.duplicates import dismiss_pair
from registration.services.letters.drawn_signatures import MAX_DRAWN, PNG_DATA_URI, drawn_picture
from registration.services.setting_up.seen import set_aside
from registration.services.transitions import FOCAL_POINT
from registration.services.writing import messages
from tests import accounts
from tests.factories import (
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    NominationFactory,
    PassportCopyFactory,
    WorkshopFactory,
)
from tests.registration.letters import name_the_signatory
from tests.sample_files import signature_png

from . import OFFICER, row
from .consulate import issue
from .consulate import traveller as for_the_consulate
from .deciding import double, verify
from .funding import approved, confirm, decide_room, traveller
from .letters import enter, hand_in, letter, sign, uri
from .registering import details, nominate, other_delegation, register
from .telling import begin, send, written

SECOND = timedelta(seconds=1)


def correct_address(person):
    return addresses.correct_address(
        delegate=person, version=person.link_version, email="right@example.org", now=IN_TIME
    )


@row("registration/addresses:correct_address AddressSettled / confirmed meanwhile")
def _():
    person, waiting = register(), register(email="other@example.org")
    services.confirm_email(delegate=person, now=IN_TIME)
    return lambda: correct_address(person), lambda: correct_address(waiting)


@row("registration/addresses:correct_address AddressSettled / decided meanwhile")
def _():
    person, waiting = register(), register(email="other@example.org")
    services.reject(delegate=person, by=OFFICER, reason="x", now=IN_TIME)
    return lambda: correct_address(person), lambda: correct_address(waiting)


@row("registration/registering:hand_over NotReplaceable / moved meanwhile")
def _():
    stale = DelegateFactory()
    there = other_delegation()
    services.move(delegate=stale, delegation=there, by=OFFICER, reason="x", now=IN_TIME)
    fresh = Delegate.objects.get(pk=stale.pk)

    def substitute(replaced):
        return services.substitute(
            replaced=replaced, by=FOCAL_POINT, through_link=True, details=details(), passport={}, now=IN_TIME
        )

    return lambda: substitute(stale), lambda: substitute(fresh)


@row("registration/nominating:nominate NotReplaceable / of another delegation")
def _():
    other = DelegateFactory(delegation=other_delegation())
    return lambda: nominate(replaces=other), lambda: nominate(replaces=other, delegation=other.delegation)


@row("registration/nominating:withdraw_nomination NominationOver / expired")
def _():
    nomination = NominationFactory()

    def withdraw(now):
        return services.withdraw_nomination(nomination=nomination, now=now)

    return lambda: withdraw(nomination.expires_at), lambda: withdraw(nomination.expires_at - SECOND)


@row("registration/decisions:move NotAnotherDelegation / of another workshop")
def _():
    person = DelegateFactory()
    elsewhere = DelegationFactory(workshop=WorkshopFactory(slug="other"), party__code="CRI")
    here = other_delegation()

    def move(delegation):
        return services.move(delegate=person, delegation=delegation, by=OFFICER, reason="x", now=IN_TIME)

    return lambda: move(elsewhere), lambda: move(here)


@row("registration/duplicates:signs_of NotAPair / nothing in common")
def _():
    one, other, twin = double(), DelegateFactory(status="waitlisted"), double()

    def dismiss(second):
        return dismiss_pair(first=one, second=second, by=OFFICER, reason="x", now=IN_TIME)

    return lambda: dismiss(other), lambda: dismiss(twin)


@row("registration/duplicates:signs_of NotAPair / at two workshops")
def _():
    one, twin = double(), double()
    there = double(delegation=DelegationFactory(workshop=WorkshopFactory(slug="other")))

    def dismiss(second):
        return dismiss_pair(first=one, second=second, by=OFFICER, reason="x", now=IN_TIME)

    return lambda: dismiss(there), lambda: dismiss(twin)


def lacking(**facts):
    person = DelegateFactory(**{f"passport__{name}": value for name, value in facts.items()})
    PassportCopyFactory(delegate=person)
    complete = DelegateFactory()
    PassportCopyFactory(delegate=complete)
    assert PassportCopy.objects.count() == Passport.objects.count() == 2
    return lambda: verify(person), lambda: verify(complete)


@row("registration/passport_checks:verify_passport NothingToVerify / no number")
def _():
    return lacking(number="")


@row("registration/passport_checks:verify_passport NothingToVerify / no expiry")
def _():
    return lacking(expires_on=None)


@row("registration/writing/messages:send ChangedSinceLooked / a language lacks its words")
def _():
    message = begin(DelegateFactory(language="es"))
    words = {"subject_en": "Your data", "text_en": "Please send it."}
    message = messages.save_draft(message=message, values=words)
    seen = messages.stamp_of(message, addressees(message))
    whole = written()
    return lambda: send(message, seen), lambda: send(whole)


@row("registration/setting_up/seen:set_aside FindingGone / said no more")
def _():
    workshop = DelegationFactory().workshop
    officer = accounts.make_staff()

    def aside(words):
        return set_aside(workshop=workshop, words=words, reason="x", by=officer, now=IN_TIME)

    standing = next(found.words for found in findings(workshop) if found.level == Level.WARNING)
    return lambda: aside(f"{standing}!"), lambda: aside(standing)


# Letters


@row("registration/letters/signing:_current_letter NoLetter / no longer approved")
def _():
    """Whatever else voids the letter: who is not approved accepts nothing."""
    held = letter()
    Delegate.objects.update(status="submitted")

    def once_approved():
        Delegate.objects.update(status="approved")
        sign(held)

    return lambda: sign(held), once_approved


@row("registration/letters/scans:keep_scan ScanQuotaReached / staff are not hindered")
def _():
    held = letter()
    hand_in(held)
    Workshop.objects.update(uploads_per_delegate=1)
    return lambda: hand_in(held), lambda: enter(held)


@row("registration/letters/visa_letters:issue_visa_letter NotOwed / a hole in the texts")
def _():
    person = for_the_consulate()
    LetterText.objects.filter(key="signatory_name").update(text="[name]")

    def once_written():
        name_the_signatory()
        issue(person)

    return lambda: issue(person), once_written


@row("registration/letters/drawn_signatures:drawn_picture NoSignature / too long")
def _():
    longer = PNG_DATA_URI + base64.b64encode(signature_png() + b"\0" * MAX_DRAWN).decode()
    return lambda: drawn_picture(longer), lambda: drawn_picture(uri(signature_png()))


@row("registration/letters/drawn_signatures:_ink_of NoSignature / a dot")
def _():
    def drawn(width):
        picture = Image.new("RGB", (300, 100), "white")
        ImageDraw.Draw(picture).rectangle((10, 10, 9 + width, 15), fill="black")  # six points high
        out = BytesIO()
        picture.save(out, "PNG")
        return lambda: drawn_picture(uri(out.getvalue()))

    return drawn(9), drawn(10)


# Rooms and journeys


@row("logistics/rooms:_check_sharing SharesAlready / who said so")
def _():
    DelegationFactory(seat_limit=None)
    one, other, third, free = (approved() for _person in range(4))
    decide_room(one, shares_with=other)
    return lambda: decide_room(third, shares_with=one), lambda: decide_room(third, shares_with=free)


@row("logistics/usual_travel:save_usual UsualCaseChanged / an airport that was not offered")
def _():
    person = traveller()
    place = {"country": "BLZ", "city_es": "San Pedro", "city_en": "San Pedro"}
    Airport.objects.create(workshop=person.workshop, code="SPR", **place)
    return lambda: confirm(person, airport="XXX"), lambda: confirm(person, airport="SPR")
