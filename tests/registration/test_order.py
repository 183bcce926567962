"""Where countries and parties stand in lists: by the language's alphabet, the workshop's own first, in two groups."""

import re
from importlib import import_module
from types import SimpleNamespace
from typing import ClassVar

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.utils.translation import override
from django_countries import Countries

from rcm_portal.output.country_names import UNITED_NATIONS
from registration.enums import PartyKind
from registration.models import Delegation, Party
from registration.rules import countries
from registration.rules.listing.party_order import party_order
from tests import accounts
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory
from tests.loaded import note_loaded

# The note's own order, in both languages.
COUNTRIES = ["BLZ", "CAN", "CRI", "SLV", "USA", "GTM", "HND", "MEX", "NIC", "PAN", "DOM"]


@pytest.fixture
def note(db, settings):
    return note_loaded()


class OfTheLibrary(Countries):
    """As they would be without our corrections."""

    override: ClassVar = {}


def names(language: str) -> list[str]:
    with override(language):
        groups = dict(countries.choices()[1:])
        return [name for code, name in groups["Countries" if language == "en" else "Países"]]


def groups_of(page: str, name: str) -> list[tuple[str, list[str]]]:
    """The headings of a select and the values under each."""
    select = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)[0]
    found = re.findall(r'<optgroup label="([^"]*)">(.*?)</optgroup>', select, re.DOTALL)
    return [(title, re.findall(r'value="([^"]*)"', options)) for title, options in found]


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("es", "Mauricio", "México"),
        ("es", "México", "Micronesia (Estados Federados de)"),
        ("es", "Emiratos Árabes Unidos", "Eritrea"),
        ("es", "Omán", "Países Bajos (Reino de los)"),
        ("en", "Albania", "Algeria"),
        ("en", "Åland Islands", "Albania"),
        ("en", "Türkiye", "Turkmenistan"),
        ("en", "Côte d’Ivoire", "Croatia"),
    ],
)
def test_countries_stand_where_the_alphabet_puts_them(language, before, after):
    listed = names(language)
    assert listed.index(before) < listed.index(after)


@pytest.mark.parametrize("chosen", ["", None, "MEX", "FRA", "XXA"])
def test_the_list_has_each_country_once_and_shows_the_one_that_was_chosen(chosen):
    field = countries.CountryField()
    field.put_first(("MEX", "BLZ", "of-no-country"))
    html = field.widget.render("nationality", chosen)
    values = re.findall(r'<option value="([^"]*)"', html)
    assert values[:3] == ["", "MEX", "BLZ"]
    assert sorted(values) == sorted({"", *countries._names("en")})
    assert re.findall(r'<option value="([^"]*)" selected>', html) == [chosen or ""]


def test_what_is_no_country_is_shown_as_none_chosen():
    html = countries.CountryField().widget.render("nationality", '"><script>')
    assert " selected" not in html and not re.search("<optgroup[^>]*></optgroup>", html)


def test_nobody_stands_at_the_end_for_an_accent():
    assert names("es")[-1] == "Zimbabwe"
    assert names("en")[-1] == "Zimbabwe"


@pytest.mark.parametrize(
    ("code", "english", "spanish"),
    [
        ("SWZ", "Eswatini", "Eswatini"),
        ("TTO", "Trinidad and Tobago", "Trinidad y Tabago"),
        ("CZE", "Czechia", "Chequia"),
        ("TUR", "Türkiye", "Türkiye"),
        ("VNM", "Viet Nam", "Viet Nam"),
        ("BOL", "Bolivia (Plurinational State of)", "Bolivia (Estado Plurinacional de)"),
        ("USA", "United States of America", "Estados Unidos de América"),
        ("BHS", "Bahamas", "Bahamas"),
        ("CAF", "Central African Republic", "República Centroafricana"),
        ("AND", "Andorra", "Andorra"),
        ("XXA", "Stateless person", "Persona apátrida"),
        ("ZZZ", "ZZZ", "ZZZ"),
    ],
)
def test_countries_are_called_as_the_united_nations_call_them(code, english, spanish):
    for language, name in (("en", english), ("es", spanish)):
        with override(language):
            assert countries.country_name(code) == name


def test_only_names_that_differ_are_listed():
    """Else the library's own corrections would never be seen."""
    library: dict[str, list[str]] = {}
    ours: dict[str, list[str]] = {}
    for language in ("en", "es"):
        with override(language):
            for code, name in OfTheLibrary():
                if code in UNITED_NATIONS:
                    library.setdefault(code, []).append(name)
                    ours.setdefault(code, []).append(str(UNITED_NATIONS[code]))
    assert library.keys() == UNITED_NATIONS.keys()
    assert {code for code, names in ours.items() if names == library[code]} == set()


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [("en", "Member Countries", "Other countries"), ("es", "Países Miembros", "Otros países")],
)
@pytest.mark.parametrize("field", ["nationality", "issuing_country"])
def test_the_workshops_own_countries_stand_first(note, client, in_time, language, first, second, field):
    page = client.get(f"/{language}/imrf-2022/register/").text
    groups = groups_of(page, field)
    assert [title for title, _codes in groups][:2] == [first, second]
    own, others = groups[0][1], groups[1][1]
    assert own == COUNTRIES
    assert not set(own) & set(others)
    assert len(own) + len(others) == 249


def shown_as_chosen(page: str) -> list[str]:
    select = re.search(r'<select[^>]*name="nationality".*?</select>', page, re.DOTALL)[0]
    return re.findall(r'value="(\w*)" selected', select)


def test_no_country_is_chosen_before_somebody_chooses_one(note, client, in_time):
    assert shown_as_chosen(client.get("/en/imrf-2022/register/").text) == [""]
    assert shown_as_chosen(client.post("/es/imrf-2022/register/", {"nationality": ""}).text) == [""]


