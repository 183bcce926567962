"""Who is funded: staff decide otherwise in the admin, with a reason and within the limit; and what it costs in people."""

import re
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from logistics.enums import ChangeKind, Outcome
from logistics.models import Benefit, Entitlement, Payer, RuleChange, RuleChangeEffect, TravelNeed
from logistics.queries import costs
from logistics.services import decisions
from rcm_portal.security import roles
from registration.enums import DelegateStatus, PartyKind
from registration.models import Delegate, IncomeClassification
from registration.services.erasing import destroy_person
from registration.signals import personal_data_destroyed
from tests.accounts import make_staff, signed_in
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory

from .factories import PayerFactory, flight, room

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)
LIST = "/admin/logistics/entitlement/"


@pytest.fixture(autouse=True)
def _in_february(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def office():
    return signed_in(make_staff("secretariat", username="officer"))


@pytest.fixture
def workshop():
    return WorkshopFactory()


@pytest.fixture
def people(workshop):
    """RNCOM with four approved people, two tickets."""
    flight(workshop)
    party = PartyFactory(code="RNCOM", kind="civil_society_network", name_es="RROCM", name_en="RNCOM")
    network = DelegationFactory(workshop=workshop, party=party, seat_limit=None)
    found = [
        DelegateFactory(
            delegation=network,
            status=DelegateStatus.APPROVED,
            approved_at=datetime(2022, 2, number, 12, tzinfo=UTC),
            surnames=name,
        )
        for number, name in enumerate(("Primera", "Segunda", "Tercera", "Cuarta"), start=1)
    ]
    decisions.decide(workshop=workshop, now=NOW)
    return found


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rows(*people):
    return [Entitlement.objects.get(delegate=person).pk for person in people]


def act(office, action, *people, **more):
    data = {"action": action, "_selected_action": rows(*people), **more}
    return office.post(LIST, data, follow=True)


def funded():
    found = Entitlement.objects.filter(grant_number__isnull=False).select_related("delegate")
    return {row.delegate.surnames for row in found}


def test_staff_put_somebody_first_with_a_reason_and_the_history_says_who_lost(office, people):
    asked = act(office, "grant_selected", people[3])
    assert "Cuarta" in text(asked)
    assert funded() == {"Primera", "Segunda"}
    nothing = act(office, "grant_selected", people[3], reason=" ")
    assert nothing.status_code == 400
    assert "This field is required." in text(nothing)
    done = act(office, "grant_selected", people[3], reason="speaks in item 6")
    page = text(done)
    assert "comes first for “Return air ticket”." in page
    assert "1 person gained a benefit." in page
    assert "1 person lost a benefit." in page
    assert "Decided by staff: speaks in item 6" in page
    assert funded() == {"Primera", "Cuarta"}
    change = RuleChange.objects.get()
    assert (change.kind, change.note, change.by.username) == (
        ChangeKind.OVERRIDE,
        "speaks in item 6",
        "officer",
    )
    read = text(office.get(f"/admin/logistics/rulechange/{change.pk}/change/"))
    assert "Segunda" in read
    assert "Return air ticket: decision of staff: — → granted" in read


def test_staff_never_pass_the_limit(office, people):
    page = text(act(office, "grant_selected", *people[1:], reason="all of them"))
    assert "Return air ticket is for 2 of RNCOM, and staff already chose:" in page
    assert len(funded()) == 2
    assert Entitlement.objects.filter(override=True).count() == 2


def test_a_benefit_is_taken_back_and_given_to_the_rule_again(office, people):
    act(office, "withdraw_selected", people[0], reason="lives here")
    assert funded() == {"Segunda", "Tercera"}
    page = text(act(office, "clear_selected", people[0]))
    assert "1 decision is left to the rule again." in page
    assert funded() == {"Primera", "Segunda"}
    assert list(RuleChange.objects.values_list("kind", flat=True)) == [
        ChangeKind.CLEARED,
        ChangeKind.OVERRIDE,
    ]


def test_a_place_that_nobody_needs_is_offered_to_the_next_of_the_delegation(office, workshop, people):
    TravelNeed.objects.create(delegate=people[1], answered_at=NOW, flight_plan="none")
    decisions.decide(workshop=workshop, now=NOW)
    home = office.get("/admin/")
    assert "places not needed that others of the delegation wait for" in text(home)
    unused = f"{LIST}?benefit__workshop__id__exact={workshop.pk}&unused=yes"
    assert unused.replace("&", "&amp;") in home.text
    listed = text(office.get(unused))
    assert "Segunda" in listed
    assert "Primera" not in listed
    page = text(act(office, "pass_on_selected", people[1], reason="drives here"))
    assert "is taken back from" in page
    assert funded() == {"Primera", "Tercera"}
    assert "Segunda" not in text(office.get(unused))
    # Nobody's place is taken who needs it, and none is passed on where nobody waits.
    assert "This place is needed" in text(act(office, "pass_on_selected", people[0], reason="x"))
    assert "This place is needed" in text(act(office, "pass_on_selected", people[3], reason="x"))
    assert funded() == {"Primera", "Tercera"}
    act(office, "clear_selected", people[1])
    assert funded() == {"Primera", "Segunda"}


def test_the_page_of_one_decision_has_the_same_buttons(office, people):
    row = rows(people[3])[0]
    html = office.get(f"{LIST}{row}/change/").content.decode()
    assert f'name="_selected_action" value="{row}"' in html
    assert re.search(rf'value="grant_selected"\s+formaction="{LIST}"', html)


def test_what_the_party_does_not_get_cannot_be_granted(office, workshop, people):
    term = workshop.benefits.get().terms.get()
    term.parties = ["BLZ"]
    term.save()
    decisions.decide(workshop=workshop, now=NOW)
    page = text(act(office, "grant_selected", people[0], reason="please"))
    assert "Staff cannot grant this: the rule does not cover the party or the role" in page
    assert funded() == set()


def test_only_those_who_may_decide_see_the_actions(workshop, people):
    user = make_staff("secretariat")
    client = signed_in(user)
    group = Group.objects.get(name=roles.EXECUTIVE_SECRETARIAT)
    group.permissions.remove(
        *group.permissions.filter(codename__in=["override_entitlement", "confirm_entitlement"])
    )
    assert "grant_selected" not in client.get(LIST).content.decode()
    act(client, "grant_selected", people[3], reason="please")
    assert funded() == {"Primera", "Segunda"}


def test_the_payers_confirmation_is_recorded(office, people):
    page = text(act(office, "confirm_selected", *people))
    assert "2 decisions confirmed." in page
    assert (
        Entitlement.objects.filter(confirmed_at__isnull=False, confirmed_by__username="officer").count() == 2
    )


def test_reasons_that_staff_wrote_go_with_the_persons_data(office, people):
    act(office, "grant_selected", people[3], reason="ill in February")
    with transaction.atomic():
        personal_data_destroyed.send(sender=Delegate, delegate=people[3])
    kept = [
        *Entitlement.objects.values_list("override_reason", "detail"),
        *RuleChange.objects.values_list("note", "differences"),
        *RuleChangeEffect.objects.values_list("reason", "detail"),
    ]
    assert "ill in February" not in str(kept)
    assert funded() == {"Primera", "Cuarta"}
    decisions.decide(workshop=people[3].workshop, now=NOW)
    assert funded() == {"Primera", "Cuarta"}
    assert RuleChange.objects.get().gained == 1


def test_the_list_needs_as_many_queries_for_three_as_for_one(office, people, django_assert_max_num_queries):
    counts = []
    for keep in (1, 3):
        Entitlement.objects.exclude(delegate__in=people[:keep]).delete()
        if keep == 3:
            decisions.decide(workshop=people[0].workshop, now=NOW)
        with django_assert_max_num_queries(32) as queries:
            office.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# ── Cost in people ───────────────────────────────────────────────────────────────────────────────────────────────────


def lines(found):
    return {(line.payer.code, line.benefit.code if line.benefit else ""): line for line in found}


def test_totals_by_benefit_and_payer_count_each_person_once(office, workshop, people):
    belize = PartyFactory(code="BLZ", name_es="Belice", name_en="Belize")
    IncomeClassification.objects.create(party=belize, group="lower_middle", valid_from=date(2021, 7, 1))
    delegation = DelegationFactory(workshop=workshop, party=belize)
    guest = DelegateFactory(delegation=delegation, status=DelegateStatus.APPROVED, approved_at=NOW)
    TravelNeed.objects.create(delegate=guest, flight_plan="own")
    room(workshop)
    room(workshop, code="lunch", kind="lunch", name_en="Lunch", limit=1, position=3)
    decisions.decide(workshop=workshop, now=NOW)
    found = lines(costs.totals(workshop))
    ticket = found["IOM", "air_ticket"]
    assert (ticket.entitled, ticket.not_needed, ticket.over_limit, ticket.not_entitled, ticket.most) == (
        2,
        1,
        2,
        0,
        4,
    )
    assert (found["SEGOB", "accommodation"].granted, found["SEGOB", "accommodation"].most) == (1, 2)
    assert (found["SEGOB", "lunch"].granted, found["SEGOB", "lunch"].most) == (1, 1)
    assert (found["SEGOB", ""].granted, found["SEGOB", ""].not_entitled, found["SEGOB", ""].most) == (1, 4, 2)
    page = text(office.get(LIST))
    assert "What it costs in people" in page
    assert re.search(r"International Organization for Migration Return air ticket 2 1 2 0", page)
    assert re.search(r"Ministry of the Interior people in all, each once 1 0 0 4", page)
    filtered = text(office.get(f"{LIST}?outcome=over_limit"))
    assert re.search(r"International Organization for Migration Return air ticket 0 0 2 0", filtered)
    assert "Return air ticket 2 1 2 0" in text(office.get("/admin/logistics/benefit/"))


def test_every_public_table_ends_with_its_total(client, workshop, people):
    room(workshop)
    page = text(client.get(f"/en/{workshop.slug}/who-pays/"))
    assert page.count("Total at most") == 4
    assert "International Organization for Migration: 2 people" in page
    assert "Ministry of the Interior: 0 people" in page
    page = text(client.get(f"/es/{workshop.slug}/who-pays/"))
    assert page.count("Total, como máximo") == 4


# ── Rules built in the admin ─────────────────────────────────────────────────────────────────────────────────────────


def new_benefit(workshop, payer, **changes):
    return {
        "workshop": workshop.pk,
        "payer": payer.pk,
        "code": "visa_fee",
        "kind": "other",
        "name_es": "Tasa del visado",
        "name_en": "Visa fee",
        "quantity": 1,
        "unit": "service",
        "limit": 1,
        "dates": "",
        "clause_es": "párrafo 9",
        "clause_en": "paragraph 9",
        "clause_text_es": "",
        "clause_text_en": "",
        "position": 9,
        "terms-TOTAL_FORMS": 2,
        "terms-INITIAL_FORMS": 0,
        "terms-0-effect": "include",
        "terms-0-kinds": [PartyKind.CIVIL_SOCIETY_NETWORK],
        "terms-1-effect": "exclude",
        "terms-1-parties": ["BLZ"],
        **changes,
    }


def test_a_third_payer_and_a_benefit_need_no_programmer(office, client, workshop, people):
    data = {
        "code": "SICA",
        "name_es": "SICA",
        "name_en": "Central American Integration System",
        "staff_group": "",
    }
    assert office.post("/admin/logistics/payer/add/", data).status_code == 302
    payer = Payer.objects.get(code="SICA")
    DelegationFactory(workshop=workshop, party=PartyFactory(code="BLZ", name_en="Belize"))
    answer = office.post("/admin/logistics/benefit/add/", new_benefit(workshop, payer), follow=True)
    assert "1 person gained a benefit." in text(answer)
    benefit = Benefit.objects.get(code="visa_fee")
    assert [term.position for term in benefit.terms.all()] == [1, 2]
    assert Entitlement.objects.get(benefit=benefit, outcome=Outcome.ENTITLED).delegate == people[0]
    for language, words in (
        ("en", ("Visa fee", "Central American Integration System", "This is for every party of this kind.")),
        ("es", ("Tasa del visado", "SICA", "Corresponde a todos los países u organizaciones de este tipo.")),
    ):
        page = text(client.get(f"/{language}/{workshop.slug}/who-pays/"))
        for each in words:
            assert each in page
    change = RuleChange.objects.get()
    assert change.gained == 1
    read = text(office.get("/admin/logistics/rulechange/"))
    assert "Visa fee: who gets it: — → civil society network; but not: Belize" in read


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"terms-0-kinds": [], "terms-1-parties": [], "terms-1-effect": "include"},
            "Say who gets it: at least one line is needed.",
        ),
        (
            {"terms-0-kinds": [], "terms-0-effect": "exclude"},
            "Choose parties, kinds of party or income groups.",
        ),
        ({"terms-0-income_groups": ["middle"]}, "middle is not one of the available choices"),
        ({"name_es": ""}, "This field is required."),
        ({"limit": "two"}, "Enter a whole number."),
        ({"quantity": "0"}, "greater than or equal to 1"),
        ({"dates": "30 March"}, "“30” is not a date such as 2022-03-30."),
        ({"dates": "2022-03-30\n2022-03-30"}, "A day stands here twice."),
        (
            {"unit": "night", "quantity": "2", "dates": "2022-03-30"},
            "There are not as many dates as the quantity says.",
        ),
        ({"code": "air_ticket"}, "This workshop has a benefit of this code already."),
    ],
)
def test_a_mistake_in_a_rule_stands_beside_its_field_and_nothing_is_saved(
    office, workshop, people, changes, words
):
    answer = office.post("/admin/logistics/benefit/add/", new_benefit(workshop, PayerFactory(), **changes))
    assert answer.status_code == 200
    assert words in text(answer)
    assert Benefit.objects.count() == 1
    assert not RuleChange.objects.exists()


