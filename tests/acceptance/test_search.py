"""SEARCH-1: staff find people as tickets, passports and telephones write them, in every list that searches."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db import connection
from django.urls import reverse

from logistics.models import FlightEntitlement, Ticket
from rcm_portal.models import AccessRecord, OutgoingMail
from rcm_portal.search.text import Searchable, SearchText
from registration import services
from registration.models import Delegate, Party, Reminder, ReminderRule
from registration.services.erasing import destroy_person
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory
from tests.loaded import note_loaded

QUEUE = "/admin/registration/delegate/"
DESK = "/admin/registration/delegate/arrivals/"
SEARCHED = sorted(
    (model._meta.label_lower for model, page in admin.site._registry.items() if page.search_fields), key=str
)
NAME = {"given_names": "José-Luis", "surnames": "Núñez O’Neill"}
TYPED = [
    "nunez", "NUÑEZ", "nun\u0303ez", "Núñez", "oneill", "O’Neill", "o'neill", "O Neill", "jose luis", "joseluis", "LUIS, Jose",
    "nunezoneill", "NUNEZ ONEILL/JOSE LUIS", "o’neill josé", "belize nunez", "belice NUÑEZ", "blz oneill", "educacion",
    "j.nunez@example.org", "  nunez  -  jose ",
]  # fmt: skip
NOBODY = ["nunes", "nunez mozambique", "%", "_", "---", "nunez@example.com", "xnunez"]


@pytest.fixture
def person(db):
    belize = PartyFactory(code="BLZ", name_es="Belice", name_en="Belize")
    mexico = DelegationFactory(party=PartyFactory(code="MEX", name_es="México", name_en="Mexico"))
    DelegateFactory(status="confirmed", delegation=mexico, given_names="Eva", surnames="Xol")
    return DelegateFactory(
        status="confirmed",
        delegation=DelegationFactory(party=belize),
        institution="Ministerio de Educación",
        email="j.nunez@example.org",
        **NAME,
    )


def listed(client, address: str, query: str, row) -> tuple[bool, int]:
    """Whether the list that the query gives names the row, and how many rows it has."""
    page = client.get(address, {"q": query})
    assert page.status_code == 200, (address, query, page.status_code)
    rows = page.context["cl"].result_list if "cl" in page.context else page.context["page"].object_list
    return row in rows, len(rows)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("address", "role"), [(QUEUE, "secretariat"), (DESK, "reception")])
def test_staff_find_a_person_however_the_name_is_written(person, in_time, address, role, language):
    client = accounts.signed_in(accounts.make_staff(role))
    client.cookies["django_language"] = language
    assert {query: listed(client, address, query, person) for query in TYPED} == dict.fromkeys(
        TYPED, (True, 1)
    )
    assert listed(client, address, person.code.lower(), person) == (True, 1)
    assert listed(client, address, "", person) == (True, 2)
    assert {query for query in NOBODY if listed(client, address, query, person) != (False, 0)} == set()
    assert client.get(address, {"q": "\0 nunez"}).status_code == 200


def test_reception_is_told_that_nobody_is_expected_only_where_nobody_is(person, in_time):
    client = accounts.signed_in(accounts.make_staff("reception"))
    assert f'id="p{person.pk}"' in client.get(DESK, {"q": "nunez"}).text
    assert f'id="p{person.pk}"' not in client.get(DESK, {"q": "nunes"}).text


@pytest.mark.parametrize("address", [QUEUE, DESK])
def test_the_number_of_queries_grows_neither_with_words_nor_with_people(
    person, in_time, address, django_assert_num_queries, django_assert_max_num_queries
):
    client = accounts.signed_in(accounts.make_staff("superuser"))
    client.get(address, {"q": "nunez"})
    with django_assert_max_num_queries(60) as one:
        client.get(address, {"q": "nunez"})
    for number in range(3):
        DelegateFactory(
            status="confirmed",
            delegation=DelegationFactory(party=PartyFactory(code=f"C{number}")),
            email=f"{number}@example.org",
            **NAME,
        )
    with django_assert_num_queries(len(one)):
        page = client.get(address, {"q": "nunez o’neill jose"})
    assert page.text.count("O’Neill") >= 4


# Every list

# Few rows: read whole.
SHORT = {
    "agenda.agendaitem", "auth.group", "auth.user", "portal.undeliverableaddress", "registration.delegation",
    "registration.lettertext",
}  # fmt: skip


def fill_empty_lists(world) -> None:
    """What the world has none of."""
    Reminder.objects.create(
        rule=ReminderRule.objects.first(),
        delegate=world.delegate,
        anchor=IN_TIME,
        days=7,
        at=IN_TIME,
        due_at=IN_TIME,
        outcome="sent",
    )


@pytest.mark.parametrize("label", SEARCHED)
def test_every_list_that_searches_folds(world, label, monkeypatch):
    if label not in SHORT:
        monkeypatch.delattr("rcm_portal.search.finding.searchable")  # no long list is read whole
    if label == "registration.reminder":
        fill_empty_lists(world)
    model = apps.get_model(label)
    page = admin.site._registry[model]
    row = page.model._default_manager.order_by("pk").last()
    client = world.client("superuser")
    address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
    for path in page.search_fields:
        query = make_findable(row, path, as_typed=path in getattr(page, "search_as_typed", ()))
        if query:
            assert listed(client, address, query, row)[0], (path, query)
            assert listed(client, address, f"{query} zzzz", row) == (False, 0)


def make_findable(row, path: str, *, as_typed: bool) -> str:
    """Write a name with everything that is folded where the path leads; returns what a hurried person types."""
    *way, column = path.split("__")
    for step in way:
        row = getattr(row, step, None)
        if row is None:
            return ""  # a ticket that is not bought yet
    field = get_fields_from_path(type(row), column)[-1]
    if as_typed:
        return str(getattr(row, column) or "").lower()
    if isinstance(field, SearchText):
        column = next(name for name in type(row).SEARCHED if name in {"surnames", "name_es", "subject"})
    value = "ñandú.o’neill@example.org" if "email" in column or column == "address" else "Ñandú O’Neill-Peña"
    type(row)._default_manager.filter(pk=row.pk).update(**{column: value})
    return "PENA nandu oneill" if " " in value else "Ñandú.o’neill@example"


def test_the_table_above_knows_every_list():
    assert {
        "registration.delegate",
        "registration.delegation",
        "logistics.flightentitlement",
        "auth.user",
    } <= set(SEARCHED)
    assert {"portal.outgoingmail", "portal.accessrecord", "agenda.agendaitem"} <= set(SEARCHED)


@pytest.mark.parametrize("query", ["tk-77", "TK-77"])
def test_a_ticket_is_found_by_its_number_too(world, query):
    row = FlightEntitlement.objects.get(benefit__kind="air_ticket")
    Ticket.objects.update_or_create(entitlement_id=row.pk, defaults={"number": "TK-77"})
    assert listed(world.client("iom"), "/admin/logistics/flightentitlement/", query, row) == (True, 1)


# The text is kept


def stale() -> list[str]:
    """Rows whose search text is not what they say."""
    models = [model for model in apps.get_models() if issubclass(model, Searchable)]
    return [
        f"{row!r}" for model in models for row in model.objects.all() if row.search_text != row.search_words()
    ]


def found(query: str) -> list[Delegate]:
    from registration.queries.arrivals import search

    return list(search(Delegate.objects.all(), query))


def rename_by_update(person):
    Delegate.objects.filter(surnames=person.surnames).update(surnames="Müller")


def rename_by_bulk_update(person):
    person.surnames = "Müller"
    Delegate.objects.bulk_update([person], ["surnames"])


def rename_by_save(person):
    person.surnames = "Müller"
    person.save()


def rename_by_saving_the_column(person):
    person.surnames = "Müller"
    person.save(update_fields=["surnames"])


def rename_a_row_read_in_part(person):
    part = Delegate.objects.only("surnames").get(pk=person.pk)
    part.surnames = "Müller"
    part.save()


@pytest.mark.parametrize(
    "rename",
    [
        rename_by_update,
        rename_by_bulk_update,
        rename_by_save,
        rename_by_saving_the_column,
        rename_a_row_read_in_part,
    ],
)
def test_a_new_name_is_found_and_the_old_one_is_not(person, rename):
    rename(person)
    assert (found("muller"), found("mueller"), found("oneill")) == ([person], [person], [])
    assert stale() == []


def test_whoever_is_made_in_bulk_is_found(person):
    twin = Delegate.objects.get(pk=person.pk)
    twin.pk = None
    twin.code, twin.public_id, twin.seat_number = "TWIN222", None, 2
    twin.email_key, twin.surnames = "twin@example.org", "Peña"
    twin.public_id = Delegate._meta.get_field("public_id").get_default()
    Delegate.objects.bulk_create([twin])
    assert [each.code for each in found("pena jose")] == ["TWIN222"]


def test_people_are_found_by_what_their_party_is_called_now(person):
    belize = Party.objects.get(code="BLZ")
    belize.name_en = "Bélize-Nouveau"
    belize.save()
    assert found("belize nouveau") == [person]
    Party.objects.filter(code="BLZ").update(name_en="Honduras Británica")
    assert stale() == []


def test_people_are_found_by_the_delegation_to_which_they_were_moved(person):
    person.delegation = DelegationFactory(party=PartyFactory(code="CRI", name_es="Costa Rica"))
    person.save(update_fields=["delegation"])
    assert (found("nunez costa rica"), found("nunez belize")) == ([person], [])


def test_after_the_purge_and_after_a_withdrawal_no_name_is_left_to_search(person, in_time):
    other = DelegateFactory(
        delegation=person.delegation, email="p@example.org", given_names="Eva", surnames="Peña"
    )
    destroy_person(delegate=person, now=IN_TIME)
    services.withdraw(delegate=other, now=IN_TIME)
    assert [found(word) for word in ("nunez", "oneill", "educacion", "j.nunez", "pena")] == [[]] * 5
    assert found(person.code) == [person]
    assert stale() == []


def test_what_was_there_before_is_filled_in(person):
    note_loaded()
    OutgoingMail.objects.create(
        kind="test", to="ñ@example.org", subject="Inscripción", message_id="<1@x>", state="held"
    )
    AccessRecord.objects.create(actor="Muñoz", action="view", subject="x")
    models = [model for model in apps.get_models() if issubclass(model, Searchable)]
    texts = {model: dict(model.objects.values_list("pk", "search_text")) for model in models}
    assert all(text for rows in texts.values() for text in rows.values())
    for model in models:
        model.objects.update(search_text="")
    for name in (
        "registration.migrations.0019_fill_search_text",
        "rcm_portal.migrations.0007_fill_search_text",
    ):
        import_module(name).fill(apps, SimpleNamespace(connection=connection))
    assert {model: dict(model.objects.values_list("pk", "search_text")) for model in models} == texts


def test_the_passport_is_not_searched(person):
    """Its number is encrypted: what is searched must hold nothing of it."""
    assert person.passport.number.casefold() not in person.search_text
    assert found(person.passport.number) == []


def test_postgresql_has_an_index_for_parts_of_words(db):
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%' ORDER BY 1")
        names = [name for (name,) in cursor.fetchall()]
    assert names == [
        "portal_accessrecord_search", "portal_outgoingmail_search", "registration_delegate_search", "registration_party_search",
    ]  # fmt: skip
