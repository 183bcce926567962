"""What the concept note says about money, written down by hand: the tests hold the preset and the rules against it."""

from datetime import date

from logistics.rules import eligibility

FIRST_DAY = date(2022, 3, 31)
COURTESIES = ("accommodation", "breakfast", "lunch", "interpretation", "venue")
FLIGHT = "air_ticket"
BENEFITS = (*COURTESIES, FLIGHT)

COUNTRIES = ("BLZ", "CAN", "CRI", "SLV", "USA", "GTM", "HND", "MEX", "NIC", "PAN", "DOM")
OTHERS = {
    "RNCOM": "civil_society_network",
    "SACM": "regional_process",
    "IOM": "international_organisation",
    "UNNM": "international_organisation",
    "UNRNM": "international_organisation",
    "ECLAC": "international_organisation",
}
# "Courtesies will be provided only to two representatives from each middle-income RCM Member Country; 2 representatives
# from [RNCOM] and 2 representatives from [SACM]."  "[IOM] will cover the air tickets of two representatives of …"
TWO_OF_EACH = {
    "BLZ": BENEFITS,
    "CAN": (),
    "CRI": BENEFITS,
    "SLV": BENEFITS,
    "USA": (),
    "GTM": BENEFITS,
    "HND": BENEFITS,
    "MEX": COURTESIES,
    "NIC": BENEFITS,
    "PAN": BENEFITS,
    "DOM": BENEFITS,
    "RNCOM": BENEFITS,
    "SACM": COURTESIES,
    "IOM": (),
    "UNNM": (),
    "UNRNM": (),
    "ECLAC": (),
}
TABLE = [(party, benefit, benefit in given) for party, given in TWO_OF_EACH.items() for benefit in BENEFITS]

# World Bank, fiscal years from 1 July to 30 June; the first letter of each group, for FY20 to FY27.
GROUPS = {"l": "lower_middle", "u": "upper_middle", "h": "high"}
BY_YEAR = {
    "BLZ": "uuluuuuu",
    "CRI": "uuuuuuhh",
    "DOM": "uuuuuuuu",
    "GTM": "uuuuuuuu",
    "MEX": "uuuuuuuu",
    "SLV": "lllluuuu",
    "HND": "llllllll",
    "NIC": "llllllll",
    "PAN": "hhuhhhhh",
    "CAN": "hhhhhhhh",
    "USA": "hhhhhhhh",
}


def party(code: str) -> eligibility.Party:
    """A party of the note with its income groups."""
    if code in OTHERS:
        return eligibility.Party(code, OTHERS[code])
    periods = [
        eligibility.IncomePeriod(GROUPS[letter], date(2019 + number, 7, 1), date(2020 + number, 6, 30))
        for number, letter in enumerate(BY_YEAR[code])
    ]
    return eligibility.Party(code, "member_country", tuple(periods))


def benefit(code: str) -> eligibility.Benefit:
    """A benefit of the note."""
    if code == FLIGHT:
        listed = {"BLZ", "CRI", "SLV", "GTM", "HND", "NIC", "PAN", "DOM", "RNCOM"}
        terms = (eligibility.Term(parties=frozenset(listed)),)
    else:
        terms = (
            eligibility.Term(
                kinds=frozenset({"member_country"}), income_groups=frozenset({"lower_middle", "upper_middle"})
            ),
            eligibility.Term(parties=frozenset({"RNCOM", "SACM"})),
        )
    return eligibility.Benefit(key=code, kind=code, limit=2, terms=terms)
