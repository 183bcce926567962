"""The travel page: asked where something is paid for, explained where not; what is kept, and what follows from it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from logistics.enums import Outcome
from logistics.models import Airport, Benefit, Entitlement, TravelNeed, TravelRules
from logistics.rules.needs import Window
from logistics.services import decisions, rooms, travel_needs
from rcm_portal.registry import joined
from registration.documents.links import my_token
from registration.enums import DelegateStatus
from registration.exceptions import NotChangeable
from registration.models import Delegate, Delegation, IncomeClassification, Passport
from registration.questions import owed_items
from registration.rules.visas import VisaNeed
from registration.services.transitions import DELEGATE, staff
from registration.signals import personal_data_destroyed
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory

from .factories import flight, room

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_time(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def workshop():
    workshop = WorkshopFactory()
    flight(workshop)
    room(workshop, dates=["2022-03-30", "2022-03-31"])
    for code, group in (("BLZ", "lower_middle"), ("CAN", "high")):
        party = PartyFactory(code=code, name_es=f"País {code}", name_en={"CAN": "Canada"}.get(code, "Belize"))
        IncomeClassification.objects.create(party=party, group=group, valid_from=date(2021, 7, 1))
        DelegationFactory(workshop=workshop, party=party)
    TravelRules.objects.create(
        workshop=workshop,
        outward_not_before=date(2022, 3, 30),
        return_not_before=datetime(2022, 4, 1, 22, 30, tzinfo=UTC),
        destination="MEX",
        waived_by=["USA", "SCHENGEN"],
        transit_countries=["USA"],
    )
    Airport.objects.create(
        workshop=workshop, code="BZE", country="BLZ", city_es="Ciudad de Belice", city_en="Belize City"
    )
    return workshop


def approved(workshop, code="BLZ", **facts):
    delegation = workshop.delegations.get(party__code=code)
    person = DelegateFactory(
        delegation=delegation, status=DelegateStatus.APPROVED, approved_at=IN_TIME, **facts
    )
    decisions.decide(workshop=workshop, now=NOW)
    return person


def address(person, language="en"):
    return f"/{language}/{person.workshop.slug}/my/{my_token(person)}/travel/"


def filled_in(**changes):
    data = {
        "flight_plan": "payer",
        "departure_airport": "BZE",
        "arrive_from": "2022-03-30",
        "return_by": "2022-04-02",
        "room_needed": "True",
        "nights": ["2022-03-30", "2022-03-31"],
        "entry_basis": "passport",
        "emergency_contact": "Ana, +501 222 3344",
        "needs_consent": "on",
        **changes,
    }
    return {name: value for name, value in data.items() if value is not None}


def errors(client, person, **changes):
    response = client.post(address(person), filled_in(**changes))
    assert response.status_code == 400
    assert not TravelNeed.objects.exists()
    return {name: " ".join(found) for name, found in response.context["form"].errors.items()}


def test_before_approval_there_is_no_such_page(client, workshop):
    person = DelegateFactory(delegation=workshop.delegations.get(party__code="BLZ"))
    assert client.get(address(person)).status_code == 404
    assert client.post(address(person), filled_in()).status_code == 400
    assert not TravelNeed.objects.exists()


def test_after_the_last_day_nobody_is_led_to_a_form_that_is_not_taken(client, workshop, time_machine):
    person = approved(workshop)
    own = address(person).removesuffix("travel/")
    assert address(person) in client.get(own).text
    time_machine.move_to(datetime(2022, 4, 2, 12, tzinfo=UTC), tick=False)
    assert address(person) not in client.get(own).text
    assert "Please tell us how you travel" not in client.get(own).text
    assert client.get(address(person)).status_code == 404
    refused = client.post(address(person), filled_in())
    assert refused.status_code == 400
    assert "has ended" in refused.text and "Ana, +501 222 3344" in refused.text
    assert not TravelNeed.objects.exists()


def test_what_is_asked_goes_with_what_is_paid(client, workshop):
    belize, canada = approved(workshop), approved(workshop, "CAN")
    page = client.get(address(belize)).content.decode()
    for words in (
        "Flights are bought from 30 March 2022 on.",
        "Not before 1 April 2022, 16:30.",
        "tickets you buy yourself are not reimbursed",
        "Mexico City time",
        "night of 1 April 2022: not paid for, at your own cost",
        "none is shared",
        "Belize City (BZE)",
    ):
        assert words in page, words
    form = client.get(address(canada)).context["form"]
    assert set(form.fields) == {
        "flight_plan",
        "own_arrival_flight",
        "own_arrives_at",
        "own_departure_flight",
        "own_departs_at",
        "entry_basis",
        "entry_sure",
        "visas_held",
        "emergency_contact",
        "needs_consent",
    }
    page = client.get(address(canada)).content.decode()
    assert "Canada is a country of high income" in page
    assert "Canada is not on the payer" in page
    assert "vuelo" not in page


def test_the_answer_is_kept_and_no_longer_owed(client, workshop):
    person = approved(workshop)
    owed = joined(answer(delegates=[person]) for answer in owed_items)[person.pk]
    assert [(each.code, each.done) for each in owed] == [("travel", False)]
    response = client.post(
        address(person),
        filled_in(
            nights=["2022-03-30", "2022-03-31", "2022-04-01"],
            meal="MOML",
            assistance=["WCHR", "BLND"],
            sensitive_consent="on",
            frequent_flyer="av123456789",
            contact_consent="on",
            visas_held=["USA"],
        ),
    )
    assert response.status_code == 302
    need = TravelNeed.objects.get(delegate=person)
    assert (need.departure_airport, need.departure_city) == ("BZE", "")
    assert (need.meal, need.assistance, need.frequent_flyer) == ("MOML", "WCHR BLND", "AV 123456789")
    assert need.nights == ["2022-03-30", "2022-03-31", "2022-04-01"]
    assert need.contact_consent
    passport = Passport.objects.get(delegate=person)
    assert (passport.entry_basis, passport.visas_held) == ("passport", ["USA"])
    person.refresh_from_db()
    assert person.emergency_contact == "Ana, +501 222 3344"
    assert person.status == DelegateStatus.APPROVED
    assert joined(answer(delegates=[person]) for answer in owed_items)[person.pk][0].done
    again = client.get(address(person)).context["form"]
    assert again["assistance"].value() == ["WCHR", "BLND"]
    assert (
        "Look at my travel data" in client.get(f"/en/{workshop.slug}/my/{my_token(person)}/").content.decode()
    )


WISHES = {"meal": "VGML", "assistance": ["WCHR"], "needs_detail": "no stairs"}


def saved(person, *, consents, now=NOW, **needs):
    travel_needs.save_needs(
        delegate=person, needs=needs, details={}, passport={}, sensitive_consent=consents, now=now
    )
    return TravelNeed.objects.get(delegate=person)


def test_when_somebody_consented_to_meals_and_assistance_is_kept_and_without_it_neither_is(workshop):
    person, beside = approved(workshop), approved(workshop, "CAN")
    saved(beside, consents=True, **WISHES)
    need = saved(person, consents=True, **WISHES)
    assert (need.sensitive_consent_at, need.meal, need.needs_detail) == (NOW, "VGML", "no stairs")
    need = saved(person, consents=True, now=NOW.replace(hour=13), **WISHES)
    assert (need.sensitive_consent_at, need.answered_at) == (
        NOW,
        NOW.replace(hour=13),
    )  # once given, it stands
    need = saved(person, consents=False, **WISHES)
    assert (need.sensitive_consent_at, need.meal, need.assistance, need.needs_detail) == (None, "", "", "")
    need = saved(person, consents=True, now=NOW.replace(hour=14))
    assert need.sensitive_consent_at == NOW.replace(hour=14)
    assert person.travel_need == need
    travel_needs.destroy_needs(person)
    assert list(TravelNeed.objects.values_list("delegate", flat=True)) == [beside.pk]
    assert not hasattr(person, "travel_need")


def test_the_rules_say_nothing_of_a_passport_that_needs_none_or_that_nobody_knows(workshop):
    TravelRules.objects.update(visa_required=["BLZ", "MEX"])

    def need(person):
        return travel_needs.asked_of(person).visa_need("", [])

    person = approved(workshop, nationality="BLZ")
    assert need(person) == VisaNeed.NEEDED
    assert need(approved(workshop, nationality="MEX")) == VisaNeed.UNKNOWN  # at home
    Passport.objects.filter(delegate=person).delete()
    assert need(Delegate.objects.get(pk=person.pk)) == VisaNeed.UNKNOWN
    unruled = approved(workshop, "CAN", nationality="BLZ")
    assert need(unruled) == VisaNeed.NEEDED
    TravelRules.objects.all().delete()
    assert need(unruled) == VisaNeed.UNKNOWN


def test_the_days_of_flights_are_those_of_the_rules_else_the_eve_of_the_workshop_to_its_last_day(workshop):
    days = (date(2022, 3, 31), date(2022, 4, 1))
    for rules, first, last in (
        (None, date(2022, 3, 30), days[1]),
        (TravelRules(), date(2022, 3, 30), days[1]),
        (TravelRules(outward_not_before=date(2022, 3, 28)), date(2022, 3, 28), days[1]),
        # 3 April, 04:00 in UTC, is the evening of the 2nd at the workshop.
        (
            TravelRules(return_not_before=datetime(2022, 4, 3, 4, tzinfo=UTC)),
            date(2022, 3, 30),
            date(2022, 4, 2),
        ),
    ):
        assert travel_needs.window_of(workshop, rules) == Window(first, last, *days)


def test_the_meals_of_a_day_stand_in_their_order_and_those_of_an_earlier_day_before_them(workshop):
    for code, dates in (
        ("dinner", ["2022-03-31"]),
        ("lunch", ["2022-04-01", "2022-03-31"]),
        ("breakfast", ["2022-03-31"]),
    ):
        room(workshop, code=code, kind=code, unit="meal", dates=dates)
    asked = travel_needs.asked_of(approved(workshop))
    assert [meal.key for meal in asked.meals] == [
        "breakfast/2022-03-31",
        "lunch/2022-03-31",
        "dinner/2022-03-31",
        "lunch/2022-04-01",
    ]
    assert asked.not_asked == []


def test_what_is_paid_is_asked_about_and_what_is_not_is_explained_and_nothing_else(workshop):
    room(workshop, code="venue", kind="venue", unit="service")

    def explained(person):
        return {line.benefit.code for line in travel_needs.asked_of(person).not_paid}

    assert explained(approved(workshop)) == set()
    assert explained(approved(workshop, "CAN")) == {"air_ticket", "accommodation"}


@pytest.mark.parametrize(
    ("code", "rules", "asked"),
    [
        ("BLZ", {}, (True, True)),
        ("CAN", {}, (True, False)),  # no flight is bought
        ("BLZ", {"transit_countries": []}, (True, False)),
        ("BLZ", {"destination": ""}, (False, True)),
        ("BLZ", {"destination": "BLZ"}, (False, True)),  # at home
    ],
)
def test_of_visas_what_the_journey_may_need_is_asked(workshop, code, rules, asked):
    TravelRules.objects.update(**rules)
    found = travel_needs.asked_of(approved(workshop, code, nationality="BLZ"))
    assert (found.entry, found.transit) == asked
    TravelRules.objects.all().delete()
    TravelRules.objects.create(workshop=WorkshopFactory(slug="another"), destination="MEX")
    found = travel_needs.asked_of(found.delegate)
    assert (found.entry, found.transit, found.rules) == (False, False, None)


def test_a_journey_is_said_by_somebody_approved_until_the_last_day_has_passed_and_by_staff_after_it(
    workshop, admin_user
):
    person = approved(workshop)
    midnight = datetime(2022, 4, 2, 6, tzinfo=UTC)  # at the workshop
    before = midnight - timedelta(seconds=1)

    def may(now, by=DELEGATE, who=person):
        return travel_needs.may_answer(who, by=by, now=now)

    assert (may(before), may(midnight), may(midnight, staff(admin_user))) == (True, False, True)
    with pytest.raises(NotChangeable):
        saved(person, consents=False, now=midnight)
    waiting = DelegateFactory(delegation=person.delegation)
    assert not may(before, who=waiting)
    assert not may(before, staff(admin_user), waiting)


def test_of_each_person_their_own_answer_counts_and_a_city_is_as_good_as_an_airport(workshop):
    limit("air_ticket", None)
    Delegation.objects.update(seat_limit=None)
    by_city, by_airport, by_none, silent = (approved(workshop) for _person in range(4))
    waiting = DelegateFactory(delegation=by_city.delegation)
    for person, place in (
        (by_city, {"departure_city": "Belmopan"}),
        (by_airport, {"departure_airport": "BZE"}),
        (by_none, {}),
    ):
        saved(person, consents=False, flight_plan="payer", **place)
    people = [by_city, by_airport, by_none, silent, waiting]
    assert travel_needs.open_travel(people) == {
        by_city.pk: False,
        by_airport.pk: False,
        by_none.pk: True,
        silent.pk: True,
    }
    assert travel_needs.open_travel([waiting]) == {}


def test_of_two_flights_that_are_theirs_the_first_in_order_is_asked_about(workshop):
    first = flight(workshop, code="charter", position=1)
    asked = travel_needs.asked_of(approved(workshop))
    assert asked.flight.benefit == first
    assert travel_needs.asked_of(approved(workshop, "CAN")).flight is None
    assert travel_needs.asked_of(approved(workshop, "CAN")).not_asked == ["accommodation", "air_ticket"]


def test_meals_and_assistance_are_unreadable_in_the_database(client, workshop):
    from django.db import connection

    person = approved(workshop)
    client.post(address(person), filled_in(meal="KSML", assistance=["WCHC"], sensitive_consent="on"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT meal, assistance FROM logistics_travelneed")
        assert not any(code in str(cursor.fetchone()) for code in ("KSML", "WCHC"))


def test_own_ticket_is_recorded_and_the_decision_follows(client, workshop):
    person = approved(workshop)
    own = {
        "flight_plan": "own",
        "own_arrival_flight": "av 645",
        "own_arrives_at": "2022-03-30T14:35",
        "own_departs_at": "2022-04-02T09:00",
    }
    assert client.post(address(person), filled_in(**own)).status_code == 302
    need = TravelNeed.objects.get()
    assert need.own_arrival_flight == "AV645"
    assert need.own_arrives_at == datetime(2022, 3, 30, 20, 35, tzinfo=UTC)
    assert need.departure_airport == ""
    row = Entitlement.objects.get(delegate=person, benefit__code="air_ticket")
    assert row.outcome == Outcome.NOT_NEEDED
    assert 'value="2022-03-30T14:35"' in client.get(address(person)).content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"arrive_from": "2022-03-29"}, "arrive_from", "from 30 March 2022 to 31 March 2022"),
        ({"arrive_from": "2022-04-01"}, "arrive_from", "from 30 March 2022"),
        ({"return_by": "2022-03-31"}, "return_by", "1 April 2022"),
        ({"arrive_from": "never"}, "arrive_from", "day/month/year"),
        ({"departure_airport": ""}, "departure_airport", "choose where"),
        ({"departure_airport": "other"}, "departure_city", "write the city"),
        ({"departure_airport": "XXX"}, "departure_airport", "not one of"),
        ({"nights": []}, "nights", "tick the nights"),
        ({"nights": ["2022-04-09"]}, "nights", "not one of"),
        ({"meal": "KSML"}, "sensitive_consent", "consent"),
        ({"meal": "SPML", "sensitive_consent": "on"}, "needs_detail", "describe"),
        ({"seat": "RQST"}, "needs_detail", "describe the seat"),
        ({"frequent_flyer": "123"}, "frequent_flyer", "airline"),
        ({"flight_plan": "own", "own_arrival_flight": "12345678"}, "own_arrival_flight", "AV 645"),
        (
            {"flight_plan": "own", "own_arrives_at": "2023-03-30T10:00"},
            "own_arrives_at",
            "days of the workshop",
        ),
        (
            {
                "flight_plan": "own",
                "own_arrives_at": "2022-04-01T10:00",
                "own_departs_at": "2022-04-01T09:00",
            },
            "own_departs_at",
            "after the arrival",
        ),
        ({"entry_basis": "other_visa"}, "visas_held", "tick which"),
        ({"entry_basis": None}, "entry_basis", "required"),
        ({"flight_plan": None}, "flight_plan", "required"),
    ],
)
def test_bad_input_is_named_beside_its_field(client, workshop, changes, field, words):
    assert words in errors(client, approved(workshop), **changes)[field]


def test_nobody_takes_a_ticket_that_is_not_theirs_through_extra_fields(client, workshop):
    canada = approved(workshop, "CAN")
    found = client.post(address(canada), filled_in())
    assert found.status_code == 400
    assert "flight_plan" in found.context["form"].errors
    assert client.post(address(canada), filled_in(flight_plan="own")).status_code == 302
    need = TravelNeed.objects.get()
    assert (need.departure_airport, need.room_needed, need.nights) == ("", True, [])
    assert need.declined == frozenset()  # what was not asked is not declined


def test_another_persons_link_is_404(client, workshop):
    person = approved(workshop)
    assert client.get(address(person)[:-3] + "x/").status_code == 404


def owes_travel(person):
    return not joined(answer(delegates=[person]) for answer in owed_items)[person.pk][0].done


def limit(code, number):
    benefit = Benefit.objects.get(code=code)
    benefit.limit = number
    decisions.change_benefit(benefit=benefit, now=NOW)


@pytest.mark.parametrize("code", ["air_ticket", "accommodation", "lunch"])
def test_somebody_to_whom_a_benefit_falls_later_is_asked_again_and_has_declined_nothing(
    client, workshop, code
):
    lunch(workshop)
    limit(code, 1)
    approved(workshop)
    second = approved(workshop)
    answer = {"flight_plan": "none"} if code == "air_ticket" else {"nights": ["2022-03-31"]}
    if code != "lunch":
        answer["meals"] = ["lunch/2022-03-31"]
    assert client.post(address(second), filled_in(**answer)).status_code == 302
    assert not owes_travel(second)
    limit(code, 2)
    assert owes_travel(second)
    row = Entitlement.objects.get(delegate=second, benefit__code=code)
    assert row.outcome == Outcome.ENTITLED  # not "entitled, not needed": nobody asked


def lunch(workshop):
    return room(
        workshop,
        code="lunch",
        kind="lunch",
        name_es="Almuerzo",
        name_en="Lunch",
        unit="meal",
        quantity=1,
        dates=["2022-03-31"],
    )


def test_meals_that_are_paid_are_asked_about_and_can_be_left_out(client, workshop):
    lunch(workshop)
    person, canada = approved(workshop), approved(workshop, "CAN")
    page = client.get(address(person))
    assert page.context["form"]["meals"].value() == ["lunch/2022-03-31"]
    assert "Lunch, 31 March 2022" in page.content.decode()
    assert "meals" not in client.get(address(canada)).context["form"].fields
    assert client.post(address(person), filled_in(meals=[])).status_code == 302
    assert TravelNeed.objects.get().meals_declined == ["lunch/2022-03-31"]
    assert Entitlement.objects.get(delegate=person, benefit__code="lunch").outcome == Outcome.NOT_NEEDED
    assert client.get(address(person)).context["form"]["meals"].value() == []
    assert client.post(address(person), filled_in(meals=["lunch/2022-03-31"])).status_code == 302
    assert Entitlement.objects.get(delegate=person, benefit__code="lunch").outcome == Outcome.ENTITLED


def test_whoever_flies_on_a_bought_ticket_is_asked_for_transit_visas_whatever_the_passport(client, workshop):
    """A route may lead through the United States even for a citizen of the host country."""
    person = approved(workshop, nationality="MEX")
    form = client.get(address(person)).context["form"]
    assert "visas_held" in form.fields
    assert "entry_basis" not in form.fields
    client.post(address(person), filled_in(entry_basis=None, visas_held=["USA"]))
    assert Passport.objects.get(delegate=person).visas_held == ["USA"]


def test_nights_that_staff_decided_for_another_are_not_theirs(workshop):
    person, beside = approved(workshop), approved(workshop, "CAN")
    assert travel_needs.asked_of(person).decided_nights is None
    rooms.decide_room(delegate=beside, nights=[date(2022, 3, 31)], reason="x", by=None, now=NOW)
    assert travel_needs.asked_of(person).decided_nights is None
    assert travel_needs.asked_of(beside).decided_nights == (date(2022, 3, 31),)


def test_nights_that_staff_decided_are_said_on_the_page(client, workshop, django_user_model):
    person = approved(workshop)
    by = django_user_model.objects.create(username="staff")
    rooms.decide_room(
        delegate=person, nights=[date(2022, 3, 31), date(2022, 4, 1)], reason="late flight", by=by, now=NOW
    )
    page = client.get(address(person)).content.decode()
    assert "booked the night of: 31 March 2022, 1 April 2022." in page
    assert "late flight" not in page  # staff's words are for staff
    rooms.decide_room(delegate=person, nights=[], reason="lives here", by=by, now=NOW)
    assert "booked no room for you" in client.get(address(person)).content.decode()


def test_asking_needs_two_queries_for_any_number(workshop, django_assert_num_queries):
    people = [approved(workshop), approved(workshop, "CAN")]
    for group in (people[:1], people):
        with django_assert_num_queries(2):
            joined(answer(delegates=group) for answer in owed_items)


@pytest.mark.parametrize(
    ("details", "passport"), [({"phone": "+501 222 0000"}, {}), ({}, {"issuing_country": "GTM"})]
)
def test_what_the_registration_asks_too_is_kept_there_with_or_without_the_passport(
    workshop, details, passport
):
    person = approved(workshop)
    Passport.objects.get_or_create(delegate=person)
    travel_needs.save_needs(
        delegate=person, needs={}, details=details, passport=passport, sensitive_consent=False, now=NOW
    )
    person = Delegate.objects.select_related("passport").get(pk=person.pk)
    assert {name: getattr(person, name) for name in details} == details
    assert {name: getattr(person.passport, name) for name in passport} == passport


def test_travel_needs_are_destroyed_with_the_rest(client, workshop):
    person = approved(workshop)
    client.post(address(person), filled_in())
    personal_data_destroyed.send(sender=Delegate, delegate=person)
    assert not TravelNeed.objects.exists()


def test_the_page_in_spanish(client, workshop):
    person = approved(workshop)
    page = client.get(address(person, "es")).content.decode()
    for words in ("Mis datos de viaje", "no se reembolsan", "Ciudad de Belice (BZE)"):
        assert words in page
