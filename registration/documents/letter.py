"""What an invitation letter says, and how it looks. `services.letters` numbers, stores and sends it.

A letter is a snapshot: `content` holds every word of it as plain data, so that the same page and the same PDF can be
made from it later, whatever has changed meanwhile.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import segno
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString

from rcm_portal.files.storage import read_private
from rcm_portal.output.dates import days_in_words
from rcm_portal.output.glyphs import unprintable
from rcm_portal.output.i18n import and_list, localized
from rcm_portal.output.pdf import render_pdf
from rcm_portal.output.urls_absolute import portal_url
from rcm_portal.registry import joined
from rcm_portal.templatetags.portal import day, days, until

from ..enums import REQUIRED_LETTER_TEXTS, FormOfAddress, LetterTextKey
from ..exceptions import RegistrationError
from ..models import Delegate, InvitationLetter, LetterText, SignatoryImage, Workshop
from ..questions import LetterBenefit, letter_benefits
from ..rules.letter_changes import changes
from ..rules.letter_placeholders import Hole, fill, paragraphs, stand_ins
from ..rules.listing.grouping import together

FORMAT = 3  # of `content`, raised when its keys change
STYLESHEETS = ("pdf/letter.css",)

PNG_DATA_URI = "data:image/png;base64,"


class LetterHasHoles(RegistrationError):
    """Texts or values are missing; the letter is not made. `holes` names each."""

    def __init__(self, holes: list[Hole]):
        self.holes = holes
        super().__init__("; ".join(str(hole) for hole in holes))


@lru_cache(maxsize=8)  # a key names one file for ever, and a process makes letters of few workshops
def stored_signature(key: str) -> str:
    """A stored signature as a data: address. Raises FileNotFoundError."""
    return PNG_DATA_URI + base64.b64encode(read_private(key)).decode()


def verification_address(code: str) -> str:
    return portal_url(reverse("verify", args=[code]))


def benefits_of(delegate: Delegate, language: str) -> list[LetterBenefit]:
    """The benefits of the workshop for this delegate, as logistics tells them, in the letter's language."""
    answers = joined(answer(delegates=[delegate], language=language) for answer in letter_benefits)
    return answers.get(delegate.pk, [])


def workshop_values(workshop: Workshop, language: str) -> dict[str, str]:
    """What the placeholders about a workshop stand for."""

    def words(obj, field):
        return localized(obj, field, language) if obj else ""

    with translation.override(language):
        dates = days(workshop)
    return {
        "workshop_name": words(workshop, "name"),
        "workshop_short_name": words(workshop, "short_name"),
        "workshop_dates": dates,
        "workshop_venue": words(workshop, "venue"),
        "workshop_city": words(workshop, "city"),
        "organiser": words(workshop, "organiser"),
        "presidency_name": words(workshop.presidency, "name"),
        "host_name": words(workshop.host, "name"),
        "contact_email": workshop.contact_email,
    }


def delegate_values(delegate: Delegate, language: str) -> dict[str, str]:
    """What the placeholders about a delegate stand for."""
    return {
        "delegate_name": delegate.full_name,
        "surnames": delegate.surnames,
        "institution": delegate.institution,
        "position": delegate.position,
        "party_name": localized(delegate.delegation.party, "name", language),
    }


def letter_values(letter: InvitationLetter, accept_by: datetime, language: str) -> dict[str, str]:
    """What the placeholders about a letter stand for. `accept_by` is the exclusive instant; people read its last minute."""
    with translation.override(language):
        last_minute = until(accept_by, letter.workshop)
    return {
        "letter_reference": letter.reference,
        "accept_by": last_minute,
        "verification_address": verification_address(letter.code),
    }


def placeholder_values(letter: InvitationLetter, accept_by: datetime) -> dict[str, str]:
    """What each placeholder stands for in this letter."""
    language = letter.language
    return {
        **workshop_values(letter.workshop, language),
        **delegate_values(letter.delegate, language),
        **letter_values(letter, accept_by, language),
    }


class _Writer:
    """Fills the texts of one letter and collects what is missing."""

    def __init__(self, texts: Mapping[str, str], values: Mapping[str, str]):
        self.texts, self.values = texts, values
        self.holes = [Hole(key.value) for key in REQUIRED_LETTER_TEXTS if not texts.get(key, "").strip()]

    def line(self, key: LetterTextKey) -> str:
        filled, holes = fill(key.value, self.texts.get(key, ""), self.values)
        self.holes += holes
        return " ".join(filled.split())

    def paragraphs(self, key: LetterTextKey) -> list[str]:
        """Paragraphs are parted before anything is filled in, so that no value makes one."""
        parts = []
        for part in paragraphs(self.texts.get(key, "")):
            filled, holes = fill(key.value, part, self.values)
            self.holes += holes
            parts.append(" ".join(filled.split()))
        return parts