def test_a_country_of_either_group_is_taken_and_shown_again(note, client, in_time):
    for code in ("MEX", "FRA", "XXA"):
        assert shown_as_chosen(client.post("/en/imrf-2022/register/", {"nationality": code}).text) == [code]
    assert "Select a valid choice" in client.post("/en/imrf-2022/register/", {"nationality": "ZZZ"}).text


# Parties


def test_the_order_of_the_note_is_kept_and_organisations_follow(note):
    listed = list(Party.objects.all())
    assert [party.code for party in listed][: len(COUNTRIES)] == COUNTRIES
    assert PartyKind.MEMBER_COUNTRY not in {party.kind for party in listed[len(COUNTRIES) :]}
    invited = [each.party for each in Delegation.objects.all()]
    assert invited == [party for party in listed if party in invited]
    assert len(invited) > len(COUNTRIES)


def test_accents_and_organisations_have_their_place():
    country, organisation = PartyKind.MEMBER_COUNTRY, PartyKind.INTERNATIONAL_ORGANISATION
    listed = [
        (organisation, "Agencia"),
        (country, "Zimbabwe"),
        (country, "Áfrico"),
        (country, "Bonn"),
        (country, "Boñar"),
    ]
    assert sorted(listed, key=lambda each: party_order(*each)) == [listed[i] for i in (2, 3, 4, 1, 0)]


def test_a_party_that_is_renamed_or_becomes_another_kind_takes_its_new_place(db):
    first, second = PartyFactory(name_es="Bélgica"), PartyFactory(name_es="Chile")
    first.name_es = "Égalité"
    first.save(update_fields=["name_es"])
    assert list(Party.objects.all()) == [second, first]
    Party.objects.filter(pk=second.pk).update(kind=PartyKind.REGIONAL_PROCESS)
    assert list(Party.objects.all()) == [first, second]


@pytest.mark.parametrize(
    ("language", "titles"),
    [("en", ["Member Countries", "Organisations"]), ("es", ["Países Miembros", "Organizaciones"])],
)
def test_delegations_are_chosen_in_two_groups(note, client, in_time, language, titles):
    groups = groups_of(client.get(f"/{language}/imrf-2022/register/").text, "delegation")
    assert [title for title, _codes in groups] == titles
    assert groups[0][1] == COUNTRIES
    assert "RNCOM" in groups[1][1]


def test_a_full_delegation_says_so_in_its_group(db, client, in_time):
    belize = DelegationFactory(seat_limit=1)
    DelegateFactory(delegation=belize)
    DelegationFactory(party=PartyFactory(code="RNCOM", kind=PartyKind.CIVIL_SOCIETY_NETWORK))
    page = client.get("/en/imrf-2022/register/").text
    assert groups_of(page, "delegation") == [("Member Countries", ["BLZ"]), ("Organisations", ["RNCOM"])]
    assert "Belize (no seat left)" in page


STAFF_PAGES = [
    ("/admin/registration/delegation/add/", "party"),
    ("/admin/registration/incomeclassification/add/", "party"),
    ("/admin/registration/workshop/{workshop}/change/", "host"),
    ("/admin/registration/workshop/{workshop}/change/", "presidency"),
    ("/admin/registration/delegate/add/", "delegation"),
    ("/admin/registration/delegate/{delegate}/move/", "delegation"),
    ("/admin/agenda/agendaitem/add/", "country_slots-__prefix__-party"),
    ("/admin/agenda/agendaitem/add/", "presenters-__prefix__-party"),
]


@pytest.mark.parametrize(("address", "field"), STAFF_PAGES)
def test_staff_choose_parties_in_two_groups(note, in_time, address, field):
    delegate = DelegateFactory(delegation=Delegation.objects.get(party__code="BLZ"))
    client = accounts.signed_in(accounts.make_staff("superuser"))
    page = client.get(address.format(workshop=note.pk, delegate=delegate.pk))
    assert page.status_code == 200, address
    assert [title for title, _values in groups_of(page.text, field)] == ["Member Countries", "Organisations"]


@pytest.mark.parametrize(
    "address", ["registration/delegate", "logistics/entitlement", "registration/incomeclassification"]
)
def test_the_filter_of_a_list_has_the_two_groups(note, in_time, address):
    client = accounts.signed_in(accounts.make_staff("superuser"))
    page = client.get(f"/admin/{address}/").text
    part = page[page.index("By party") :] if "By party" in page else page
    assert re.findall(r"<h4>(.*?)</h4>", part)[:2] == ["Member Countries", "Organisations"]
    assert part.index("Belice" if "Belice" in part else "Belize") < part.index("<h4>Organisations</h4>")


@pytest.mark.parametrize("address", ["who-pays/", "register/"])
def test_pages_list_delegations_under_the_two_headings(note, client, in_time, address):
    page = client.get(f"/en/imrf-2022/{address}").text
    assert page.index("Member Countries") < page.index("Organisations")


def test_parties_that_were_there_before_have_their_place(note):
    orders = dict(Party.objects.values_list("pk", "sort_key"))
    Party.objects.update(sort_key="")
    filling = import_module("registration.migrations.0020_party_order")
    filling.fill(apps, SimpleNamespace(connection=connection))
    assert dict(Party.objects.values_list("pk", "sort_key")) == orders
    assert all(orders.values())


def test_every_list_of_parties_uses_the_one_order():
    """No list of the admin orders by a party's name, which a database sorts by bytes or by its own collation."""
    ordered = [
        str(page.get_ordering(None)) + str(page.model._meta.ordering)
        for page in admin.site._registry.values()
    ]
    assert not any("party__name_es" in each for each in ordered)
