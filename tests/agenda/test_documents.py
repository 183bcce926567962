"""Documents: what is accepted, who may read it, how it is handed out."""

import zipfile
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from agenda.enums import Audience
from agenda.exceptions import DocumentRefused
from agenda.models import AgendaDocument, AgendaItem
from agenda.services import documents, editing
from rcm_portal.files.storage import private_storage
from rcm_portal.models import AccessRecord
from rcm_portal.uploads import UploadRefused
from registration.documents.links import my_token
from registration.enums import DelegateStatus
from registration.models import Delegate, Workshop
from tests.factories import DelegateFactory

from . import note
from .office import W, office, relations

NOW = datetime(2022, 3, 15, 18, tzinfo=UTC)
WORD = "<w:document xmlns:w='%s'><w:body>%s</w:body></w:document>"


def pdf(pages: int = 1) -> bytes:
    made, out = pikepdf.new(), BytesIO()
    for _page in range(pages):
        made.add_blank_page()
    made.save(out)
    return out.getvalue()


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture(autouse=True)
def _storage(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


# ── What is accepted ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("extension", ["docx", "pptx"])
def test_an_office_file_is_packed_anew_without_metadata(extension):
    clean = documents.check_document(sent(f"x.{extension}", office(extension) + b"behind"))
    with zipfile.ZipFile(BytesIO(clean.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == "[Content_Types].xml"
        assert not [name for name in archive.namelist() if name.startswith("docProps")]
        assert b"docProps" not in archive.read("_rels/.rels") + archive.read("[Content_Types].xml")
    assert clean.extension == extension
    assert not clean.content.endswith(b"behind")


def test_a_long_pdf_is_accepted_where_a_passport_copy_would_not_be():
    assert documents.check_document(sent("note.pdf", pdf(40))).pages == 40


def test_ordinary_links_stay():
    content = office(
        parts={"word/_rels/document.xml.rels": relations(("hyperlink", "https://rcm.example/", "External"))}
    )
    clean = documents.check_document(sent("x.docx", content))
    with zipfile.ZipFile(BytesIO(clean.content)) as archive:
        assert b"https://rcm.example/" in archive.read("word/_rels/document.xml.rels")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (office(parts={"word/vbaProject.bin": b"x"}), "active"),
        (
            office(types='<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'),
            "active",
        ),
        (office(parts={"word/embeddings/book.xlsx": b"PK"}), "active"),
        (office(parts={"word/activeX/activeX1.xml": "<x/>"}), "active"),
        (office(parts={"word/media/image1.png": b"MZ no picture"}), "active"),
        (office(parts={"word/run.exe": b"MZ"}), "active"),
        (
            office(
                parts={
                    "word/_rels/document.xml.rels": relations(
                        ("attachedTemplate", "https://evil.example/t.dotm", "External")
                    )
                }
            ),
            "active",
        ),
        (
            office(
                parts={
                    "word/_rels/document.xml.rels": relations(("hyperlink", "file:///etc/passwd", "External"))
                }
            ),
            "active",
        ),
        (
            office(
                main=WORD
                % (
                    W,
                    "<w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO cmd</w:instrText></w:r>",
                )
            ),
            "active",
        ),
        (office(main=WORD % (W, "<w:fldSimple w:instr='INCLUDETEXT &quot;x&quot;'/>")), "active"),
        (office(main="<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"), "active"),
        (
            office(parts={"word/media/a.svg": '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'}),
            "active",
        ),
        (
            office(parts={"word/media/a.svg": '<svg xmlns="http://www.w3.org/2000/svg" onload="x"/>'}),
            "active",
        ),
        (office(main="<not closed"), "damaged"),
        (office(parts={"../outside.xml": "<x/>"}), "damaged"),
        (office("pptx"), "type_mismatch"),
        (b"PK\x03\x04 nothing", "damaged"),
        (b"%PDF-1.7", "type_mismatch"),
    ],
)
def test_a_word_file_that_can_act_or_is_none_is_refused(content, code):
    with pytest.raises(DocumentRefused) as refused:
        documents.check_document(sent("x.docx", content))
    assert refused.value.code == code


def test_a_presentation_that_starts_a_program_is_refused():
    slide = '<p:sld xmlns:p="p" xmlns:a="a"><a:hlinkClick action="ppaction://program"/></p:sld>'
    with pytest.raises(DocumentRefused):
        documents.check_document(sent("x.pptx", office("pptx", parts={"ppt/slides/slide1.xml": slide})))


def test_an_archive_that_unpacks_to_very_much_is_refused():
    content = office(parts={"word/media/image1.png": b"\x89PNG\r\n\x1a\n" + bytes(101 * 1024 * 1024)})
    assert len(content) < 2**20
    with pytest.raises(DocumentRefused) as refused:
        documents.check_document(sent("x.docx", content))
    assert refused.value.code == "damaged"


@pytest.mark.parametrize("name", ["x.xlsx", "x.docm", "x.html", "x.jpg", "x", ""])
def test_other_kinds_are_refused(name):
    with pytest.raises((DocumentRefused, UploadRefused)) as refused:
        documents.check_document(SimpleUploadedFile(name or "noname", office()))
    assert refused.value.code == "unsupported_type"


def test_the_size_limit_holds_for_office_files(settings):
    settings.UPLOAD_MAX_BYTES = 100
    with pytest.raises(UploadRefused) as refused:
        documents.check_document(sent("x.docx", office()))
    assert refused.value.code == "too_large"


# ── Who may read, and how ────────────────────────────────────────────────────────────────────────────────────────────


def stored(workshop: Workshop, audience: str, **more) -> AgendaDocument:
    upload = documents.check_document(sent("../../Nómina.pdf", pdf()))
    values = {"title_es": "Nota conceptual", "title_en": "Concept note"} | more
    return documents.add_document(
        workshop=workshop, upload=upload, now=NOW, by=None, audience=audience, **values
    )


@pytest.fixture
def workshop(db):
    made = note.draft()
    editing.publish(workshop=made, now=NOW)
    return made


def delegate_of(workshop: Workshop, status=DelegateStatus.CONFIRMED) -> Delegate:
    return DelegateFactory(delegation=workshop.delegations.first(), status=status)


def test_a_public_document_stands_on_the_page_and_is_saved_never_shown(client, workshop):
    lunch = AgendaItem.objects.get(workshop=workshop, key="roadmap")
    document = stored(workshop, Audience.PUBLIC, language="en", item=lunch)
    address = f"/es/imrf-2022/agenda/documents/{document.public_id}/"
    assert address in client.get("/es/imrf-2022/agenda/").content.decode()
    response = client.get(address)
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == 'attachment; filename="nota-conceptual.pdf"'
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_file_is_encrypted_at_rest_under_a_generated_name(workshop):
    document = stored(workshop, Audience.PUBLIC)
    assert not private_storage().read_blob(document.storage_key).startswith(b"%PDF")
    assert "mina" not in document.storage_key


def test_a_document_for_confirmed_delegates_has_no_public_address(client, workshop):
    document = stored(workshop, Audience.CONFIRMED)
    assert client.get(f"/es/imrf-2022/agenda/documents/{document.public_id}/").status_code == 404
    assert str(document.public_id) not in client.get("/es/imrf-2022/agenda/").content.decode()


@pytest.mark.time_machine("2022-03-20T12:00:00Z")
def test_a_confirmed_delegate_reads_it_and_that_is_recorded(client, workshop):
    document, public = stored(workshop, Audience.CONFIRMED), stored(workshop, Audience.PUBLIC)
    delegate = delegate_of(workshop)
    token = my_token(delegate)
    page = client.get(f"/en/imrf-2022/my/{token}/").content.decode()
    address = f"/en/imrf-2022/my/{token}/documents/{document.public_id}/"
    assert address in page
    assert str(public.public_id) not in page  # it stands on the agenda's own
    response = client.get(address)
    assert response.content.startswith(b"%PDF-")
    assert "no-store" in response["Cache-Control"]
    record = AccessRecord.objects.get(about=delegate.public_id)
    assert (record.action, record.actor) == ("download", "delegate")


@pytest.mark.time_machine("2022-03-20T12:00:00Z")
def test_a_delegate_who_is_not_confirmed_gets_nothing(client, workshop):
    document = stored(workshop, Audience.CONFIRMED)
    delegate = delegate_of(workshop, DelegateStatus.APPROVED)
    token = my_token(delegate)
    assert str(document.public_id) not in client.get(f"/en/imrf-2022/my/{token}/").content.decode()
    assert client.get(f"/en/imrf-2022/my/{token}/documents/{document.public_id}/").status_code == 404


@pytest.mark.time_machine("2022-03-20T12:00:00Z")
def test_a_delegate_of_another_workshop_gets_nothing(client, workshop):
    other = note.draft(note.workshop("other"))
    document = stored(workshop, Audience.CONFIRMED)
    token = my_token(delegate_of(other))
    assert str(document.public_id) not in client.get(f"/en/other/my/{token}/").content.decode()
    assert client.get(f"/en/other/my/{token}/documents/{document.public_id}/").status_code == 404
    assert client.get(f"/en/imrf-2022/my/{token}/documents/{document.public_id}/").status_code == 404


def test_replacing_and_removing_destroy_the_file_with_the_commit(
    workshop, django_capture_on_commit_callbacks
):
    document = stored(workshop, Audience.PUBLIC)
    first = document.storage_key
    with django_capture_on_commit_callbacks(execute=True):
        documents.replace_file(
            document=document,
            upload=documents.check_document(sent("x.docx", office())),
            now=timezone.now(),
            by=None,
        )
    assert (document.extension, private_storage().exists(first)) == ("docx", False)
    second = document.storage_key
    with django_capture_on_commit_callbacks(execute=True):
        documents.remove_document(document=document)
    assert not private_storage().exists(second)
    assert not AgendaDocument.objects.exists()
