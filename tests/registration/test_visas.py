"""Entering the host country: advice from a dated table. The table here is FACTS.md's for Mexico in March 2022."""

import datetime as dt

import pytest

from registration.rules.visas import VisaNeed, VisaRule, visa_advice

STAY = dt.date(2022, 3, 31)
WAIVERS = ("USA", "CAN", "JPN", "GBR", "SCHENGEN")
RULES = [
    VisaRule(
        "MEX", code, True, WAIVERS, dt.date(2022, 1, 1), dt.date(2022, 12, 31), dt.date(2022, 3, 1), "INM"
    )
    for code in ("GTM", "HND", "NIC", "DOM", "SLV")
] + [VisaRule("MEX", code, False) for code in ("BLZ", "CRI", "PAN", "CAN", "USA")]


def advice(nationality, kind="ordinary", held=(), on_date=STAY):
    return visa_advice(
        RULES, destination="MEX", nationality=nationality, passport_kind=kind, held=held, on_date=on_date
    )


@pytest.mark.parametrize(
    ("nationality", "kind", "held", "need"),
    [
        *((code, "ordinary", (), VisaNeed.NEEDED) for code in ("GTM", "HND", "NIC", "DOM", "SLV")),
        *((code, "ordinary", (), VisaNeed.NOT_NEEDED) for code in ("BLZ", "CRI", "PAN", "CAN", "USA")),
        *(("GTM", "ordinary", (held,), VisaNeed.WAIVED) for held in (*WAIVERS, "MEX")),
        ("GTM", "ordinary", ("BRA",), VisaNeed.NEEDED),
        ("GTM", "official", (), VisaNeed.ASK),
        ("GTM", "diplomatic", (), VisaNeed.ASK),
        ("GTM", "diplomatic", ("USA",), VisaNeed.WAIVED),
        ("MEX", "ordinary", (), VisaNeed.HOME),
        ("URY", "ordinary", (), VisaNeed.UNKNOWN),
    ],
)
def test_advice_by_passport_and_what_the_holder_has(nationality, kind, held, need):
    found = advice(nationality, kind, held)
    assert found.need == need
    assert str(found.words)
    assert found.flagged == (need in (VisaNeed.NEEDED, VisaNeed.ASK, VisaNeed.UNKNOWN))


def test_a_rule_out_of_its_period_says_nothing():
    assert advice("GTM", on_date=dt.date(2023, 1, 1)).need == VisaNeed.UNKNOWN
    assert advice("GTM", on_date=dt.date(2022, 12, 31)).need == VisaNeed.NEEDED
    assert advice("GTM", on_date=dt.date(2022, 1, 1)).need == VisaNeed.NEEDED
    assert advice("GTM", on_date=dt.date(2021, 12, 31)).need == VisaNeed.UNKNOWN


def test_a_rule_for_another_destination_or_a_later_one_for_the_same_says_nothing():
    rules = [VisaRule("USA", "GTM", False), VisaRule("MEX", "GTM", True), VisaRule("MEX", "GTM", False)]
    found = visa_advice(
        rules, destination="MEX", nationality="GTM", passport_kind="ordinary", held=(), on_date=STAY
    )
    assert (found.need, found.rule) == (VisaNeed.NEEDED, rules[1])


def test_the_source_comes_with_the_answer():
    rule = advice("HND").rule
    assert (rule.source, rule.checked_on) == ("INM", dt.date(2022, 3, 1))