def test_a_code_is_not_changed_to_that_of_another_benefit(office, workshop, people):
    bed = room(workshop)
    term = bed.terms.get()
    data = new_benefit(workshop, bed.payer, code="air_ticket") | {
        "terms-TOTAL_FORMS": 1,
        "terms-INITIAL_FORMS": 1,
        "terms-0-id": term.pk,
        "terms-0-benefit": bed.pk,
    }
    answer = office.post(f"/admin/logistics/benefit/{bed.pk}/change/", data)
    assert answer.status_code == 200
    assert "This workshop has a benefit of this code already." in text(answer)


def test_a_party_that_is_gone_stays_on_its_list_until_it_is_unticked(office, workshop, people):
    benefit = workshop.benefits.get()
    html = office.get(f"/admin/logistics/benefit/{benefit.pk}/change/").content.decode()
    assert re.search(r'value="BLZ"[^>]*checked', html)
    assert not Delegate.objects.filter(delegation__party__code="BLZ").exists()


@pytest.mark.parametrize("action", ["withdraw_selected", "grant_selected", "clear_selected"])
def test_no_reason_is_kept_about_somebody_whose_data_are_destroyed(office, people, action):
    """The page may have been open while they were."""
    person = people[0]
    if action == "clear_selected":
        act(office, "grant_selected", person, reason="speaks")
    destroy_person(delegate=person, now=NOW)
    done = act(office, action, person, reason="She is ill")
    assert "The personal data of this registration are destroyed" in text(done)
    assert "She is ill" not in f"{[*Entitlement.objects.values()]} {[*RuleChange.objects.values()]}"
    assert "to the rule again." not in text(done)
