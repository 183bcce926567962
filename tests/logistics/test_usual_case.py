"""The usual journey as one sentence: said where a ticket is bought, kept exactly as it was said, changed in the steps."""

import re
from datetime import UTC, date, datetime, time

import pytest

from logistics.models import Airport, Benefit, ScopeTerm, TravelNeed, TravelRules
from logistics.rules.needs import Window
from logistics.rules.usual_case import usual_case
from logistics.services import decisions, rooms, travel_needs, usual_travel
from registration.models import Passport
from registration.services import cancel
from registration.services.transitions import DELEGATE
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory

from .factories import ScopeTermFactory
from .test_travel import NOW, _in_time, address, approved, filled_in, lunch, owes_travel, workshop  # noqa: F401

WINDOW = Window(date(2022, 3, 30), date(2022, 4, 1), date(2022, 3, 31), date(2022, 4, 1))


def usual(**changes):
    facts = {
        "airports": [("BZE", "BLZ"), ("XPL", "HND"), ("SAP", "HND")],
        "home": "BLZ",
        "window": WINDOW,
        "returns_after": time(16, 30),
        "nights": [date(2022, 3, 30)],
        "meals": ["lunch/2022-03-31"],
        "entry": "passport",
    }
    return usual_case(**facts | changes)


@pytest.mark.parametrize(
    ("changes", "airport", "airports"),
    [
        ({}, "BZE", ("BZE",)),
        ({"home": "HND"}, "", ("XPL", "SAP")),
        ({"home": "RNCOM"}, "", ("BZE", "XPL", "SAP")),
        ({"home": "RNCOM", "airports": [("BZE", "BLZ")]}, "", ("BZE",)),  # nobody's: it is asked
    ],
)
def test_the_airport_is_known_where_the_country_has_one(changes, airport, airports):
    case = usual(**changes)
    assert (case.airport, case.airports) == (airport, airports)


@pytest.mark.parametrize(
    "changes",
    [
        {"airports": []},
        {"window": Window(date(2022, 4, 2), date(2022, 4, 3), date(2022, 3, 31), date(2022, 4, 1))},
        {"window": Window(date(2022, 3, 30), date(2022, 6, 1), date(2022, 3, 31), date(2022, 4, 1))},
    ],
)
def test_where_nothing_usual_can_be_said_there_is_no_sentence(changes):
    assert usual(**changes) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"home": "HND"},
        {"window": Window(date(2022, 3, 31), date(2022, 4, 1), date(2022, 3, 31), date(2022, 4, 1))},
        {"returns_after": None},
        {"nights": []},
        {"meals": []},
        {"entry": ""},
    ],
)
def test_another_case_has_another_fingerprint(changes):
    assert usual().fingerprint == usual().fingerprint != usual(**changes).fingerprint
    assert len(usual().fingerprint) == 32


@pytest.fixture
def belizean(workshop):  # noqa: F811
    lunch(workshop)
    TravelRules.objects.update(visa_required=["HND"], visa_exempt=["BLZ"])
    return approved(workshop, nationality="BLZ", phone="+501 222 3344")


@pytest.fixture
def hondurans(workshop):  # noqa: F811
    """A delegation whose country has two airports."""
    for code, city in (("XPL", "Tegucigalpa"), ("SAP", "San Pedro Sula")):
        Airport.objects.create(workshop=workshop, code=code, country="HND", city_es=city, city_en=city)
    delegation = DelegationFactory(workshop=workshop, party=PartyFactory(code="HND", name_en="Honduras"))
    ScopeTermFactory(benefit=Benefit.objects.get(code="air_ticket"), parties=["HND"])
    TravelRules.objects.update(visa_required=["HND"])
    person = DelegateFactory(delegation=delegation, status="approved", approved_at=NOW, nationality="HND")
    decisions.decide(workshop=workshop, now=NOW)
    return person


def confirmed(page, **answers):
    """What the page's first button sends."""
    return {"usual": page.context["usual"].usual.fingerprint, **answers}


pytestmark = pytest.mark.django_db


