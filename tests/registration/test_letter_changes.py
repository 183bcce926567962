"""What a new version of a letter says otherwise than the one before: a pure rule over the two contents."""

import pytest

from registration.rules.letter_changes import DETAILS, WHY, changes, same_benefits

ANA = {"name": "Ana Coc", "position": "Consul", "institution": "MFA", "party": "Belize", "role": "Official"}
HOTEL = {
    "code": "hotel", "name": "Hotel", "payer": "IOM", "quantity": "3 nights", "dates": ["2022-03-30"], "when": "", "reason": "Why"
}  # fmt: skip
FLIGHT = {**HOTEL, "code": "flight", "name": "Flight", "quantity": "1", "when": "30 March"}


def content(**more):
    return {
        "language": "en",
        "addressee": ANA,
        "dates": ["2022-03-31", "2022-04-01"],
        "benefits": [HOTEL],
        "not_paid": [],
        "open_to_all": [],
    } | more


def told(before, after):
    found = changes(before, after, days=" to ".join)
    return [tuple(map(str, (each.what, each.before, each.after, each.why))) for each in found]


def test_of_two_that_say_the_same_nothing_is_told():
    assert told(content(), content()) == []


@pytest.mark.parametrize(
    ("key", "what"),
    [("name", "Name"), ("position", "Position"), ("institution", "Institution"), ("role", "Role")],
)
def test_a_detail_is_told_before_and_after(key, what):
    after = content(addressee=ANA | {key: "Other"})
    assert told(content(), after) == [(what, ANA[key], "Other", str(DETAILS))]
    assert told(content(addressee=ANA | {key: ""}), after) == [(what, "—", "Other", str(DETAILS))]
    assert told(after, content(addressee=ANA | {key: ""})) == [(what, "Other", "—", str(DETAILS))]


def test_another_delegation_has_a_reason_of_its_own():
    after = content(addressee=ANA | {"party": "Mexico"})
    assert told(content(), after) == [("Delegation", "Belize", "Mexico", str(WHY["party"]))]


def test_other_days_are_told_in_words():
    after = content(dates=["2022-04-07", "2022-04-08"])
    ((what, before, now, why),) = told(content(), after)
    assert (what, before, now) == (
        "Days of the workshop",
        "2022-03-31 to 2022-04-01",
        "2022-04-07 to 2022-04-08",
    )
    assert why == "The workshop was given other days."


def test_what_an_earlier_version_of_the_portal_did_not_write_is_no_difference():
    before = content()
    del before["dates"], before["addressee"]
    assert told(before, content()) == []
    assert told(content(addressee={"name": "Ana Coc"}), content()) == []


def test_between_two_languages_only_the_persons_own_words_and_the_days_are_compared():
    spanish = content(
        language="es",
        addressee=ANA | {"party": "Belice", "role": "Funcionaria", "name": "Ana May"},
        dates=["2022-04-07", "2022-04-08"],
        benefits=[],
    )
    assert [each[0] for each in told(content(), spanish)] == ["Name", "Days of the workshop"]
    before = content()
    del before["language"]
    assert told(before, content(benefits=[])) == []


def test_a_benefit_that_is_new_is_told_with_its_reason():
    assert told(content(), content(benefits=[HOTEL, FLIGHT])) == [
        ("Flight", "not paid for you", "30 March (IOM)", "Why")
    ]


def test_a_benefit_of_which_the_payer_offers_something_else_is_told_as_changed():
    more = HOTEL | {"quantity": "4 nights"}
    assert told(content(), content(benefits=[more])) == [
        ("Hotel", "3 nights (IOM)", "4 nights (IOM)", "The payer changed what it offers.")
    ]
    assert told(content(), content(benefits=[HOTEL | {"reason": "In other words"}])) == []


@pytest.mark.parametrize(
    ("parts", "now", "why"),
    [
        ({}, "not paid for you", "It is no longer offered at this workshop."),
        ({"not_paid": [{"codes": ["flight"], "each": [], "reason": "Another"}]}, "not paid for you", "It is no"),
        ({"not_paid": [{"codes": ["hotel"], "each": [], "reason": "You live here"}]}, "not paid for you", "You live"),
        ({"not_paid": [{"codes": [], "each": ["Hotel"], "reason": "You live here"}]}, "not paid for you", "You live"),
        ({"open_to_all": [{"codes": ["hotel"], "each": [], "reason": "For all"}]}, "open to everybody", "For all"),
        (
            {
                "not_paid": [
                    {"codes": ["flight"], "each": [], "reason": "Another"},
                    {"codes": ["hotel"], "each": [], "reason": "This"},
                ],
                "open_to_all": [{"codes": ["hotel"], "each": [], "reason": "For all"}],
            },
            "not paid for you",
            "This",
        ),
    ],
)  # fmt: skip
def test_a_benefit_that_is_gone_is_told_with_what_takes_its_place_and_why(parts, now, why):
    ((what, before, after, reason),) = told(content(), content(benefits=[], **parts))
    assert (what, before, after) == ("Hotel", "3 nights (IOM)", now)
    assert reason.startswith(why)


def test_benefits_without_a_code_are_known_by_their_name():
    old = {name: value for name, value in HOTEL.items() if name != "code"}
    assert told(content(benefits=[old]), content()) == []
    gone = told(content(benefits=[old]), content(benefits=[FLIGHT]))
    assert [each[0] for each in gone] == ["Flight", "Hotel"]
    without_codes = {"codes": [""], "each": [], "reason": "Of something else"}
    ((*_rest, why),) = told(
        content(benefits=[old | {"code": ""}]), content(benefits=[], not_paid=[without_codes])
    )
    assert why == "It is no longer offered at this workshop."


@pytest.mark.parametrize(
    ("said", "now", "same"),
    [
        ([HOTEL], [HOTEL], True),
        ([HOTEL], [HOTEL | {"reason": "Other words", "when": "later"}], True),
        ([HOTEL], [HOTEL, FLIGHT], False),
        ([HOTEL, FLIGHT], [HOTEL], False),
        ([HOTEL, FLIGHT], [HOTEL, FLIGHT | {"payer": "The host"}], False),
        *(([HOTEL], [HOTEL | {key: "other"}], False) for key in ("name", "payer", "quantity", "dates")),
        ([{"name": "Hotel"}], [HOTEL], True),
    ],
)
def test_a_letters_benefits_hold_while_their_substance_does(said, now, same):
    assert same_benefits(said, now) is same
