"""Invitation letters: numbered with the approval, made and mailed by the worker, void when the approval falls."""

import io
import logging
import unicodedata
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape, unescape

import pikepdf
import pytest
import weasyprint

from rcm_portal.files.storage import read_private
from rcm_portal.models import OutgoingMail
from rcm_portal.output.glyphs import unprintable
from rcm_portal.output.pdf import render_pdf
from registration import services, tasks
from registration.documents import letter as letters
from registration.exceptions import IllegalTransition, ReasonMissing
from registration.models import Delegate, InvitationLetter, LetterText, Workshop
from registration.questions import letter_benefits
from registration.services.letters.issuing import (
    NotPrintable,
    complete_letter,
    reissue_letter,
    unfinished_letters,
)
from registration.services.transitions import SYSTEM, staff
from tests import accounts
from tests.factories import DEADLINE, IN_TIME, MEXICO_CITY, DelegateFactory, DelegationFactory
from tests.registration.letters import BENEFITS, approve, letter_for, write_texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def belize():
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    return delegation


@pytest.fixture
def benefits():
    def tell(*, delegates, language):
        return {delegate.pk: BENEFITS for delegate in delegates}

    letter_benefits.register("test", tell)
    yield
    letter_benefits.forget("test")


def test_an_approval_numbers_a_letter_and_the_worker_completes_it(belize):
    letter = approve(DelegateFactory(delegation=belize))
    assert (letter.number, letter.version, letter.reference) == (1, 1, "CRM/ST/IMRF-II/2022/001")
    assert letter.rendered_at is None
    tasks.issue_letter(letter.pk)
    letter.refresh_from_db()
    pdf = read_private(letter.key)
    assert letter.sha256 == sha256(pdf).hexdigest()
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) < 60_000
    mail = OutgoingMail.objects.get(kind="approved")
    attachment = mail.attachments.get()
    assert (attachment.filename, attachment.key) == ("CRM-ST-IMRF-II-2022-001.pdf", letter.key)


def test_a_new_letter_names_the_officer_who_issued_it_and_nobody_where_the_portal_did(belize):
    officer = accounts.make_staff()
    delegate = DelegateFactory(delegation=belize)
    letter_for(delegate)
    reissue_letter(delegate=delegate, by=staff(officer), reason="The dates moved", now=IN_TIME)
    reissue_letter(delegate=delegate, by=SYSTEM, reason="letter_changed", now=IN_TIME)
    versions = InvitationLetter.objects.order_by("version")
    assert [letter.issued_by for letter in versions][1:] == [officer, None]


def test_numbers_have_no_gap_after_a_rollback(belize):
    first, second = DelegateFactory.create_batch(2, delegation=belize)

    class Stop(Exception):
        pass

    with pytest.raises(Stop):
        from django.db import transaction

        with transaction.atomic():
            approve(first)
            raise Stop
    assert approve(second).number == 1
    first.refresh_from_db()
    assert approve(first).number == 2


def test_completing_again_changes_nothing(belize):
    letter = letter_for(DelegateFactory(delegation=belize))
    assert complete_letter(letter_id=letter.pk, now=IN_TIME) is False
    assert OutgoingMail.objects.filter(kind="approved").count() == 1


def test_a_letter_says_exactly_what_is_granted_and_by_whom(belize, benefits):
    delegate = DelegateFactory(
        delegation=belize, given_names="María", surnames="O'Neill Ñúñez", form_of_address="ms"
    )
    content = letter_for(delegate).content
    assert [(line["name"], line["payer"], line["quantity"]) for line in content["benefits"]] == [
        ("Boleto aéreo", "OIM", "1")
    ]
    assert [(line["names"], line["reason"]) for line in content["not_paid"]] == [
        ("Alojamiento", "No lo necesita.")
    ]
    assert content["salutation"] == "Estimada señora O'Neill Ñúñez:"
    assert content["opening"][0] == "Se le invita, por Belice, del 31 de marzo y 1 de abril de 2022."
    assert content["not_covered"] == ["No habrá traslados.", "No se reembolsan boletos."]
    assert content["acceptance"] == [
        "Acepte a más tardar el 1 de marzo de 2022, 23:59 (hora de la Ciudad de México)."
    ]
    assert content["date"] == "10 de febrero de 2022"
    assert content["statement"] == "Acepto la carta CRM/ST/IMRF-II/2022/001."


def test_without_benefits_the_letter_says_so_in_english(belize):
    content = letter_for(DelegateFactory(delegation=belize, language="en")).content
    assert (content["benefits"], content["benefits_intro"]) == ([], ["No expenses are covered."])
    assert content["opening"][0] == "You are invited for Belize, on 31 March and 1 April 2022."
    assert content["salutation"].startswith("Dear María José")


