"""Every PDF for screen readers: an independent checker finds it PDF/UA-1, and each table says which cell a header is of."""

import io
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import page
import pikepdf
import pytest

from logistics.enums import HostListKind
from logistics.services import decisions
from rcm_portal.files.storage import read_private
from rcm_portal.output.pdf import render_pdf
from rcm_portal.output.seal_files import make_certificate
from registration import services
from registration.documents.visa_letter import visa_draft
from registration.models import Delegation, InvitationLetter, PracticalPart, Workshop
from registration.services.letters.issuing import complete_letter
from registration.services.letters.seals import seal_accepted
from registration.services.letters.signing import Origin, accept_letter
from registration.services.letters.visa_letters import complete_visa_letter, issue_visa_letter
from registration.services.transitions import staff
from tests import accounts
from tests.acceptance.pdf_text import text_of
from tests.factories import IN_TIME, DelegateFactory
from tests.loaded import note_loaded
from tests.registration.letters import letter_for, name_the_signatory
from tests.sources import BASE_DIR
from tests.strict import LintingClient, body_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def pdfs(db, in_time, settings, tmp_path):
    """Every kind of PDF that the portal makes, of the real workshop, with enough people for lists of several pages."""
    settings.PRIVATE_ROOT = tmp_path / "private"
    for name, content in zip(("certificate", "key"), make_certificate("Tests", now=IN_TIME), strict=True):
        (tmp_path / name).write_bytes(content)
    settings.SEAL_CERTIFICATE, settings.SEAL_KEY = str(tmp_path / "certificate"), str(tmp_path / "key")
    note_loaded()
    name_the_signatory()
    Workshop.objects.update(
        organiser_address_es="Calle de la Prueba 1",
        organiser_address_en="1 Test Street",
        host_contact_es="Dirección de Ceremonial",
    )
    workshop = Workshop.objects.get()
    Delegation.objects.filter(workshop=workshop).update(seat_limit=6)
    parts = PracticalPart.objects.filter(workshop=workshop, kind="venue")
    parts.update(address="Calle de la Prueba 1", audience="public", floor_es="Piso 3", floor_en="Floor 3")
    made = {}
    for party in ("GTM", "PAN", "BLZ", "HND"):
        for number in range(6):
            delegate = DelegateFactory(
                delegation=Delegation.objects.get(workshop=workshop, party__code=party),
                language=("es", "en")[number % 2],
                nationality=party,
            )
            services.approve(delegate=delegate, by=staff(None), now=IN_TIME)
            if party == "GTM" and number < 2:
                made |= _letters(delegate)
    decisions.decide(workshop=workshop, now=IN_TIME)
    client = LintingClient()
    for language in ("es", "en"):
        for name in ("agenda.pdf", "agenda.pdf?languages=both", "practical.pdf"):
            address = f"/{language}/{workshop.slug}/{name}"
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer, answer.headers)
            made[address] = body_of(answer)
        assert made[f"/{language}/{workshop.slug}/practical.pdf"].startswith(b"%PDF"), made
    host = accounts.signed_in(accounts.make_staff("host", username="host"))
    for kind, language in zip(HostListKind.values, itertools.cycle(("es", "en"))):
        address = f"/admin/logistics/hostworkshop/{workshop.slug}/list/{kind}/download/"
        made[kind] = body_of(host.post(address, {"format": "pdf", "language": language}))
    return made


def _letters(delegate) -> dict[str, bytes]:
    """The invitation, the same sealed, and the letter for the consulate."""
    letter = InvitationLetter.objects.get(delegate=delegate)
    assert complete_letter(letter_id=letter.pk, now=IN_TIME)
    letter.refresh_from_db()
    acceptance = accept_letter(
        delegate=delegate,
        sha256=letter.sha256,
        typed_name=delegate.full_name,
        agreed=True,
        origin=Origin("2001:db8::7", "Firefox", "en"),
        now=IN_TIME,
    )
    assert seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
    delegate.refresh_from_db()
    draft = visa_draft(delegate, delegate.passport, now=IN_TIME)
    visa = issue_visa_letter(delegate=delegate, seen=draft.digest, by=staff(None), now=IN_TIME)
    assert complete_visa_letter(letter_id=visa.pk, now=IN_TIME)
    visa.refresh_from_db()
    kept = {"letter": letter.key, "sealed letter": acceptance.sealed.key, "visa letter": visa.key}
    return {f"{name} {delegate.language}": read_private(key) for name, key in kept.items()}


def elements(document, tag: str) -> list[pikepdf.Object]:
    """The structure elements of a kind, in the order of reading."""
    found, left = [], [document.Root.StructTreeRoot]
    while left:
        element = left.pop(0)
        if isinstance(element, pikepdf.Dictionary):
            if element.get("/S") == f"/{tag}":
                found.append(element)
            kids = element.get("/K", [])
            left[:0] = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    return found


