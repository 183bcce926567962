"""What somebody says they enter the country with, beside the rules: in doubt it is asked once more, and kept all the same."""

import re

import pytest

from logistics.models import TravelNeed, TravelRules
from logistics.rules.visa_answers import Doubt, doubt_of, known_answer
from registration.models import Passport
from registration.rules.visas import VisaNeed
from tests import accounts

from .test_travel import _in_time, address, approved, filled_in, workshop  # noqa: F401 - fixtures

N = VisaNeed


@pytest.mark.parametrize(
    ("basis", "need", "doubt"),
    [
        ("passport", N.NEEDED, Doubt.NEEDED),
        ("passport", N.NOT_NEEDED, None),
        ("passport", N.WAIVED, None),
        ("passport", N.ASK, None),
        ("passport", N.UNKNOWN, None),
        ("agreement", N.NEEDED, Doubt.NEEDED),
        ("agreement", N.ASK, None),
        ("visa", N.WAIVED, None),
        ("other_visa", N.NEEDED, Doubt.DOES_NOT_COUNT),
        ("other_visa", N.ASK, Doubt.DOES_NOT_COUNT),
        ("other_visa", N.WAIVED, None),
        ("other_visa", N.NOT_NEEDED, None),
        ("nothing_yet", N.NEEDED, None),
        ("nothing_yet", N.ASK, None),
        ("nothing_yet", N.UNKNOWN, None),
        ("nothing_yet", N.NOT_NEEDED, Doubt.NOT_NEEDED),
        ("nothing_yet", N.WAIVED, Doubt.WAIVED),
        ("", N.NEEDED, None),
    ],
)
def test_which_answers_contradict_the_rules(basis, need, doubt):
    assert doubt_of(basis, need) == doubt


@pytest.mark.parametrize(
    ("basis", "visas", "need", "known"),
    [
        ("", (), N.NOT_NEEDED, "passport"),
        ("", (), N.NEEDED, ""),
        ("", (), N.UNKNOWN, ""),
        ("passport", (), N.NOT_NEEDED, "passport"),
        ("passport", (), N.NEEDED, ""),
        ("nothing_yet", (), N.NEEDED, "nothing_yet"),
        ("other_visa", ("USA",), N.WAIVED, "other_visa"),
        ("other_visa", (), N.UNKNOWN, ""),
    ],
)
def test_what_need_not_be_asked_again(basis, visas, need, known):
    assert known_answer(basis, visas, need) == known


@pytest.fixture
def honduran(workshop):  # noqa: F811
    TravelRules.objects.update(
        visa_required=["HND"], visa_exempt=["BLZ"], transit_countries=["USA", "BRA"], confirmed=True
    )
    return approved(workshop, nationality="HND")


ANSWERS = [
    ({"entry_basis": "passport"}, "a passport of Honduras needs a visa to enter Mexico."),
    ({"entry_basis": "agreement"}, "a passport of Honduras needs a visa to enter Mexico."),
    ({"entry_basis": "other_visa", "visas_held": ["BRA"]}, "none of those ticked replaces it"),
    ({"entry_basis": "nothing_yet", "visas_held": ["USA"]}, "what is ticked replaces a visa"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("answer", "words"), ANSWERS)
def test_such_an_answer_is_asked_once_more_and_then_kept(client, honduran, answer, words):
    sent = filled_in(**answer, route_wishes="Not through Miami")
    asked = client.post(address(honduran), sent)
    assert asked.status_code == 400
    form = asked.context["form"]
    assert list(form.errors) == ["entry_sure"]
    assert words in str(form.errors["entry_sure"])
    page = asked.content.decode()
    assert "Yes, it is right" in page and 'value="Not through Miami"' in page
    assert not TravelNeed.objects.exists()
    (sure,) = [value for value, _label in form.fields["entry_sure"].choices]
    assert client.post(address(honduran), {**sent, "entry_sure": [sure]}).status_code == 302
    passport = Passport.objects.get(delegate=honduran)
    assert passport.entry_basis == answer["entry_basis"]
    assert TravelNeed.objects.get().answered_at
    again = client.get(address(honduran)).context["form"]  # the question stands there answered
    assert again["entry_sure"].value() == [sure]


@pytest.mark.django_db
def test_a_tick_stands_by_one_answer_only(client, honduran):
    first = client.post(address(honduran), filled_in(entry_basis="passport"))
    ((sure, _label),) = first.context["form"].fields["entry_sure"].choices
    changed = filled_in(entry_basis="other_visa", visas_held=["BRA"], entry_sure=[sure])
    assert "entry_sure" in client.post(address(honduran), changed).context["form"].errors
    hostile = filled_in(entry_basis="passport", entry_sure=["<script>", "passport "])
    assert "entry_sure" in client.post(address(honduran), hostile).context["form"].errors
    assert not TravelNeed.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answer",
    [
        {"entry_basis": "visa"},
        {"entry_basis": "nothing_yet"},
        {"entry_basis": "other_visa", "visas_held": ["USA"]},
    ],
)
def test_an_answer_that_agrees_is_not_asked_about(client, honduran, answer):
    assert "entry_sure" not in client.get(address(honduran)).content.decode()
    assert client.post(address(honduran), filled_in(**answer)).status_code == 302


@pytest.mark.django_db
def test_an_answer_of_the_registration_is_asked_about_at_once(client, honduran):
    Passport.objects.filter(delegate=honduran).update(entry_basis="passport")
    page = client.get(address(honduran))
    form = page.context["form"]
    assert "needs a visa to enter Mexico" in form.fields["entry_sure"].help_text
    assert not form["entry_sure"].value()
    assert "usual_entry_sure" in page.content.decode()
    assert client.post(address(honduran), filled_in()).status_code == 400


@pytest.mark.django_db
def test_staff_are_asked_too_and_see_the_contradiction_on_the_case(client, honduran):
    officer = accounts.signed_in(accounts.make_staff("secretariat"))
    url = f"/admin/logistics/entitlement/travel/{honduran.public_id}/"
    asked = officer.post(url, filled_in(note="By e-mail"))
    form = asked.context["form"]
    assert list(form.errors) == ["entry_sure"] and "Is the answer right?" in asked.content.decode()
    ((sure, _label),) = form.fields["entry_sure"].choices
    assert officer.post(url, filled_in(note="By e-mail", entry_sure=[sure])).status_code == 302
    case = officer.get(f"/admin/registration/delegate/{honduran.pk}/change/").content.decode()
    assert "contradicts the rules" in case and "needs a visa to enter Mexico" in case
    Passport.objects.update(entry_basis="nothing_yet")
    case = officer.get(f"/admin/registration/delegate/{honduran.pk}/change/").content.decode()
    assert "contradicts the rules" not in case and "nothing yet: will ask for a visa" in case


@pytest.mark.django_db
def test_the_question_names_the_country_of_the_workshop(client, honduran):
    page = client.get(address(honduran)).content.decode()
    assert "What will you show when you enter Mexico?" in page
    TravelRules.objects.update(destination="CRI")
    page = client.get(address(honduran)).content.decode()
    assert "What will you show when you enter Costa Rica?" in page
    assert not re.search("With what do", page)
