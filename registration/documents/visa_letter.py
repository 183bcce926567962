"""What a letter for the consulate says, and how it looks. `services.letters.visa_letters` issues and stores it.

Unlike the invitation letter it is kept nowhere but in its file: it holds the passport number.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from rcm_portal.output.dates import day_in_words, days_in_words
from rcm_portal.output.glyphs import unprintable
from rcm_portal.output.i18n import localized
from rcm_portal.output.pdf import render_pdf

from ..models import Delegate, Passport, VisaLetter, Workshop
from ..queries.practical import hotel_of
from ..queries.visa_advice import need_of, rules_of, venue_of
from ..questions import Journey, journeys
from ..rules.countries import country_name
from ..rules.letter_placeholders import Hole
from ..rules.visas import LetterLack, visa_letter_lacks
from .letter import benefits_of, qr_of, signatory_of, signature_uri, table_of, verification_address

STYLESHEETS = ("pdf/letter.css", "pdf/visa_letter.css")
NOT_WRITTEN = ("organiser_address", "hotel", "host_contact")  # what a letter goes out without


@dataclass(frozen=True)
class VisaDraft:
    """What would stand in a delegate's letter now; `lacks`: why none is owed; `holes`: what staff are still to write."""

    lacks: tuple[LetterLack, ...]
    holes: tuple[Hole, ...]
    says: dict[str, Any]

    @property
    def digest(self) -> str:
        """A keyed digest of all it says, so that nothing is issued that was not on the screen."""
        text = json.dumps(self.says, sort_keys=True)
        return salted_hmac("registration.visa letter", text, algorithm="sha256").hexdigest()

    @property
    def left_out(self) -> list[str]:
        """What a consulate looks for and nobody has written into the workshop."""
        words = {
            "organiser_address": _("the address of the organiser"),
            "hotel": _("the hotel and its address"),
            "host_contact": _("whom to ask at the host’s"),
        }
        return [words[name] for name in NOT_WRITTEN if not self.says[name]]


def visa_draft(delegate: Delegate, passport: Passport | None, *, now: datetime) -> VisaDraft:
    """The letter of a delegate (with workshop and party) as of the aware instant `now`. Reads the database only."""
    workshop = delegate.workshop
    language = workshop.consulate_language or delegate.language
    signatory, holes = signatory_of(workshop, language)
    with translation.override(language):
        says = _says(delegate, passport, language) | {"language": language, "signatory": signatory}
    holes += [
        Hole(name, unprintable=missing) for name, text in says.items() if (missing := unprintable(str(text)))
    ]
    lacks = visa_letter_lacks(
        need=need_of(delegate, passport, rules_of(workshop)),
        approved=delegate.is_approved,
        over=workshop.is_over(now),
        nationality=delegate.nationality,
        number=passport.number if passport else "",
        expires_on=passport.expires_on if passport else None,
        last_day=workshop.ends_on,
    )
    return VisaDraft(lacks, tuple(holes), says)


def _says(delegate: Delegate, passport: Passport | None, language: str) -> dict[str, Any]:
    workshop = delegate.workshop
    told = (answer(delegates=[delegate], language=language).get(delegate.pk) for answer in journeys)
    journey = next(filter(None, told), None)
    expires_on = passport.expires_on if passport else None
    return {
        "organiser": localized(workshop, "organiser", language),
        "organiser_address": in_one_line(localized(workshop, "organiser_address", language)),
        "contact_email": workshop.contact_email,
        "host": localized(workshop.host, "name", language) if workshop.host else "",
        "host_contact": in_one_line(localized(workshop, "host_contact", language)),
        "name": delegate.full_name,
        "nationality": country_name(delegate.nationality),
        "passport_number": passport.number if passport else "",
        "passport_expires": day_in_words(expires_on) if expires_on else "",
        "institution": delegate.institution,
        "position": delegate.position,
        "party": localized(delegate.delegation.party, "name", language),
        "workshop": localized(workshop, "name", language),
        "venue": venue_of(workshop, language),
        "dates": days_in_words(workshop.starts_on, workshop.ends_on),
        "stay": stay_in_words(workshop, journey),
        "hotel": in_one_line(hotel_of(delegate, language)),
        "benefits": table_of(benefits_of(delegate, language)),
        "ticket": ticket_in_words(journey),
    }


def in_one_line(text: str) -> str:
    """An address that was written in lines."""
    return ", ".join(filter(None, (line.strip(" ,") for line in text.splitlines())))


def stay_in_words(workshop: Workshop, journey: Journey | None) -> str:
    """From when to when somebody is there: by the journey as far as it is known, else the workshop's days."""
    first = (journey and journey.arrives_on) or workshop.starts_on
    last = (journey and journey.leaves_on) or workshop.ends_on
    return _("from %(first)s to %(last)s") % {"first": day_in_words(first), "last": day_in_words(last)}


def ticket_in_words(journey: Journey | None) -> str:
    """Whether the return is booked: only an issued ticket is."""
    if journey and journey.booked:
        return _("The return journey is booked: the return ticket has been issued.")
    if journey and journey.buyer:
        return _("The return ticket will be bought by %(buyer)s.") % {"buyer": journey.buyer}
    return _("The participant or their institution buys the return ticket.")


def visa_content(letter: VisaLetter, draft: VisaDraft) -> dict[str, Any]:
    """Every word of an issued letter."""
    with translation.override(draft.says["language"]):
        issued = day_in_words(timezone.localdate(letter.created_at, letter.delegate.workshop.zone))
    return {
        **draft.says,
        "reference": letter.reference,
        "date": issued,
        "verification_address": verification_address(letter.code),
    }


def visa_letter_html(draft: VisaDraft) -> SafeString:
    """The letter as a part of staff's page, before it is issued."""
    with translation.override(draft.says["language"]):
        context = {"letter": draft.says, "page": True, "signature": ""}
        return render_to_string("registration/visa_letter_body.html", context)


def visa_letter_pdf(content: dict[str, Any]) -> bytes:
    """The letter as a tagged PDF (PDF/UA-1, A4, one page)."""
    context = {
        "letter": content,
        "page": False,
        "signature": signature_uri(content),
        "qr": qr_of(content["verification_address"]),
    }
    with translation.override(content["language"]):
        html = render_to_string("registration/visa_letter.html", context)
    return render_pdf(html, stylesheets=STYLESHEETS)


def visa_file_name(letter: VisaLetter) -> str:
    """`CRM-ST-IMRF-II-2022-BLZ-4F7K-V1.pdf`"""
    return f"{letter.reference.replace('/', '-')}.pdf"