def indexed(document) -> dict[str, pikepdf.Object]:
    """The elements that an identifier finds."""
    names = list(document.Root.StructTreeRoot.get("/IDTree", {}).get("/Names", []))
    assert [str(name) for name in names[::2]] == sorted(str(name) for name in names[::2])
    return {str(name): element for name, element in zip(names[::2], names[1::2], strict=True)}


def test_an_independent_checker_finds_every_pdf_accessible_and_its_tables_tied_together(pdfs):
    failures, untied, cells = {}, [], 0
    for name, pdf in pdfs.items():
        report = page.validate_pdf_bytes(pdf, profile="ua1")
        failures |= {(name, each.rule_id): each.message for each in report.failures}
        with pikepdf.open(io.BytesIO(pdf)) as document:
            headers = indexed(document)
            untied += [
                (name, "scope")
                for each in elements(document, "TH")
                if each.A.get("/Scope") not in ("/Column", "/Row") or headers[str(each.ID)] != each
            ]
            for cell in elements(document, "TD"):
                cells += 1
                named = [headers.get(str(header)) for header in cell.A.Headers]
                if not named or None in named:
                    untied.append((name, "cell"))
    assert failures == {}
    assert untied == []
    assert cells > 500


def test_a_header_of_a_column_and_one_of_a_row_say_so():
    html = """<html lang="en"><title>Rooms</title><table>
        <thead><tr><th scope="col">Guest</th><th scope="col">Nights</th></tr></thead>
        <tbody><tr><th scope="row">Ana</th><td>2</td></tr></tbody></table>"""
    with pikepdf.open(io.BytesIO(render_pdf(html, stylesheets=("pdf/list.css",)))) as document:
        assert [str(each.A.Scope) for each in elements(document, "TH")] == ["/Column", "/Column", "/Row"]
        [cell] = elements(document, "TD")
        headers = indexed(document)
        scopes = {str(headers[str(name)].A.Scope) for name in cell.A.Headers}
        assert scopes == {"/Column", "/Row"}


def test_the_checker_does_find_what_is_missing():
    untagged = render_pdf("<p>No language, no title", stylesheets=("pdf/list.css",), pdf_variant=None)
    assert not page.validate_pdf_bytes(untagged, profile="ua1").is_compliant


PRINTED = [
    path
    for path in sorted(Path(BASE_DIR, "templates").rglob("*.html"))
    if path.stem.endswith(("_pdf", "letter_body", "record", "programme"))
]


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.stem)
def test_a_header_in_a_tables_head_is_of_its_column_and_any_other_of_its_row(path):
    """What the PDF says follows from where a header stands, so the page must say the same."""
    source = path.read_text()
    heads = "".join(re.findall(r"<thead.*?</thead>", source, re.DOTALL))
    for part, scope in ((heads, "col"), (re.sub(r"<thead.*?</thead>", "", source, flags=re.DOTALL), "row")):
        assert set(re.findall(r"<th\b[^>]*>", part)) == set(
            re.findall(rf'<th\b[^>]*scope="{scope}"[^>]*>', part)
        )


# ── The font ─────────────────────────────────────────────────────────────────────────────────────────────────────────

ELSEWHERE = """
import sys
from django.conf import settings
settings.configure(STATICFILES_DIRS=[sys.argv[1]], STATIC_URL="/static/")
from rcm_portal.output.glyphs import unprintable
from rcm_portal.output.pdf import render_pdf
html = sys.stdin.read()
assert unprintable(html + "Łęőş Δ Ж") == (), unprintable(html)
assert unprintable("漢") == ("漢",)
sys.stdout.buffer.write(render_pdf(html, stylesheets=sys.argv[2:]))
"""


def look_of(pdf: bytes) -> tuple[list[str], set[str]]:
    """The text of each page, and the names of the embedded fonts."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        fonts = {
            str(font.BaseFont).split("+")[-1]
            for each in document.pages
            for font in each.Resources.get("/Font", {}).values()
        }
    return text_of(pdf).split("\f"), fonts


def test_a_letter_is_the_same_on_a_machine_without_any_font(db, in_time, monkeypatch, tmp_path):
    note_loaded()
    name_the_signatory()
    printed = []

    def note(html, **options):
        printed.append((html, options["stylesheets"], render_pdf(html, **options)))
        return printed[-1][-1]

    monkeypatch.setattr("registration.documents.letter.render_pdf", note)
    delegate = DelegateFactory(delegation=Delegation.objects.get(party__code="GTM"))
    letter_for(delegate)
    [(html, stylesheets, here)] = printed
    bare = tmp_path / "fonts.conf"
    bare.write_text(f"<fontconfig><dir>{tmp_path}</dir><cachedir>{tmp_path}</cachedir></fontconfig>")
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, str(BASE_DIR / "static"), *stylesheets],
        input=html.encode(),
        env={**os.environ, "FONTCONFIG_FILE": str(bare)},
        cwd=BASE_DIR,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert look_of(done.stdout) == look_of(here)
    pages, fonts = look_of(here)
    assert (len(pages), fonts) == (
        2,
        {"Portal-Lato", "Portal-Lato-Bold"},
    )  # one page, and what follows its end
