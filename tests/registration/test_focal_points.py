"""Focal points entered from a list: what it would change, what is not understood, and all their links at once."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from rcm_portal.models import OutgoingMail
from registration.models import Delegation, DelegationLinkUse, Party
from registration.presets import saving
from registration.rules.focal_points import read
from registration.services.retention import PARTY_KEPT, purge
from registration.services.setting_up.focal_points import as_lines
from tests import accounts
from tests.factories import IN_TIME, DelegationFactory, PartyFactory, WorkshopFactory

PARTIES = {"belice": 1, "belize": 1, "blz": 1, "costa rica": 2, "cri": 2}
LINES = "Belice\tAna Coc\tana@example.org\tes\nCosta Rica\tJoe May\tMay, Joe <joe@example.org>\tinglés"


@pytest.fixture
def costa_rica(belize):
    return DelegationFactory(party=PartyFactory(code="CRI", name_es="Costa Rica", name_en="Costa Rica"))


@pytest.fixture
def officer(belize, costa_rica):
    return accounts.signed_in(accounts.make_staff("secretariat"))


def address(delegation) -> str:
    return reverse("admin:registration_delegation_focal_points", args=[delegation.workshop_id])


def look(officer, delegation, text="", **posted):
    return officer.post(address(delegation), {"text": text, "do": "look", **posted})


def save(officer, delegation, text, do="save"):
    seen = look(officer, delegation, text).context["plan"].stamp
    return officer.post(address(delegation), {"text": text, "do": do, "seen": seen}, follow=True)


def known(delegation):
    delegation.refresh_from_db()
    return delegation.focal_point_name, delegation.focal_point_email, delegation.focal_point_language


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "cells",
    [
        [
            ("País", "Correo electrónico", "Punto focal", "Idioma"),
            ("Belice", "ana@example.org", "Ana Coc", "Inglés"),
        ],
        [("Name", "E-Mail", "Other", "Party"), ("Ana Coc", "mailto:ana@example.org", "x", "BELIZE")],
        [("blz", "Ana Coc", "ana@example.org")],
        [("en", "ana@example.org", "Ana Coc", "Belize")],
        [("Belize", "Ana", "Coc", "ana@example.org")],
    ],
)
def test_columns_are_found_by_their_headings_or_by_what_stands_in_them(cells):
    [row] = read(enumerate(cells, 1), PARTIES)
    assert (row.party, row.name, row.email, row.problems) == (1, "Ana Coc", "ana@example.org", [])
    assert row.language in ("", "en")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("Atlantis", "Ana Coc", "ana@example.org"), "“Atlantis” has no delegation"),
        (("Ana Coc", "ana@example.org"), "No delegation of this workshop is named"),
        (("Belize", "Ana Coc", "ana@example"), "“ana@example” is no e-mail address"),
        (("Belize", "Ana Coc"), "The e-mail address is missing"),
        (("Belize", "x" * 201, "ana@example.org"), "longer than 200"),
    ],
)
def test_what_is_not_understood_is_said_by_row(cells, words):
    [row] = read([(7, cells)], PARTIES)
    assert row.number == 7 and words in row.problems[0]


def test_an_unknown_language_and_a_delegation_that_stands_twice():
    headed = [("party", "email", "name", "language"), ("Belize", "a@example.org", "Ana", "Maya")]
    [row] = read(enumerate(headed, 1), PARTIES)
    assert "“Maya” is no language" in row.problems[0]
    twice = read([(1, ("Belize", "Ana", "a@example.org")), (2, ("BLZ", "Eva", "e@example.org"))], PARTIES)
    assert [row.problems for row in twice] == [[], ["Row 1 is about the same delegation."]]


def test_what_stands_behind_an_empty_row_or_one_that_is_not_understood_is_read_all_the_same():
    lines = [
        (1, ("Belize", "Ana", "a@example.org")),
        (2, ("", " ", "")),
        (3, ("Atlantis", "Eva", "e@example.org")),
        (4, ("party", "name", "email")),
        (5, ("BLZ", "Joe", "j@example.org")),
        (6, ("Costa Rica", "Ivo", "i@example.org")),
    ]
    rows = read(lines, PARTIES)
    assert [(row.number, row.party, row.name) for row in rows] == [
        (1, 1, "Ana"), (3, None, "Eva"), (5, 1, "Joe"), (6, 2, "Ivo"),
    ]  # fmt: skip
    assert [len(row.problems) for row in rows] == [0, 1, 1, 0]
    assert rows[2].problems == ["Row 1 is about the same delegation."]


# ── Entering ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pasted_list_is_looked_at_saved_and_every_link_sent(officer, belize, costa_rica):
    seen = look(officer, belize, LINES)
    assert "ana@example.org" in seen.content.decode() and "Save and send 2 links" in seen.content.decode()
    assert known(belize) == ("", "", "es") and not OutgoingMail.objects.exists()
    done = save(officer, belize, LINES, do="send")
    told = [str(message) for message in done.context["messages"]]
    assert told == ["2 focal points are entered.", "2 links were sent."]
    assert known(belize) == ("Ana Coc", "ana@example.org", "es")
    assert known(costa_rica) == ("Joe May", "joe@example.org", "en")
    mails = {mail.to: mail.language for mail in OutgoingMail.objects.filter(kind="delegation_link")}
    assert mails == {"ana@example.org": "es", "joe@example.org": "en"}
    again = look(officer, belize, LINES)
    assert again.context["plan"].changes == [] and again.context["links"] == 0


def test_rows_that_are_not_understood_are_left_out_and_the_others_saved(officer, belize, costa_rica):
    text = f"{LINES}\nAtlantis\tEva\teva@example.org"
    shown = look(officer, belize, text).content.decode()
    assert (
        "Row 3 (Atlantis · Eva · eva@example.org)" in shown and "has no delegation at this workshop" in shown
    )
    done = save(officer, belize, text)
    assert "1 line was left out." in done.content.decode()
    assert done.context["form"]["text"].value() == text and done.context["plan"].not_understood[0].number == 3
    assert known(costa_rica)[0] == "Joe May" and not DelegationLinkUse.objects.exists()


def test_of_a_row_with_a_mistake_nothing_is_entered_though_its_delegation_is_known(
    officer, belize, costa_rica
):
    save(officer, belize, LINES)
    done = save(officer, belize, "Belice\tEva Coc\teva@example\nCosta Rica\tJosephine May\tjoe@example.org")
    assert [row.number for row in done.context["plan"].not_understood] == [1]
    assert known(belize) == ("Ana Coc", "ana@example.org", "es")
    assert known(costa_rica)[0] == "Josephine May"


def test_what_a_list_says_nothing_of_stays_as_it_was(officer, belize, costa_rica):
    save(officer, belize, LINES)
    save(officer, belize, "Belice\tana.coc@example.org\nCosta Rica\tJosephine May\tjoe@example.org")
    assert known(belize) == ("Ana Coc", "ana.coc@example.org", "es")
    assert known(costa_rica) == ("Josephine May", "joe@example.org", "en")


def test_a_focal_point_of_whom_only_one_thing_is_known_is_not_mixed_with_the_partys_last_one(belize):
    Party.objects.filter(pk=belize.party_id).update(
        focal_point_name="Eva May", focal_point_email="eva@example.org"
    )
    Delegation.objects.filter(pk=belize.pk).update(focal_point_name="Ana Coc")
    assert as_lines(belize.workshop) == "Belize\tAna Coc\t\t"
    Delegation.objects.filter(pk=belize.pk).update(focal_point_name="", focal_point_email="ana@example.org")
    assert as_lines(belize.workshop) == "Belize\t\tana@example.org\tes"


def sheet(rows) -> SimpleUploadedFile:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(content)
    return SimpleUploadedFile("focal points.xlsx", content.getvalue())


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_file_becomes_the_list_that_can_be_mended(officer, belize, kind):
    rows = [("Delegación", "Nombre", "Correo"), ("Belice", "Ana Coc", "ana@example.org")]
    text = "\n".join(";".join(row) for row in rows)
    file = sheet(rows) if kind == "xlsx" else SimpleUploadedFile("x.csv", text.encode("cp1252"))
    seen = look(officer, belize, file=file)
    assert [change.row.email for change in seen.context["plan"].changes] == ["ana@example.org"]
    assert seen.context["form"]["text"].value().splitlines()[1] == "Belice\tAna Coc\tana@example.org"


def test_a_file_that_is_none_is_refused_beside_its_field_and_the_list_stays(officer, belize):
    answer = look(officer, belize, LINES, file=SimpleUploadedFile("x.xlsx", b"PK\x03\x04nonsense"))
    assert list(answer.context["form"].errors) == ["file"]
    assert answer.context["form"]["text"].value() == LINES


def test_a_list_that_is_too_long_is_refused_and_stays(officer, belize):
    text = "Belize\tAna\tana@example.org\n" * 501
    answer = look(officer, belize, text)
    assert "more rows than can be taken" in answer.context["form"].errors["text"][0]
    assert answer.context["form"]["text"].value() == text


def test_a_colleagues_change_in_between_is_looked_at_first(officer, belize):
    seen = look(officer, belize, LINES).context["plan"].stamp
    Delegation.objects.filter(pk=belize.pk).update(
        focal_point_name="Eva", focal_point_email="eva@example.org"
    )
    answer = officer.post(address(belize), {"text": LINES, "do": "send", "seen": seen})
    assert "have changed since you looked" in answer.content.decode()
    assert known(belize)[0] == "Eva" and not OutgoingMail.objects.exists()


def test_the_page_begins_with_what_is_known_and_one_click_from_the_list(officer, belize, costa_rica):
    Delegation.objects.filter(pk=belize.pk).update(
        focal_point_name="Eva", focal_point_email="eva@example.org"
    )
    listed = officer.get(reverse("admin:registration_delegation_changelist")).content.decode()
    assert f'href="{address(belize)}"' in listed
    begun = officer.get(address(belize)).context["form"]["text"].value()
    assert begun.splitlines() == ["Belize\tEva\teva@example.org\tes", "Costa Rica\t\t\t"]


@pytest.mark.parametrize("parties", [1, 3])
def test_the_page_takes_as_many_queries_for_one_as_for_three(
    officer, belize, parties, django_assert_num_queries
):
    text = "Belize\tAna\tana@example.org"
    for number in range(parties - 1):
        DelegationFactory(party=PartyFactory(code=f"X{number}Y", name_en=f"Land {number}"))
        text += f"\nLand {number}\tAna\tana@example.org"
    look(officer, belize, text)
    with django_assert_num_queries(QUERIES):
        assert len(look(officer, belize, text).context["rows"]) == parties


QUERIES = 10


# ── Kept for the next workshop ───────────────────────────────────────────────────────────────────────────────────────


def test_who_was_the_partys_focal_point_is_there_for_its_next_workshop_after_the_purge(officer, belize):
    save(officer, belize, LINES)
    over = belize.workshop.archived_from + timedelta(days=1)
    purge(now=over)
    assert known(belize)[:2] == ("", "")
    later = WorkshopFactory(slug="later", starts_on=over.date(), ends_on=over.date())
    again = DelegationFactory(workshop=later, party=belize.party)
    assert as_lines(later) == "Belize\tAna Coc\tana@example.org\tes"
    assert saving.known_focal_points(belize.workshop)[belize.party_id].focal_point_email == "ana@example.org"
    purge(now=IN_TIME + PARTY_KEPT)
    assert Party.objects.get(pk=belize.party_id).focal_point_email == "ana@example.org"
    purge(now=IN_TIME + 2 * PARTY_KEPT)
    assert Party.objects.get(pk=again.party_id).focal_point_email == ""


def test_one_that_is_still_to_be_confirmed_is_not_kept_with_the_party(belize):
    belize.focal_point_email, belize.focal_point_to_confirm = "old@example.org", True
    belize.save()
    assert Party.objects.get(pk=belize.party_id).focal_point_email == ""
