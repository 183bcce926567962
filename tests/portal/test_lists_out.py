"""Any list of the admin leaves as it is shown: its filter, its search, its columns by role; and that it left is recorded."""

import csv
import io

import openpyxl
import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from rcm_portal.models import AccessRecord
from rcm_portal.security import roles
from rcm_portal.staff import lists_out
from registration.models import Delegate
from registration.rules.letter_placeholders import PLACEHOLDERS
from tests import accounts
from tests.acceptance.url_table import ADMIN
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory
from tests.loaded import note_loaded
from tests.strict import body_of

pytestmark = pytest.mark.django_db

DELEGATES = "/admin/registration/delegate/"
PARTIES = "/admin/registration/party/"
IN_SPANISH = {"accept-language": "es"}


@pytest.fixture
def secretariat():
    return accounts.signed_in(accounts.make_staff("secretariat"))


def people(number: int, **facts) -> list[Delegate]:
    delegation = DelegationFactory(workshop=WorkshopFactory(), seat_limit=None)
    return [
        DelegateFactory(delegation=delegation, surnames=f"Peña {each}", **facts) for each in range(number)
    ]


def rows_of(answer) -> list[list[str]]:
    assert answer.status_code == 200, answer
    return list(csv.reader(io.StringIO(body_of(answer).decode("utf-8-sig"))))


def sheet_of(answer) -> list[list]:
    book = openpyxl.load_workbook(io.BytesIO(body_of(answer)))
    return [[cell.value for cell in row] for row in book.active.iter_rows()]


def test_the_file_holds_the_columns_and_rows_that_the_list_shows(secretariat):
    people(2)
    page = secretariat.get(DELEGATES)
    assert f'href="{DELEGATES}export.xlsx"' in page.content.decode()
    assert f'href="{DELEGATES}export.csv"' in page.content.decode()
    headings, *rows = rows_of(secretariat.get(f"{DELEGATES}export.csv"))
    assert headings[:3] == ["Name", "Party", "Seat"]
    assert len(rows) == 2
    assert all("Peña" in row[0] and "<" not in "".join(row) for row in rows)
    assert sheet_of(secretariat.get(f"{DELEGATES}export.xlsx"))[0] == headings
    spanish = secretariat.get(f"{DELEGATES}export.csv", headers=IN_SPANISH)
    assert rows_of(spanish)[0][:2] == ["Nombre", "Parte"]


def test_what_is_worked_out_for_the_whole_page_stands_in_it_too(secretariat):
    people(1)
    shown = secretariat.get(DELEGATES).context["cl"].result_list[0]
    headings, row = rows_of(secretariat.get(f"{DELEGATES}export.csv"))
    assert row[headings.index("What is missing")] == ", ".join(shown.missing_words) != ""


def test_filter_and_search_and_order_are_those_of_the_list(secretariat):
    first, second, third = people(3)
    Delegate.objects.filter(pk=third.pk).update(status="rejected", seat_number=None)
    query = f"status__exact={second.status}&q=pena&o=-1"
    assert (
        f"export.csv?{query.replace('&', '&amp;')}"
        in secretariat.get(f"{DELEGATES}?{query}").content.decode()
    )
    rows = rows_of(secretariat.get(f"{DELEGATES}export.csv?{query}"))[1:]
    assert [row[0].split()[-1] for row in rows] == [second.code, first.code]


def test_a_page_of_the_list_is_no_limit(secretariat, monkeypatch):
    monkeypatch.setattr(lists_out, "ROWS_AT_ONCE", 2)
    people(5)
    for query in ("", "?p=2", "?all="):
        rows = rows_of(secretariat.get(f"{DELEGATES}export.csv{query}"))[1:]
        assert len({row[0] for row in rows}) == 5, query


def test_more_than_a_file_holds_is_refused_with_what_to_do(secretariat, monkeypatch):
    monkeypatch.setattr(lists_out.LeavesAsFile, "most_exported", 1)
    people(2)
    answer = secretariat.get(f"{DELEGATES}export.csv?q=pena", follow=True)
    assert answer.redirect_chain == [(f"{DELEGATES}?q=pena", 302)]
    assert "narrow the list" in answer.content.decode()
    assert not AccessRecord.objects.exists()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow(secretariat, kind, rows, django_assert_num_queries):
    people(rows)
    secretariat.get(DELEGATES)
    with django_assert_num_queries(26):
        body_of(secretariat.get(f"{DELEGATES}export.{kind}"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_cells_are_inert(secretariat, text):
    PartyFactory(name_es=text, name_en=f"{text} <b>", code="ZZX")
    rows = {row[2]: row for row in rows_of(secretariat.get(f"{PARTIES}export.csv"))}
    assert rows["ZZX"][:2] == [f"'{text}", f"'{text} <b>"]
    book = openpyxl.load_workbook(io.BytesIO(body_of(secretariat.get(f"{PARTIES}export.xlsx"))))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value == text]
    assert [cell.data_type for cell in cells] == ["s"]


def test_that_it_left_is_recorded_even_where_the_file_fails(secretariat, monkeypatch):
    people(1)
    body_of(secretariat.get(f"{DELEGATES}export.csv"))
    record = AccessRecord.objects.get()
    assert (record.action, record.subject) == ("export", "list of delegates")
    assert record.user.username.startswith("secretariat")
    monkeypatch.setattr(lists_out, "write_csv", lambda *_given: 1 / 0)
    secretariat.raise_request_exception = False
    assert secretariat.get(f"{DELEGATES}export.csv").status_code == 500
    assert AccessRecord.objects.count() == 2


def test_who_may_not_list_may_not_export_and_a_revoked_permission_bites(secretariat):
    for role in ("iom", "host", "reception"):
        client = accounts.signed_in(accounts.make_staff(role))
        assert client.get(f"{DELEGATES}export.csv").status_code == 403
    Group.objects.get(name=roles.EXECUTIVE_SECRETARIAT).permissions.clear()
    assert secretariat.get(f"{DELEGATES}export.csv").status_code == 403
    assert not AccessRecord.objects.exists()


def test_an_unknown_kind_or_filter_is_not_found(secretariat):
    assert secretariat.get(f"{DELEGATES}export.exe").status_code == 404
    assert secretariat.get(f"{DELEGATES}export.csv?nothing__x=1").status_code == 404


def test_every_list_leaves_that_has_no_other_way_out():
    note_loaded()
    client = accounts.signed_in(accounts.make_staff("superuser"))
    client.allowed_text = tuple(f"{{{{ {name} }}}}" for name in PLACEHOLDERS)  # of the letters' texts
    for name, model in ADMIN.items():
        if not model.leaves:
            continue
        answer = client.get(reverse(f"admin:{name}_export", args=["xlsx"]))
        assert sheet_of(answer)[0], name
        page = client.get(reverse(f"admin:{name}_changelist"), follow=True).content.decode()
        assert "export.xlsx" in page, name
    stays = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}
    assert {name for name in stays if not ADMIN[name].leaves} == {
        "agenda_programme",
        "logistics_flightentitlement",
        "logistics_hostworkshop",
    }