def salutation_key(delegate: Delegate, texts: Mapping[str, str]) -> LetterTextKey:
    """The salutation for the delegate's form of address; by full name where none was given or written."""
    if delegate.form_of_address in FormOfAddress.values:
        key = LetterTextKey(f"salutation_{delegate.form_of_address}")
        if texts.get(key, "").strip():
            return key
    return LetterTextKey.SALUTATION_NEUTRAL


@dataclass(frozen=True)
class Composed:
    """A letter as plain data, and what it lacks. With a hole in it it may be looked at but is never issued."""

    content: dict[str, Any]
    holes: list[Hole]


def letter_content(letter: InvitationLetter, *, accept_by: datetime, now: datetime) -> dict[str, Any]:
    """Every word of the letter as plain data. Raises LetterHasHoles; reads the database, changes nothing."""
    composed = compose(letter, accept_by=accept_by, now=now)
    if composed.holes:
        raise LetterHasHoles(composed.holes)
    return composed.content


def compose(
    letter: InvitationLetter,
    *,
    accept_by: datetime,
    now: datetime,
    instead: Mapping[tuple[str, str], str] | None = None,
) -> Composed:
    """The letter with its holes, if it has any. `instead` are texts (by language and key) in place of the stored ones."""
    delegate, workshop, language = letter.delegate, letter.workshop, letter.language
    rows = LetterText.objects.filter(workshop=workshop).values_list("language", "key", "text")
    stored = {(of, key): text for of, key, text in rows} | dict(instead or {})
    texts = {key: text for (of, key), text in stored.items() if of == language}
    write = _Writer(texts, placeholder_values(letter, accept_by))
    # A letter is not issued either while its other language says that somebody is still to write something.
    write.holes += [
        Hole(f"{key} ({of})", stand_in=words)
        for (of, key), text in stored.items()
        if of != language
        for words in stand_ins(text)
    ]
    told = benefits_of(delegate, language)
    benefits = table_of(told)
    benefits_key = LetterTextKey.BENEFITS_INTRO if benefits else LetterTextKey.NO_BENEFITS
    with translation.override(language):
        role = str(delegate.get_role_display())
        issued = day(timezone.localdate(now, workshop.zone))
        not_paid = reasons_of(line for line in told if not line.granted and not line.open_to_all)
        open_to_all = reasons_of(line for line in told if line.open_to_all)
    content = {
        "format": FORMAT,
        "reference": letter.reference,
        "version": letter.version,
        "language": language,
        "code": letter.code,
        "date": issued,
        "organiser": write.values["organiser"],
        "contact_email": workshop.contact_email,
        "addressee": {
            "name": delegate.full_name,
            "position": delegate.position,
            "institution": delegate.institution,
            "party": write.values["party_name"],
            "role": role,
        },
        "subject": write.line(LetterTextKey.SUBJECT),
        "salutation": write.line(salutation_key(delegate, texts)),
        "opening": write.paragraphs(LetterTextKey.OPENING) + write.paragraphs(LetterTextKey.PROGRAMME),
        "benefits_intro": write.paragraphs(benefits_key),
        "benefits": benefits,
        "not_paid": not_paid,
        "open_to_all": open_to_all,
        "not_covered": write.paragraphs(LetterTextKey.NOT_COVERED) + write.paragraphs(LetterTextKey.TICKETS),
        "acceptance": write.paragraphs(LetterTextKey.ACCEPTANCE),
        "accept_by": accept_by.isoformat(),
        "closing": write.paragraphs(LetterTextKey.CLOSING),
        "signatory": {
            "name": write.line(LetterTextKey.SIGNATORY_NAME),
            "title": write.line(LetterTextKey.SIGNATORY_TITLE),
            "image": signature_key(workshop),
        },
        "verification": write.line(LetterTextKey.VERIFICATION),
        "verification_address": write.values["verification_address"],
        "statement": " ".join(write.paragraphs(LetterTextKey.ACCEPTANCE_STATEMENT)),
        "dates": dates_of(workshop),
    }
    if not delegate.full_name:
        write.holes.append(Hole("addressee", "delegate_name"))
    write.holes += _unprintable(content)
    return Composed(content, write.holes)


