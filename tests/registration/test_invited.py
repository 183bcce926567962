"""How many officials a delegation may send, who is expected of it, and what comes out of the workshop: said where people decide."""

import re

import pytest

from registration.models import Delegation
from registration.rules.listing.invited import Invited, limits_in_words
from tests.loaded import note_loaded
from tests.registration.pages import delegation_page


@pytest.fixture
def workshop(db, in_time):
    return note_loaded()


def said(client, address) -> str:
    return client.get(address).content.decode()


@pytest.mark.parametrize(
    ("language", "limit", "expected"),
    [
        (
            "es",
            "Cada País Miembro puede inscribir como máximo a 2 personas funcionarias.",
            "Secretaría Técnica",
        ),
        ("en", "At most 2 officials of each Member Country may register.", "Technical Secretariat"),
    ],
)
def test_the_limit_and_who_is_expected_stand_where_people_decide_whom_to_send(
    client, workshop, language, limit, expected
):
    for address in (f"/{language}/imrf-2022/", f"/{language}/imrf-2022/register/"):
        shown = said(client, address)
        assert limit in shown and expected in shown
    sacm = Delegation.objects.get(workshop=workshop, party__code="SACM")
    for name in ("delegation", "delegation_register"):
        address = re.sub(r"^/\w\w/", f"/{language}/", delegation_page(sacm, name))
        assert expected in said(client, address)
    Delegation.objects.filter(workshop=workshop, party__kind="member_country").update(seat_limit=3)
    assert limit not in said(client, f"/{language}/imrf-2022/")


def test_limits_that_differ_name_their_delegations():
    invited = [
        Invited("Aland", "member_country", 2),
        Invited("Bland", "member_country", 3),
        Invited("Net", "civil_society_network", 2),
        Invited("Free", "civil_society_network", None),
    ]
    assert limits_in_words(invited) == [
        "At most 2 officials of each of these delegations may register: Aland, Net.",
        "At most 3 officials of each of these delegations may register: Bland.",
    ]
    assert limits_in_words(invited[3:]) == []
    assert limits_in_words([*invited[2:], Invited("Aland", "member_country", 2)]) == [
        "At most 2 officials of each Member Country may register.",
        "At most 2 officials of each of these delegations may register: Net.",
    ]


@pytest.mark.parametrize(
    ("language", "approved_words", "prepared"),
    [("es", "se aprobará una declaración", "preparar una declaración"),
     ("en", "will approve an RCM declaration", "prepare a declaration")],
)  # fmt: skip
def test_the_declaration_is_approved_not_prepared(client, workshop, language, approved_words, prepared):
    shown = said(client, f"/{language}/imrf-2022/")
    assert approved_words in shown
    texts = workshop.letter_texts.filter(language=language).values_list("text", flat=True)
    assert not [text for text in texts if prepared in text]