def test_the_pdf_is_tagged_has_a_language_and_embedded_fonts(belize, benefits):
    letter = letter_for(DelegateFactory(delegation=belize, language="en"))
    with pikepdf.open(io.BytesIO(read_private(letter.key))) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en"
        assert "pdfuaid" in pdf.Root.Metadata.read_bytes().decode()
        assert str(pdf.docinfo["/Title"]).endswith(letter.reference)
        fonts = pdf.pages[0].Resources.Font
        assert len(fonts) > 0
        for font in fonts.values():
            assert (
                "/FontFile2" in font.DescendantFonts[0].FontDescriptor
                or "/FontFile3" in font.DescendantFonts[0].FontDescriptor
            )


@pytest.mark.parametrize(
    ("sent", "until"),
    [
        (IN_TIME, DEADLINE),
        (datetime(2022, 2, 24, 23, 59, tzinfo=MEXICO_CITY), DEADLINE),
        (datetime(2022, 2, 25, 0, 0, tzinfo=MEXICO_CITY), datetime(2022, 3, 3, tzinfo=MEXICO_CITY)),
        (datetime(2022, 3, 10, 18, 0, tzinfo=MEXICO_CITY), datetime(2022, 3, 16, tzinfo=MEXICO_CITY)),
    ],
)
def test_a_letter_is_due_five_days_after_it_was_sent_or_at_the_deadline(belize, sent, until):
    letter = approve(DelegateFactory(delegation=belize), now=IN_TIME)
    complete_letter(letter_id=letter.pk, now=sent)
    letter.refresh_from_db()
    assert letter.accept_by == until


def test_a_letter_with_a_hole_is_reported_and_made_once_it_is_mended(belize):
    LetterText.objects.filter(key="closing", language="es").delete()
    LetterText.objects.filter(key="opening", language="es").update(text="Le invita {{ host_name }}.")
    letter = approve(DelegateFactory(delegation=belize))
    assert complete_letter(letter_id=letter.pk, now=IN_TIME) is False
    letter.refresh_from_db()
    assert letter.problem == "closing; opening: {{ host_name }}"
    assert not OutgoingMail.objects.exists()
    write_texts(belize.workshop)
    later = IN_TIME + timedelta(minutes=5)
    assert unfinished_letters(now=later) == [letter.pk]
    assert complete_letter(letter_id=letter.pk, now=later) is True
    letter.refresh_from_db()
    assert letter.problem == ""


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("surnames", "王小明", "surnames: 王 (U+738B), 小 (U+5C0F), 明 (U+660E)"),
        ("given_names", "María 王", "given names: 王 (U+738B)"),
        ("institution", "外交部", "institution: 外 (U+5916), 交 (U+4EA4), 部 (U+90E8)"),
        ("position", "Directora \U0001f98b\ue123", "position: \U0001f98b (U+1F98B), \ue123 (U+E123)"),
    ],
)
def test_no_number_is_taken_for_a_letter_with_a_character_that_no_font_has(
    belize, admin_client, caplog, field, value, words
):
    delegate = DelegateFactory(delegation=belize, **{field: value})
    answer = admin_client.post(f"/admin/registration/delegate/{delegate.pk}/decide/approve/", follow=True)
    assert words in unescape(answer.content.decode()).replace("\xa0", " ")
    delegate.refresh_from_db()
    assert delegate.status == "submitted"
    assert not InvitationLetter.objects.exists()
    assert Workshop.objects.get().letters_issued == 0
    assert value not in caplog.text
    services.update_details(
        delegate=delegate, details={field: "Κώστας Ђурђевић محمد Sahaiʔa"}, passport={}, now=IN_TIME
    )
    assert letter_for(Delegate.objects.get()).rendered_at


def test_a_text_or_benefit_with_a_character_that_no_font_has_is_a_hole(belize, caplog):
    write_texts(belize.workshop, closing="敬具 {{ surnames }}")
    letter = approve(DelegateFactory(delegation=belize))
    assert complete_letter(letter_id=letter.pk, now=IN_TIME) is False
    letter.refresh_from_db()
    assert letter.problem == "closing: no font has 敬 (U+656C), 具 (U+5177)"
    assert "敬" not in caplog.text
    assert not OutgoingMail.objects.exists()


def test_an_approval_of_many_says_which_letter_cannot_be_made(belize):
    bad, good = DelegateFactory(delegation=belize, surnames="王"), DelegateFactory(delegation=belize)
    with pytest.raises(NotPrintable):
        services.approve(delegate=bad, by=staff(None), now=IN_TIME)
    assert letter_for(good).number == 1