def _unprintable(content: Mapping[str, Any]) -> Iterator[Hole]:
    """What of a letter would be an empty box in its PDF, by the part of `content` that holds it."""
    for key, value in content.items():
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        for name, part in parts:
            if missing := unprintable(str(part)):
                yield Hole(" ".join(filter(None, (key, name))), unprintable=missing)


def table_of(benefits: Iterable[LetterBenefit]) -> list[dict[str, Any]]:
    """The table of what is granted, as plain data."""
    return [
        {
            "code": line.code,
            "name": line.name,
            "payer": line.payer,
            "quantity": line.quantity,
            "dates": list(line.dates),
            "when": line.when,
            "reason": line.reason,
        }
        for line in benefits
        if line.granted
    ]


def reasons_of(benefits: Iterable[LetterBenefit]) -> list[dict[str, Any]]:
    """What has one payer and one reason as one line, in the active language, as plain data."""
    return [
        {
            "codes": [line.code for line in group],
            "each": [line.name for line in group],
            "names": and_list(line.name for line in group),
            "reason": group[0].reason,
        }
        for group in together(benefits, lambda line: (line.payer, line.reason))
    ]


def changes_since(before: Mapping[str, Any], content: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a letter says otherwise than an earlier one, in the letter's language, as mails tell it."""
    with translation.override(content["language"]):
        found = changes(
            before, content, days=lambda iso: days_in_words(*(date.fromisoformat(each) for each in iso))
        )
        return [
            {
                "what": str(each.what),
                "before": str(each.before),
                "after": str(each.after),
                "why": str(each.why),
            }
            for each in found
        ]


def dates_of(workshop: Workshop) -> list[str]:
    """The workshop's first and last day, as a letter keeps them."""
    return [workshop.starts_on.isoformat(), workshop.ends_on.isoformat()]


def signature_key(workshop: Workshop) -> str:
    """The stored picture of the signatory's signature that is in use, or "" where there is none."""
    images = SignatoryImage.objects.filter(workshop=workshop, retired_at__isnull=True)
    return images.values_list("key", flat=True).first() or ""


def signature_uri(content: Mapping[str, Any]) -> str:
    """The signature that this letter carries, as a data: address, or ""."""
    key = content["signatory"].get("image", "")
    return stored_signature(key) if key else ""


def signatory_of(workshop: Workshop, language: str) -> tuple[dict[str, str], list[Hole]]:
    """Who signs the workshop's letters in `language`, and what of it staff are still to write."""
    keys = (LetterTextKey.SIGNATORY_NAME, LetterTextKey.SIGNATORY_TITLE)
    stored = LetterText.objects.filter(workshop=workshop, language=language, key__in=keys)
    texts = dict(stored.values_list("key", "text"))
    name, title = (fill(key.value, texts.get(key, ""), {}) for key in keys)
    holes = [*name[1], *title[1], *(Hole(key.value) for key in keys if not texts.get(key, "").strip())]
    return {"name": name[0], "title": title[0], "image": signature_key(workshop)}, holes


def qr_of(address: str) -> str:
    """The QR code of an address as a data: address."""
    # Drawn as points, not as an SVG path, which takes WeasyPrint a tenth of the letter's time; 6 points a module print sharp.
    return segno.make(address, error="m", micro=False).png_data_uri(border=0, scale=6)


def letter_html(content: Mapping[str, Any]) -> SafeString:
    """The letter as a part of a page, from its snapshot."""
    with translation.override(content["language"]):
        return render_to_string(
            "registration/letter_body.html",
            {"letter": content, "page": True, "signature": signature_uri(content)},
        )


def letter_pdf(content: Mapping[str, Any]) -> bytes:
    """The letter as a tagged PDF (PDF/UA-1, A4), from its snapshot."""
    context = {
        "letter": content,
        "page": False,
        "signature": signature_uri(content),
        "qr": qr_of(content["verification_address"]),
    }
    with translation.override(content["language"]):
        html = render_to_string("registration/letter.html", context)
    return render_pdf(html, stylesheets=STYLESHEETS)


def file_name(letter: InvitationLetter) -> str:
    """`CRM-ST-IMRF-II-2022-007.pdf`; a later version says so."""
    name = letter.reference.replace("/", "-")
    return f"{name}-v{letter.version}.pdf" if letter.version > 1 else f"{name}.pdf"
