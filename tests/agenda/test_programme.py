"""agenda.pdf: two pages, tagged, in one language or both; made ahead by a worker."""

from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pypdfium2
import pytest

from agenda import tasks
from agenda.models import AgendaItem, PrintedProgramme, Programme
from agenda.queries import agendas
from agenda.services import editing, printing
from rcm_portal.files.storage import private_storage
from tests.loaded import note_loaded

from . import note

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 3, 15, 18, tzinfo=UTC)
WORDS = {
    "es": {
        "zone": "hora de la Ciudad de México (UTC−6)",
        "objectives": (
            "Abordar y reducir las vulnerabilidades",
            "Establecer mecanismos para la portabilidad",
        ),
    },
    "en": {
        "zone": "Mexico City time (UTC−6)",
        "objectives": ("Address and reduce vulnerabilities", "Establish mechanisms for the portability"),
    },
}


@pytest.fixture
def workshop(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path
    made = note.draft()
    editing.publish(workshop=made, now=NOW)
    return made


def pdf(client, language: str = "en", query: str = "") -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(client.get(f"/{language}/imrf-2022/agenda.pdf{query}").content))


@pytest.mark.parametrize(
    ("language", "query"), [("es", ""), ("en", ""), ("es", "?languages=both"), ("en", "?languages=both")]
)
def test_the_programme_of_the_preset_has_two_pages_and_is_tagged(client, db, language, query):
    note_loaded()
    with pdf(client, language, query) as document:
        assert len(document.pages) == 2
        assert bool(document.Root.MarkInfo.Marked)
        assert str(document.Root.Lang) == language
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert "Agenda" in metadata["dc:title"]
    body = client.get(f"/{language}/imrf-2022/agenda.pdf{query}").content
    first, second = (
        " ".join(page.get_textpage().get_text_bounded().split()) for page in pypdfium2.PdfDocument(body)
    )
    for code in ("es", "en") if query else (language,):
        assert WORDS[code]["zone"] in first
        assert all(objective in second for objective in WORDS[code]["objectives"])
    assert "1 / 2" in first and "2 / 2" in second


def test_a_worker_prints_every_edition_and_the_web_process_only_hands_it_out(client, workshop, monkeypatch):
    version = Programme.objects.get(workshop=workshop).current
    assert printing.unprinted() == [version.pk]
    tasks.print_programme(version.pk)
    assert printing.unprinted() == []
    assert set(PrintedProgramme.objects.values_list("languages", flat=True)) == {"es", "en", "es-en", "en-es"}
    monkeypatch.setattr("agenda.views.programme.programme_pdf", None)  # nobody calls it
    for query in ("", "?languages=both"):
        assert client.get(f"/es/imrf-2022/agenda.pdf{query}").content.startswith(b"%PDF-")
    assert printing.print_all(version_id=version.pk, now=NOW) == 0


def test_what_changed_since_is_printed_anew_and_the_old_file_is_destroyed(
    workshop, django_capture_on_commit_callbacks
):
    version = Programme.objects.get(workshop=workshop).current
    tasks.print_programme(version.pk)
    before = set(private_storage().keys("programmes"))
    editing.page_touched(workshop)
    assert printing.unprinted() == [version.pk]
    assert printing.printed(agendas.shown(workshop.slug), ("es",)) is None
    with django_capture_on_commit_callbacks(execute=True):
        tasks.print_programme(version.pk)
    after = set(private_storage().keys("programmes"))
    assert len(before) == len(after) == 4
    assert not before & after


def test_a_new_version_takes_the_old_one_s_files_away(workshop):
    first = Programme.objects.get(workshop=workshop).current
    tasks.print_programme(first.pk)
    AgendaItem.objects.filter(key="lunch").update(title_en="Late lunch")
    second = editing.publish(workshop=workshop, now=NOW)
    tasks.print_programme(first.pk)  # late: it is no longer what is shown
    assert printing.unprinted() == [second.pk]
    tasks.print_programme(second.pk)
    assert set(PrintedProgramme.objects.values_list("version", flat=True)) == {second.pk}
    assert len(list(private_storage().keys("programmes"))) == 4


def test_a_change_in_the_middle_of_printing_leaves_nothing_out_of_date(
    workshop, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("rcm_portal.dispatch.hasten", lambda *given: True)  # the next print is another test's
    version = Programme.objects.get(workshop=workshop).current

    def slow(*arguments):
        editing.page_touched(workshop)
        return b"%PDF-1.7 old"

    monkeypatch.setattr("agenda.services.printing.programme_pdf", slow)
    with django_capture_on_commit_callbacks(execute=True):
        printing.print_all(version_id=version.pk, now=NOW)
    assert not PrintedProgramme.objects.exists()
    assert not list(private_storage().keys("programmes"))
