"""The list of looks at personal data: searched and taken away by the data-protection lead alone."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import openpyxl
import pytest
from django.contrib.auth.models import Group

from rcm_portal.models import AccessRecord
from rcm_portal.security.roles import DATA_PROTECTION
from tests import accounts

LIST = "/admin/portal/accessrecord/"
NOON = datetime(2022, 2, 10, 18, 0, 5, tzinfo=UTC)


@pytest.fixture
def lead(db):
    return accounts.signed_in(accounts.make_staff("protection", username="lead"))


def look(number=1, **fields):
    given = {
        "at": NOON + timedelta(minutes=number),
        "actor": "maria",
        "action": "view",
        "subject": f"passport copy of CODE{number}",
        "workshop": "imrf-2022",
        "about": uuid4(),
        "address": "203.0.113.5",
        **fields,
    }
    return AccessRecord.objects.create(**given)


@pytest.fixture
def looks(db):
    return [look(1), look(2, actor="pedro", action="download"), look(3, reason='=HYPERLINK("evil")')]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "CODE2"}, {2}),
        ({"q": "pedro"}, {2}),
        ({"q": "203.0.113.5"}, {1, 2, 3}),
        ({"action__exact": "download"}, {2}),
        ({"actor": "maria"}, {1, 3}),
        ({"workshop": "another"}, set()),
    ],
)
def test_it_is_searched_and_narrowed(lead, looks, query, found):
    shown = lead.get(LIST, query).context["cl"].result_list
    assert {int(record.subject[-1]) for record in shown} == found


@pytest.mark.parametrize("rows", [1, 30])
def test_it_asks_for_a_constant_number_of_queries(lead, rows, django_assert_num_queries):
    for number in range(rows):
        look(number)
    lead.get(LIST)
    with django_assert_num_queries(10):
        lead.get(LIST)


def test_what_is_shown_is_exported_as_xlsx(lead, looks):
    page = lead.get(LIST, {"q": "CODE3"}).content.decode()
    assert f"{LIST}export.xlsx?q=CODE3" in page
    answer = lead.get(f"{LIST}export.xlsx?q=CODE3")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1][:5] == ("2022-02-10 18:03:05", "maria", "looked at", "passport copy of CODE3", "imrf-2022")
    assert len(rows) == 2
    assert (sheet.cell(2, 8).data_type, sheet.cell(2, 8).value) == ("s", '=HYPERLINK("evil")')
    assert "no-store" in answer["Cache-Control"]


def test_it_is_exported_as_csv_with_inert_cells(lead, looks):
    answer = lead.get(f"{LIST}export.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="access-records.csv"'
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row[3] for row in rows[1:]] == [
        "passport copy of CODE3",
        "passport copy of CODE2",
        "passport copy of CODE1",
    ]
    assert rows[1][7] == '\'=HYPERLINK("evil")'


def test_an_export_asks_for_a_constant_number_of_queries(lead, django_assert_num_queries):
    for rows in (1, 30):
        for number in range(rows):
            look(number)
        with django_assert_num_queries(12):
            b"".join(lead.get(f"{LIST}export.csv").streaming_content)


def test_the_export_is_recorded_even_when_it_fails(lead, looks, monkeypatch):
    def failing(*arguments):
        raise OSError("no space left")

    monkeypatch.setattr("rcm_portal.staff.lists_out.write_xlsx", failing)
    lead.raise_request_exception = False
    assert lead.get(f"{LIST}export.xlsx").status_code == 500
    newest = AccessRecord.objects.first()
    assert (newest.actor, newest.action, newest.subject) == (
        "lead",
        "export",
        "list of looks at personal data",
    )


@pytest.mark.parametrize("role", ["secretariat", "iom", "host", "reception"])
def test_other_staff_do_not_see_it(looks, role):
    client = accounts.signed_in(accounts.make_staff(role))
    for address in (LIST, f"{LIST}{looks[0].pk}/change/", f"{LIST}export.csv"):
        assert client.get(address).status_code == 403


def test_seeing_does_not_mean_exporting(lead, looks):
    group = Group.objects.get(name=DATA_PROTECTION)
    group.permissions.remove(group.permissions.get(codename="export_accessrecord"))
    assert "export.csv" not in lead.get(LIST).content.decode()
    assert lead.get(f"{LIST}export.csv").status_code == 403


def test_nobody_changes_it(looks):
    client = accounts.signed_in(accounts.make_staff("superuser"))
    for address in (f"{LIST}add/", f"{LIST}{looks[0].pk}/delete/"):
        assert client.get(address).status_code == 403
    client.post(f"{LIST}{looks[0].pk}/change/", {"actor": "nobody"})
    looks[0].refresh_from_db()
    assert looks[0].actor == "maria"


def test_an_unknown_kind_or_filter_is_not_found(lead):
    assert lead.get(f"{LIST}export.exe").status_code == 404
    assert lead.get(f"{LIST}export.csv?at__year=x").status_code == 404


def test_the_lead_sees_nothing_else(lead):
    for address in ("registration/delegate/", "registration/workshop/", "portal/outgoingmail/", "auth/user/"):
        assert lead.get(f"/admin/{address}").status_code == 403