def test_it_is_one_sentence_and_one_button(client, belizean):
    page = client.get(address(belizean))
    assert list(page.context["usual"].fields) == ["contact_consent"]
    text = " ".join(page.context["usual"].sentences)
    assert text == (
        "From Belize City (BZE), in on 30 March, out on 1 April after 16:30. A room for the nights of 30 and 31 March. "
        "All the meals that are paid for you. When you enter Mexico you will show your passport: you need no visa."
    )
    html = page.content.decode()
    assert html.count("Yes, that is right") == 1
    assert "<details" in html and "Change something" in html
    assert f"{belizean.email}, +501 222 3344" in html


def test_the_button_keeps_exactly_what_the_sentence_says(client, belizean):
    page = client.get(address(belizean))
    sent = confirmed(page, contact_consent="on", departure_airport="XXX", nights=["2022-04-01"], seat="NSSA")
    assert client.post(address(belizean), sent).status_code == 302
    need = TravelNeed.objects.get()
    assert (need.flight_plan, need.departure_airport, need.departure_city) == ("payer", "BZE", "")
    assert (need.arrive_from, need.return_by) == (date(2022, 3, 30), date(2022, 4, 1))
    assert (need.room_needed, need.nights) == (True, ["2022-03-30", "2022-03-31"])
    assert (need.meals_declined, need.seat, need.contact_consent) == ([], "", True)
    assert need.sensitive_consent_at is None  # nobody asked for it
    assert Passport.objects.get(delegate=belizean).entry_basis == "passport"
    assert not owes_travel(belizean)
    again = client.get(address(belizean))
    assert again.context["usual"] is None
    assert again.context["form"]["departure_airport"].value() == "BZE"


def test_pressed_twice_it_is_one_answer(client, belizean):
    sent = confirmed(client.get(address(belizean)))
    assert [client.post(address(belizean), sent).status_code for _time in range(2)] == [302, 302]
    kept = TravelNeed.objects.get()
    again = usual_travel.save_usual(
        delegate=belizean, fingerprint=sent["usual"], airport="", passport={}, contact_consent=False, now=NOW
    )
    assert again == kept


@pytest.mark.parametrize("destination", ["", "MEX"])
def test_what_is_not_asked_of_a_passport_is_not_kept_whatever_is_sent(belizean, destination):
    """Nobody asks where no country's rules are known, nor where what was said before agrees with them."""
    TravelRules.objects.update(destination=destination)
    Passport.objects.filter(delegate=belizean).update(entry_basis="agreement", visas_held=["CAN"])
    shown = usual_travel.usual_of(travel_needs.asked_of(belizean))
    assert shown.entry == ("agreement" if destination else "")
    TravelNeed.objects.create(delegate=belizean)  # begun, and not answered yet
    usual_travel.save_usual(
        delegate=belizean,
        fingerprint=shown.fingerprint,
        airport="",
        passport={"entry_basis": "other_visa", "visas_held": ["USA"]},
        contact_consent=False,
        now=NOW,
    )
    passport = Passport.objects.get(delegate=belizean)
    assert (passport.entry_basis, passport.visas_held) == ("agreement", ["CAN"])
    assert TravelNeed.objects.get().sensitive_consent_at is None


def test_what_changed_meanwhile_is_said_and_shown_anew(client, belizean):
    sent = confirmed(client.get(address(belizean)), contact_consent="on")
    TravelRules.objects.update(return_not_before=datetime(2022, 4, 2, 15, tzinfo=UTC))
    page = client.post(address(belizean), sent)
    assert page.status_code == 400 and not TravelNeed.objects.exists()
    html = page.content.decode()
    assert "changed in the meantime" in html and "out on 2 April after 09:00" in html
    assert page.context["usual"]["contact_consent"].value()
    assert client.post(address(belizean), confirmed(page)).status_code == 302
    assert TravelNeed.objects.get().return_by == date(2022, 4, 2)


