"""The record of an acceptance: who accepted which letter, when, from where and in which words. One page, and its text."""

from datetime import UTC, datetime

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rcm_portal.output.pdf import render_pdf
from rcm_portal.output.seal import AddedPage
from rcm_portal.templatetags.portal import when

from ..enums import ScanState
from ..models import Acceptance
from .letter import stored_signature

STYLESHEETS = ("pdf/letter.css", "pdf/record.css")


def lines_of(acceptance: Acceptance) -> list[tuple[str, str]]:
    """The record line by line, label and value, in the active language."""
    letter, content = acceptance.letter, acceptance.letter.content
    language = dict(letter._meta.get_field("language").choices)[acceptance.language]
    return [
        (_("Letter"), f"{letter.reference}, {_('version')} {acceptance.letter_version}"),
        (_("Made out to"), f"{content['addressee']['name']}, {content['addressee']['party']}"),
        (_("Accepted by"), acceptance.typed_name),
        (_("How"), acceptance.get_method_display()),
        (_("When"), f"{when(acceptance.at, letter.workshop)} ({_utc(acceptance.at)})"),
        (_("From internet address"), acceptance.address or "—"),
        (_("Browser"), acceptance.user_agent or "—"),
        (_("Language of the page"), language),
        (_("Statement"), acceptance.statement),
        (_("SHA-256 of the letter"), acceptance.letter_sha256),
        *_signed_by_hand(acceptance),
        (_("To be checked at"), content["verification_address"]),
    ]


def _signed_by_hand(acceptance: Acceptance) -> list[tuple[str, str]]:
    """What is kept of a drawn signature or of a scan."""
    if acceptance.signature_sha256:
        return [(_("SHA-256 of the drawn signature"), acceptance.signature_sha256)]
    scan = acceptance.letter.scans.filter(state=ScanState.CONFIRMED).first()
    if scan is None:
        return []
    confirmed = f"{when(scan.decided_at, acceptance.letter.workshop)} ({_utc(scan.decided_at)})"
    return [(_("SHA-256 of the scan"), scan.sha256), (_("Confirmed by the Secretariat"), confirmed)]


def _utc(instant: datetime) -> str:
    return f"{timezone.localtime(instant, UTC):%Y-%m-%dT%H:%M:%SZ}"


def record_page(acceptance: Acceptance) -> AddedPage:
    """The page that goes behind the accepted letter, in the letter's language."""
    language = acceptance.letter.language
    with translation.override(language):
        lines = lines_of(acceptance)
        title = _("Record of the acceptance")
        html = render_to_string(
            "registration/record.html",
            {
                "lines": lines,
                "title": title,
                "language": language,
                "letter": acceptance.letter.content,
                "drawn": stored_signature(acceptance.signature_key) if acceptance.signature_key else "",
                "name": acceptance.typed_name,
            },
        )
    words = "\n".join([title, *(f"{label}: {value}" for label, value in lines)])
    # Untagged: its words stand in the letter's own structure, where a page of another file cannot bring its tags.
    return AddedPage(render_pdf(html, stylesheets=STYLESHEETS, pdf_variant=None), words, language)