def test_what_is_told_unprintable_is_exactly_what_weasyprint_has_no_glyph_for():
    letters_and_signs = [chr(code) for code in (*range(0xA1, 0x250), *range(0x370, 0x30000, 97))]
    drawn = [sign for sign in letters_and_signs if unicodedata.category(sign)[0] in "LNPS"]
    missing = []
    handler = logging.Handler()
    handler.emit = lambda record: missing.append(record.args[0])
    weasyprint.LOGGER.addHandler(handler)
    try:
        html = "".join(f"<p>{escape(sign)}</p>" for sign in drawn)
        render_pdf(f'<html lang="en"><title>x</title>{html}', stylesheets=letters.STYLESHEETS)
    finally:
        weasyprint.LOGGER.removeHandler(handler)
    assert len(drawn) > 1000 and missing
    assert set(missing) == set(unprintable("".join(drawn)))


def test_a_letter_that_cannot_be_rendered_stops_no_other(belize, monkeypatch):
    first, second = (approve(delegate) for delegate in DelegateFactory.create_batch(2, delegation=belize))
    render = letters.letter_pdf

    def fail_once(content):
        if content["reference"] == first.reference:
            raise RuntimeError("disk full")
        return render(content)

    monkeypatch.setattr("registration.services.letters.issuing.letter_pdf", fail_once)
    with pytest.raises(RuntimeError):
        tasks.issue_letter(first.pk)
    tasks.issue_letter(second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.rendered_at, first.problem) == (None, "RuntimeError: disk full")
    assert second.rendered_at


def test_what_changes_while_it_is_rendered_is_rendered_again(belize, monkeypatch):
    delegate = DelegateFactory(delegation=belize)
    letter = approve(delegate)
    render, seen = letters.letter_pdf, []

    def change_meanwhile(content):
        seen.append(content["addressee"]["institution"])
        type(delegate).objects.filter(pk=delegate.pk).update(institution="Another Ministry")
        return render(content)

    monkeypatch.setattr("registration.services.letters.issuing.letter_pdf", change_meanwhile)
    assert complete_letter(letter_id=letter.pk, now=IN_TIME) is True
    letter.refresh_from_db()
    assert seen == ["Ministry of Immigration", "Another Ministry"]
    assert letter.content["addressee"]["institution"] == "Another Ministry"


def test_taking_the_approval_back_voids_the_letter_and_the_next_is_version_two(belize):
    delegate = DelegateFactory(delegation=belize)
    old = letter_for(delegate)
    services.take_back(delegate=delegate, by=staff(None), reason="New passport", now=IN_TIME)
    old.refresh_from_db()
    assert (old.is_current, old.void_reason) == (False, "New passport")
    new = approve(delegate)
    assert (new.number, new.version, new.reference) == (1, 2, old.reference)
    assert Workshop.objects.get().letters_issued == 1


def test_a_void_letter_is_not_made_anymore(belize):
    delegate = DelegateFactory(delegation=belize)
    letter = approve(delegate)
    services.reject(delegate=delegate, by=staff(None), reason="Not nominated", now=IN_TIME)
    assert complete_letter(letter_id=letter.pk, now=IN_TIME) is False
    assert not OutgoingMail.objects.filter(kind="approved").exists()


def test_a_reissued_letter_asks_for_acceptance_again(belize):
    delegate = DelegateFactory(delegation=belize)
    letter_for(delegate)
    services.confirm_accepted(delegate=delegate, now=IN_TIME)
    with pytest.raises(ReasonMissing):
        reissue_letter(delegate=delegate, by=staff(None), reason=" ", now=IN_TIME)
    reissued = reissue_letter(delegate=delegate, by=staff(None), reason="The dates moved", now=IN_TIME)
    assert reissued.status == "approved"
    versions = InvitationLetter.objects.order_by("version").values_list("version", "void_reason")
    assert list(versions) == [(1, "The dates moved"), (2, "")]


def test_only_the_approved_have_a_letter_to_reissue(belize):
    with pytest.raises(IllegalTransition):
        reissue_letter(delegate=DelegateFactory(delegation=belize), by=staff(None), reason="x", now=IN_TIME)


def test_a_workshop_that_holds_its_mail_makes_drafts(belize):
    Workshop.objects.update(hold_mail=True)
    letter_for(DelegateFactory(delegation=belize))
    assert OutgoingMail.objects.get(kind="approved").state == "held"


def test_the_sweep_leaves_new_letters_to_their_own_worker(belize):
    letter = approve(DelegateFactory(delegation=belize))
    assert unfinished_letters(now=IN_TIME + timedelta(seconds=30)) == []
    assert unfinished_letters(now=IN_TIME + timedelta(minutes=3)) == [letter.pk]