@pytest.mark.parametrize("forged", ["", "x" * 32, "é\0", "0" * 9000])
def test_a_forged_confirmation_keeps_nothing(client, belizean, forged):
    page = client.post(address(belizean), {"usual": forged})
    assert page.status_code == 400 and "changed in the meantime" in page.content.decode()
    assert not TravelNeed.objects.exists()


def test_an_old_page_does_not_undo_a_later_answer(client, belizean):
    sent = confirmed(client.get(address(belizean)))
    assert client.post(address(belizean), filled_in(flight_plan="none")).status_code == 302
    page = client.post(address(belizean), sent)
    assert page.status_code == 400 and "changed in the meantime" in page.content.decode()
    assert page.context["usual"] is None
    assert TravelNeed.objects.get().flight_plan == "none"


def test_a_ticket_that_is_no_longer_theirs_is_not_confirmed(client, workshop, belizean):  # noqa: F811
    sent = confirmed(client.get(address(belizean)))
    ScopeTerm.objects.filter(benefit__code="air_ticket").update(parties=["RNCOM"])
    decisions.decide(workshop=workshop, now=NOW)
    page = client.post(address(belizean), sent)
    assert page.status_code == 400 and page.context["usual"] is None
    assert not TravelNeed.objects.exists()


def test_whoever_cancelled_confirms_nothing(client, belizean):
    sent = confirmed(client.get(address(belizean)))
    cancel(delegate=belizean, by=DELEGATE, reason="", now=NOW)
    assert client.post(address(belizean), sent).status_code in (404, 410)
    assert not TravelNeed.objects.exists()


def test_of_several_airports_one_is_asked_for_and_the_visa_where_it_is_needed(client, hondurans):
    page = client.get(address(hondurans))
    form = page.context["usual"]
    assert list(form.fields) == [
        "departure_airport", "entry_basis", "entry_sure", "visas_held", "contact_consent",
    ]  # fmt: skip
    assert [code for code, _name in form.fields["departure_airport"].choices] == ["SAP", "XPL"]
    assert form.sentences[0] == "You arrive on 30 March and fly back on 1 April after 16:30."
    for bad in ({}, {"departure_airport": "BZE"}, {"departure_airport": "other"}):
        refused = client.post(address(hondurans), confirmed(page, entry_basis="visa", **bad))
        assert refused.status_code == 400
        assert list(refused.context["usual"].errors) == ["departure_airport"]
        assert refused.context["usual"]["entry_basis"].value() == "visa"
    answer = {"departure_airport": "XPL", "entry_basis": "nothing_yet"}
    assert client.post(address(hondurans), confirmed(page, **answer)).status_code == 302
    assert TravelNeed.objects.get().departure_airport == "XPL"
    assert Passport.objects.get(delegate=hondurans).entry_basis == "nothing_yet"
    assert client.post(address(hondurans), confirmed(page, **answer)).status_code == 302  # pressed twice


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({}, "entry_basis"),
        ({"entry_basis": "teleport"}, "entry_basis"),
        ({"entry_basis": "other_visa"}, "visas_held"),
        ({"entry_basis": "passport"}, "entry_sure"),
    ],
)
def test_the_sentence_asks_about_a_visa_as_the_steps_do(client, hondurans, answer, field):
    page = client.get(address(hondurans))
    sent = confirmed(page, departure_airport="XPL", contact_consent="on", **answer)
    refused = client.post(address(hondurans), sent)
    form = refused.context["usual"]
    assert refused.status_code == 400 and list(form.errors) == [field]
    assert form["departure_airport"].value() == "XPL" and form["contact_consent"].value()
    assert not TravelNeed.objects.exists()
    if field == "entry_sure":
        ((sure, _label),) = form.fields["entry_sure"].choices
        assert client.post(address(hondurans), {**sent, "entry_sure": [sure]}).status_code == 302
        assert Passport.objects.get(delegate=hondurans).entry_basis == "passport"


def test_without_a_bought_ticket_the_steps_stand_open(client, workshop, belizean):  # noqa: F811
    canada = approved(workshop, "CAN")
    page = client.get(address(canada))
    assert page.context["usual"] is None
    assert "Yes, that is right" not in page.content.decode()
    assert client.post(address(canada), {"usual": "x"}).status_code == 400


