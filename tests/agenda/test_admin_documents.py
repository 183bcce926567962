"""Documents in the admin: uploaded, read by staff, replaced, deleted."""

from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agenda.models import AgendaDocument, Programme
from rcm_portal.files.storage import private_storage
from rcm_portal.models import AccessRecord
from tests.accounts import make_staff, signed_in

from . import note
from .office import office

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 3, 15, 18, tzinfo=UTC)


@pytest.fixture
def workshop(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    return note.draft()


@pytest.fixture
def staff(workshop):
    client = signed_in(make_staff("secretariat"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def pdf() -> bytes:
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    made.save(out)
    return out.getvalue()


def form(workshop, name: str = "note.pdf", content: bytes | None = None, **changed):
    values = {
        "workshop": workshop.pk,
        "item": "",
        "title_es": "Nota conceptual",
        "title_en": "Concept note",
        "language": "en",
        "audience": "public",
        "position": 1,
        "file": SimpleUploadedFile(name, pdf() if content is None else content),
    } | changed
    return {key: value for key, value in values.items() if value is not None}


def test_a_document_is_uploaded_read_replaced_and_deleted(
    staff, workshop, django_capture_on_commit_callbacks
):
    stamp = Programme.objects.get(workshop=workshop).stamp
    assert staff.post("/admin/agenda/agendadocument/add/", form(workshop)).status_code == 302
    document = AgendaDocument.objects.get()
    assert document.uploaded_by.groups.get().name == "Executive Secretariat"
    assert Programme.objects.get(workshop=workshop).stamp != stamp
    response = staff.get(f"/admin/agenda/agendadocument/{document.pk}/file/")
    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"].startswith("attachment;")
    assert AccessRecord.objects.get(action="download").workshop == workshop.slug

    address = f"/admin/agenda/agendadocument/{document.pk}/change/"
    staff.post(address, form(workshop, file=None, title_en="The note"))
    document.refresh_from_db()
    assert (document.title_en, document.extension) == ("The note", "pdf")
    old = document.storage_key
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(address, form(workshop, "note.docx", office()))
    document.refresh_from_db()
    assert (document.extension, private_storage().exists(old)) == ("docx", False)

    with django_capture_on_commit_callbacks(execute=True):
        staff.post(f"/admin/agenda/agendadocument/{document.pk}/delete/", {"post": "yes"})
    assert not private_storage().exists(document.storage_key)


def test_a_file_that_is_refused_says_why_and_stores_nothing(staff, workshop):
    page = staff.post(
        "/admin/agenda/agendadocument/add/", form(workshop, "macro.docm", b"x")
    ).content.decode()
    assert "Only PDF, Word (.docx) and PowerPoint (.pptx) files can be offered." in page
    page = staff.post(
        "/admin/agenda/agendadocument/add/", form(workshop, "x.pdf", b"no pdf")
    ).content.decode()
    assert "does not fit the end of its name" in page
    assert not AgendaDocument.objects.exists()


def test_an_item_of_another_workshop_is_refused(staff, workshop):
    other = note.draft(note.workshop("other"))
    page = staff.post("/admin/agenda/agendadocument/add/", form(workshop, item=other.agenda_items.first().pk))
    assert "This item belongs to another workshop." in page.content.decode()


@pytest.mark.parametrize("role", ["iom", "host", "reception"])
def test_other_staff_do_not_reach_the_files(staff, workshop, role):
    staff.post("/admin/agenda/agendadocument/add/", form(workshop))
    document = AgendaDocument.objects.get()
    assert (
        signed_in(make_staff(role)).get(f"/admin/agenda/agendadocument/{document.pk}/file/").status_code
        == 404
    )
