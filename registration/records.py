"""The record of an acceptance: who accepted which letter, when, from where and in which words. One page, and its text."""

from datetime import UTC

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from rcm_portal.pdf import render_pdf
from rcm_portal.seal import AddedPage
from rcm_portal.templatetags.portal import when

from .models import Acceptance

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
        (_("When"), f"{when(acceptance.at, letter.workshop)} ({_utc(acceptance)})"),
        (_("From internet address"), acceptance.address or "—"),
        (_("Browser"), acceptance.user_agent or "—"),
        (_("Language of the page"), language),
        (_("Statement"), acceptance.statement),
        (_("SHA-256 of the letter"), acceptance.letter_sha256),
        (_("To be checked at"), content["verification_address"]),
    ]


def _utc(acceptance: Acceptance) -> str:
    return f"{timezone.localtime(acceptance.at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def record_page(acceptance: Acceptance) -> AddedPage:
    """The page that goes behind the accepted letter, in the letter's language."""
    language = acceptance.letter.language
    with translation.override(language):
        lines = lines_of(acceptance)
        title = _("Record of the acceptance")
        html = render_to_string(
            "registration/record.html",
            {"lines": lines, "title": title, "language": language, "letter": acceptance.letter.content},
        )
    words = "\n".join([title, *(f"{label}: {value}" for label, value in lines)])
    # Untagged: its words stand in the letter's own structure, where a page of another file cannot bring its tags.
    return AddedPage(render_pdf(html, stylesheets=STYLESHEETS, pdf_variant=None), words, language)