def test_a_room_that_staff_decided_is_not_said_again(client, belizean, django_user_model):
    by = django_user_model.objects.create(username="staff")
    rooms.decide_room(delegate=belizean, nights=[date(2022, 3, 31)], reason="late", by=by, now=NOW)
    page = client.get(address(belizean))
    assert "A room" not in " ".join(page.context["usual"].sentences)
    assert "booked the night of: 31 March 2022." in page.content.decode()


def test_the_steps_are_three_and_show_what_goes_with_the_answers(client, belizean):
    page = client.get(address(belizean))
    steps = page.context["form"].steps
    assert [step.anchor for step in steps] == ["flight-step", "stay-step", "entry-step"]
    plans = {shown.part.anchor: shown.part.plan for step in steps for shown in step.parts}
    assert plans["own-part"] == "own" and plans["bought-part"] == "payer" and plans["room-part"] == ""
    folded = [shown.part.anchor for step in steps for shown in step.parts if not shown.unfolded]
    assert folded == ["wishes-part", "needs-part"]
    bad = client.post(address(belizean), filled_in(meal="KSML"))
    shown = {shown.part.anchor: shown for step in bad.context["form"].steps for shown in step.parts}
    assert shown["needs-part"].unfolded  # a mistake is never folded away


def test_what_is_known_from_the_registration_stands_in_the_steps(client, belizean):
    belizean.dietary, belizean.emergency_contact, belizean.needs_consent_at = "Vegetarian", "Ana", NOW
    belizean.save()
    Passport.objects.filter(delegate=belizean).update(entry_basis="visa", visas_held=["USA"])
    page = client.get(address(belizean))
    form = page.context["form"]
    assert form["departure_airport"].value() == "BZE"
    assert (form["entry_basis"].value(), form["visas_held"].value()) == ("visa", ["USA"])
    assert form["emergency_contact"].value() == "Ana" and form["needs_consent"].value()
    assert "When you registered you wrote: Vegetarian" in page.content.decode()
    assert "you will show your visa or residence permit." in " ".join(page.context["usual"].sentences)
    assert client.post(address(belizean), confirmed(page)).status_code == 302
    passport = Passport.objects.get(delegate=belizean)
    assert (passport.entry_basis, passport.visas_held) == ("visa", ["USA"])
    belizean.refresh_from_db()
    assert belizean.emergency_contact == "Ana"


@pytest.mark.parametrize(
    "changes",
    [
        {"flight_plan": "payer", "own_arrival_flight": "12345678", "own_arrives_at": "never"},
        {"flight_plan": "own", "arrive_from": "never", "frequent_flyer": "1", "departure_airport": "XXX"},
        {"flight_plan": "none", "meal": "KSML", "assistance": ["WCHR"], "return_by": "never"},
        {"room_needed": "False", "nights": ["never"]},
    ],
)
def test_what_goes_with_another_answer_is_not_looked_at_and_not_kept(client, belizean, changes):
    assert client.post(address(belizean), filled_in(**changes)).status_code == 302
    need = TravelNeed.objects.get()
    assert (need.own_arrival_flight, need.frequent_flyer, need.meal, need.assistance) == ("", "", "", "")
    assert need.sensitive_consent_at is None


def test_an_empty_sending_names_what_is_missing(client, belizean):
    page = client.post(address(belizean), {})
    assert page.status_code == 400
    assert {"flight_plan", "entry_basis"} <= set(page.context["form"].errors)


def test_the_usual_case_in_spanish(client, belizean):
    page = client.get(address(belizean, "es"))
    text = " ".join(page.context["usual"].sentences)
    assert "Ciudad de Belice (BZE)" in text
    assert "30 de marzo" in text and "1 de abril" in text and "16:30" in text
    assert "México" in text
    assert not re.search(r"%\(|\{", text)
    assert client.post(address(belizean, "es"), confirmed(page)).status_code == 302
