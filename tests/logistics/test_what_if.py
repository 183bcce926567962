"""What if: staff look at a change first, save exactly what they saw, and read afterwards what it changed for whom."""

import re
from datetime import UTC, date, datetime

import pytest

from logistics.enums import ActedOn, ChangeKind, Outcome, Reason, TicketStatus
from logistics.models import Entitlement, RuleChange, RuleChangeEffect, ScopeTerm, Ticket
from logistics.services import decisions, what_if
from registration.enums import DelegateStatus
from registration.models import IncomeClassification
from tests.accounts import make_staff, signed_in
from tests.factories import DelegateFactory, DelegationFactory, PartyFactory, WorkshopFactory

from .factories import flight, room

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 15, 12, tzinfo=UTC)
YEARS = (date(2021, 7, 1), date(2022, 6, 30))


@pytest.fixture(autouse=True)
def _in_february(time_machine):
    time_machine.move_to(NOW)


@pytest.fixture
def workshop():
    """Panama and Belize get a room and Belize a flight; from July Panama is rich."""
    workshop = WorkshopFactory()
    flight(workshop, parties=["BLZ", "RNCOM"])
    room(workshop)
    for code, names, groups in (
        ("BLZ", ("Belice", "Belize"), ("lower_middle", "upper_middle")),
        ("PAN", ("Panamá", "Panama"), ("upper_middle", "high")),
    ):
        party = PartyFactory(code=code, name_es=names[0], name_en=names[1])
        IncomeClassification.objects.create(
            party=party, group=groups[0], valid_from=YEARS[0], valid_to=YEARS[1]
        )
        IncomeClassification.objects.create(party=party, group=groups[1], valid_from=date(2022, 7, 1))
        DelegationFactory(workshop=workshop, party=party)
    return workshop


def approved(workshop, code, number=1, **facts):
    delegation = workshop.delegations.get(party__code=code)
    at = datetime(2022, 2, number, 12, tzinfo=UTC)
    return DelegateFactory(delegation=delegation, status=DelegateStatus.APPROVED, approved_at=at, **facts)


def decided(workshop):
    decisions.decide(workshop=workshop, now=NOW)


@pytest.fixture
def office():
    return signed_in(make_staff("secretariat", username="officer"))


def address(workshop):
    return f"/admin/logistics/benefit/what-if/{workshop.slug}/"


def fields(html):
    """What a browser would send of the page's form: every field as it stands."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self):
            super().__init__()
            self.sent, self.select = {}, ""

        def handle_starttag(self, tag, attrs):
            given = dict(attrs)
            kind = given.get("type", "")
            if tag == "select":
                self.select = given["name"]
                self.sent[self.select] = ""
            elif tag == "option" and "selected" in given:
                self.sent[self.select] = given["value"]
            elif tag != "input" or "name" not in given or kind == "submit":
                return
            elif kind == "checkbox":
                if "checked" in given:
                    self.sent.setdefault(given["name"], []).append(given["value"])
            else:
                self.sent[given["name"]] = given.get("value", "")

    reader = Reader()
    reader.feed(html.split('<form method="post" class="portal-form', 1)[1].split("</form>")[0])
    return reader.sent


def page_of(office, workshop):
    return fields(office.get(address(workshop)).content.decode())


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rule(benefit):
    return f"rule_{benefit.pk}"


def state():
    return list(Entitlement.objects.order_by("pk").values("outcome", "reason", "grant_number"))


def test_another_date_is_looked_at_and_nothing_is_kept(office, workshop):
    approved(workshop, "PAN", given_names="Itzel", surnames="Arosemena")
    decided(workshop)
    before = state()
    sent = page_of(office, workshop) | {"starts_on": "2022-07-04", "ends_on": "2022-07-05", "look": "1"}
    answer = office.post(address(workshop), sent)
    page = text(answer)
    assert answer.status_code == 200
    for words in (
        "First day: 31 March 2022 → 4 July 2022",
        "loses Panama: Accommodation (2 nights)",
        "Itzel Arosemena",
        "Panama is a country of high income; this is for countries of lower middle income or upper middle income.",
    ):
        assert words in page
    assert "Who would gain" not in page
    workshop.refresh_from_db()
    assert workshop.starts_on == date(2022, 3, 31)
    assert state() == before
    assert not RuleChange.objects.exists()


def test_what_was_looked_at_is_saved_and_written_down_for_whom(office, workshop):
    person = approved(workshop, "PAN", given_names="Itzel", surnames="Arosemena")
    decided(workshop)
    sent = page_of(office, workshop) | {"starts_on": "2022-07-04", "ends_on": "2022-07-05"}
    looked = fields(office.post(address(workshop), sent | {"look": "1"}).content.decode())
    answer = office.post(
        address(workshop), looked | {"note": "the host asked for it", "save": "1"}, follow=True
    )
    assert "written down" in text(answer)
    workshop.refresh_from_db()
    assert (workshop.starts_on, workshop.ends_on) == (date(2022, 7, 4), date(2022, 7, 5))
    change = RuleChange.objects.get()
    assert (change.kind, change.by.username, change.note, change.gained, change.lost) == (
        ChangeKind.RULES,
        "officer",
        "the host asked for it",
        0,
        1,
    )
    effect = change.effects.get()
    assert (effect.delegate, effect.before, effect.after) == (person, Outcome.ENTITLED, Outcome.NOT_ENTITLED)
    listed = text(office.get("/admin/logistics/rulechange/"))
    assert "First day: 31 March 2022 → 4 July 2022" in listed
    read = text(office.get(f"/admin/logistics/rulechange/{change.pk}/change/"))
    for words in ("Itzel Arosemena", "Panama", "Accommodation (2 nights)", "the host asked for it"):
        assert words in read
    assert "high income" in read


def test_the_page_in_spanish(office, workshop):
    approved(workshop, "PAN")
    decided(workshop)
    sent = page_of(office, workshop) | {"income_PAN": "high", "look": "1"}
    page = text(office.post(address(workshop), sent, headers={"accept-language": "es"}))
    for words in (
        "Grupo de ingreso de Panamá",
        "Panamá es un país de ingreso alto",
        "Quiénes perderían",
        "Alojamiento (2 noches)",
    ):
        assert words in page


def test_an_income_group_concerns_every_workshop_to_come(office, workshop):
    other = WorkshopFactory(
        slug="next", short_name_en="Next workshop", starts_on=date(2022, 5, 2), ends_on=date(2022, 5, 3)
    )
    past = WorkshopFactory(slug="past", starts_on=date(2021, 8, 2), ends_on=date(2021, 8, 3))
    party = workshop.delegations.get(party__code="PAN").party
    for each in (other, past):
        room(each)
        DelegationFactory(workshop=each, party=party)
        approved(each, "PAN")
        decided(each)
    sent = page_of(office, workshop) | {"income_PAN": "high"}
    looked = office.post(address(workshop), sent | {"look": "1"})
    assert "Next workshop" in text(looked)
    office.post(address(workshop), fields(looked.content.decode()) | {"save": "1"})
    assert {change.workshop.slug for change in RuleChange.objects.all()} == {"imrf-2022", "next"}
    row = IncomeClassification.objects.get(party=party, valid_from=YEARS[0])
    assert (row.group, row.valid_to) == ("high", YEARS[1])
    lost = RuleChange.objects.get(workshop=other)
    assert lost.lost == 1
    assert Entitlement.objects.get(delegate__workshop=past).granted


def test_a_party_without_a_group_gets_one_until_the_next_begins(office, workshop):
    party = PartyFactory(code="CRI", name_en="Costa Rica")
    DelegationFactory(workshop=workshop, party=party)
    IncomeClassification.objects.create(party=party, group="high", valid_from=date(2025, 7, 1))
    person = approved(workshop, "CRI")
    decided(workshop)
    looked = office.post(
        address(workshop), page_of(office, workshop) | {"income_CRI": "upper_middle", "look": "1"}
    )
    assert "gains Costa Rica: Accommodation (2 nights)" in text(looked)
    office.post(address(workshop), fields(looked.content.decode()) | {"save": "1"})
    row = IncomeClassification.objects.get(party=party, group="upper_middle")
    assert (row.valid_from, row.valid_to) == (date(2022, 3, 31), date(2025, 6, 30))
    assert Entitlement.objects.get(delegate=person, benefit__code="accommodation").granted


def test_a_list_a_limit_a_quantity_and_a_new_line_are_changed_together(office, workshop):
    first, second = approved(workshop, "BLZ", 1), approved(workshop, "BLZ", 2)
    guest = approved(workshop, "PAN")
    decided(workshop)
    ticket, bed = (workshop.benefits.get(code=code) for code in ("air_ticket", "accommodation"))
    sent = page_of(office, workshop) | {
        f"{rule(ticket)}_0_parties": ["BLZ", "PAN"],
        f"{rule(ticket)}_limit": "1",
        f"quantity_{bed.pk}": "3",
        f"{rule(bed)}_1_effect": "exclude",
        f"{rule(bed)}_1_parties": ["PAN"],
    }
    looked = office.post(address(workshop), sent | {"look": "1"})
    page = text(looked)
    for words in (
        "Return air ticket: people per delegation: 2 → 1",
        "Accommodation (2 nights): quantity: 2 → 3",
        "but not: Panama",
        "gains Panama: Return air ticket",
        "loses Panama: Accommodation (2 nights)",
    ):
        assert words in page
    office.post(address(workshop), fields(looked.content.decode()) | {"save": "1"})
    ticket.refresh_from_db()
    bed.refresh_from_db()
    assert (ticket.limit, bed.quantity) == (1, 3)
    places = set(
        Entitlement.objects.filter(benefit=ticket, grant_number__isnull=False).values_list(
            "delegate", flat=True
        )
    )
    assert places == {first.pk, guest.pk}
    changes = {
        (effect.delegate_id, effect.benefit.code): effect.after for effect in RuleChangeEffect.objects.all()
    }
    assert changes == {
        (second.pk, "air_ticket"): Outcome.OVER_LIMIT,
        (guest.pk, "air_ticket"): Outcome.ENTITLED,
        (guest.pk, "accommodation"): Outcome.NOT_ENTITLED,
    }


def proposal(workshop, **changes):
    return what_if.Proposal(
        **{
            "starts_on": workshop.starts_on,
            "ends_on": workshop.ends_on,
            "income_reference_date": workshop.income_reference_date,
            **changes,
        }
    )


def made(workshop, **changes):
    """The change, looked at and saved."""
    wanted = proposal(workshop, **changes)
    seen = what_if.preview(workshop=workshop, proposal=wanted, now=NOW).seen
    return what_if.save(workshop=workshop, proposal=wanted, seen=seen, by=None, note="x", now=NOW)


def test_lines_of_a_scope_are_changed_in_place_added_behind_and_taken_away_from_the_end(workshop):
    bed = workshop.benefits.get(code="accommodation")
    [first] = bed.terms.all()
    lines = (
        what_if.TermValues("include", kinds=("regional_process",)),
        what_if.TermValues("include"),  # empty: no line
        what_if.TermValues("exclude", parties=("PAN",)),
        what_if.TermValues("exclude", income_groups=("high",)),
    )

    def terms(*wanted):
        made(workshop, benefits={bed.pk: what_if.BenefitValues(2, 2, wanted)})
        rows = ScopeTerm.objects.filter(benefit=bed).order_by("position")
        return [(row.pk == first.pk, row.effect, row.parties, row.kinds, row.income_groups) for row in rows]

    kind = (True, "include", [], ["regional_process"], [])
    panama, rich = (False, "exclude", ["PAN"], [], []), (False, "exclude", [], [], ["high"])
    assert terms(*lines) == [kind, panama, rich]
    positions = list(bed.terms.values_list("position", flat=True))
    assert positions == [first.position, first.position + 1, first.position + 2]
    assert terms(*lines[:3]) == [kind, panama]
    assert terms(lines[3]) == [(True, "exclude", [], [], ["high"])]
    assert terms() == []
    assert terms(lines[2]) == [panama]
    assert bed.terms.get().position == 1


def test_a_proposal_touches_no_benefit_of_another_workshop(workshop):
    foreign = flight(WorkshopFactory(slug="another"), parties=["BLZ"])
    values = what_if.BenefitValues(1, 9, (what_if.TermValues("include", parties=("PAN",)),))
    own = workshop.benefits.get(code="air_ticket")
    result = made(workshop, benefits={foreign.pk: values, own.pk: values})
    assert set(result.edited) == {workshop.pk}
    foreign.refresh_from_db()
    assert (foreign.limit, foreign.quantity, foreign.terms.get().parties) == (2, 1, ["BLZ"])
    own.refresh_from_db()
    assert (own.limit, own.quantity, own.terms.get().parties) == (1, 9, ["PAN"])


@pytest.mark.parametrize(
    ("day", "period"),
    [
        (
            date(2021, 6, 30),
            (date(2021, 6, 30), date(2021, 6, 30)),
        ),  # the day before the first: one of its own
        (date(2021, 7, 1), YEARS),
        (date(2022, 6, 30), YEARS),
        (date(2022, 7, 1), (date(2022, 7, 1), None)),
    ],
)
def test_a_group_is_corrected_for_the_period_in_force_on_the_day_that_counts(workshop, day, period):
    workshop.income_reference_date = day
    workshop.save()
    made(workshop, groups={"BLZ": "low"})
    rows = IncomeClassification.objects.filter(group="low")
    assert list(rows.values_list("party__code", "valid_from", "valid_to")) == [("BLZ", *period)]


def test_another_group_is_tried_for_workshops_to_come_at_which_the_party_is_and_for_no_other(workshop):
    concerned, without, over = (
        WorkshopFactory(slug=slug, **facts)
        for slug, facts in (
            ("next", {}),
            ("without-it", {}),
            ("over", {"starts_on": date(2022, 2, 1), "ends_on": date(2022, 2, 13)}),
        )
    )
    for other, code in ((concerned, "BLZ"), (concerned, "PAN"), (without, "PAN"), (over, "BLZ")):
        DelegationFactory(workshop=other, party=PartyFactory(code=code))
    result = what_if.preview(workshop=workshop, proposal=proposal(workshop, groups={"BLZ": "high"}), now=NOW)
    assert set(result.edited) == {workshop.pk, concerned.pk}
    result = what_if.preview(
        workshop=workshop, proposal=proposal(workshop, ends_on=date(2022, 4, 2)), now=NOW
    )
    assert set(result.edited) == {workshop.pk}


def test_who_gains_who_loses_and_what_is_to_be_looked_at_are_told_apart(workshop):
    kept, lost = approved(workshop, "BLZ", 1), approved(workshop, "BLZ", 2)
    gained = approved(workshop, "PAN")
    decided(workshop)
    ticket = workshop.benefits.get(code="air_ticket")
    row = Entitlement.objects.get(delegate=lost, benefit=ticket)
    Ticket.objects.create(entitlement=row, status=TicketStatus.REQUESTED)
    scope = (what_if.TermValues("include", parties=("BLZ", "PAN")),)
    wanted = proposal(workshop, benefits={ticket.pk: what_if.BenefitValues(1, 1, scope)})
    before = state()
    result = what_if.preview(workshop=workshop, proposal=wanted, now=NOW)
    told = [{change.delegate_id for change in part} for part in (result.gained, result.lost, result.flagged)]
    assert told == [{gained.pk}, {lost.pk}, {lost.pk}]
    assert kept.pk not in {change.delegate_id for change in result.changes}
    assert state() == before
    nothing = what_if.preview(workshop=workshop, proposal=proposal(workshop), now=NOW)
    assert (nothing.nothing, nothing.changes, nothing.parties) == (True, [], [])
    # Whether a ticket is in the way is part of what was seen.
    seen = result.seen
    Ticket.objects.update(status=TicketStatus.CANCELLED)
    with pytest.raises(what_if.SeenOtherwise) as caught:
        what_if.save(workshop=workshop, proposal=wanted, seen=seen, by=None, note="x", now=NOW)
    assert caught.value.result.flagged == []
    assert state() == before
    assert not RuleChange.objects.exists()


def test_a_party_is_told_that_is_covered_now_or_no_longer_whoever_has_registered(workshop):
    ticket = workshop.benefits.get(code="air_ticket")
    scope = (what_if.TermValues("include", parties=("PAN", "RNCOM")),)
    result = what_if.preview(
        workshop=workshop,
        proposal=proposal(workshop, benefits={ticket.pk: what_if.BenefitValues(2, 1, scope)}),
        now=NOW,
    )
    ids = {each.party.code: each.party_id for each in workshop.delegations.select_related("party")}
    assert {(each.party_id, each.benefit_id, each.covered) for each in result.parties} == {
        (ids["BLZ"], ticket.pk, False),
        (ids["PAN"], ticket.pk, True),
    }
    assert (result.nothing, result.changes) == (False, [])


def test_a_bought_ticket_is_kept_and_flagged_until_somebody_decides(office, workshop):
    person = approved(workshop, "BLZ", given_names="Ana", surnames="Uck")
    decided(workshop)
    flown = Entitlement.objects.get(delegate=person, benefit__code="air_ticket")
    Ticket.objects.create(entitlement=flown, status=TicketStatus.ISSUED, number="1392145678901")
    ticket = flown.benefit
    sent = page_of(office, workshop) | {f"{rule(ticket)}_0_parties": ["RNCOM"]}
    looked = office.post(address(workshop), sent | {"look": "1"})
    assert "ticket bought: kept until it is cancelled" in text(looked)
    office.post(address(workshop), fields(looked.content.decode()) | {"save": "1"})
    flown.refresh_from_db()
    assert (flown.granted, flown.reason) == (True, Reason.TICKET_BOUGHT)
    change = RuleChange.objects.get()
    assert (change.lost, change.flagged) == (0, 1)
    assert change.effects.get().acted_on == ActedOn.TICKET
    listed = text(office.get("/admin/logistics/entitlement/"))
    assert "1 decision was acted on and does not agree with the rules any more" in listed
    flagged = text(office.get("/admin/logistics/entitlement/?acted_on=any"))
    assert "Without it: Belize is not on the payer&#x27;s list" in flagged
    assert "1 entitlement" in flagged
    Ticket.objects.update(status=TicketStatus.CANCELLED)
    decided(workshop)
    assert "acted on and does" not in text(office.get("/admin/logistics/entitlement/"))


@pytest.mark.parametrize(
    ("facts", "acted_on", "words"),
    [
        ({"status": TicketStatus.HELD}, "booking", "ticket requested or held: cancel it"),
        (None, "confirmed", "the payer had confirmed it"),
    ],
)
def test_a_booking_and_a_confirmation_are_flagged_too(office, workshop, facts, acted_on, words, admin_user):
    person = approved(workshop, "BLZ")
    decided(workshop)
    flown = Entitlement.objects.get(delegate=person, benefit__code="air_ticket")
    if facts:
        Ticket.objects.create(entitlement=flown, **facts)
    else:
        decisions.confirm(entitlements=[flown], by=admin_user, now=NOW)
    sent = page_of(office, workshop) | {f"{rule(flown.benefit)}_0_parties": ["RNCOM"]}
    looked = office.post(address(workshop), sent | {"look": "1"})
    assert words in text(looked)
    office.post(address(workshop), fields(looked.content.decode()) | {"save": "1"})
    assert RuleChangeEffect.objects.get().acted_on == acted_on
    page = office.get(f"/admin/logistics/entitlement/?acted_on={acted_on}")
    assert person.full_name in text(page)
    if not facts:
        data = {"action": "unconfirm_selected", "_selected_action": [flown.pk]}
        assert "1 confirmation taken back." in text(
            office.post("/admin/logistics/entitlement/", data, follow=True)
        )
        assert "acted on and does" not in text(office.get("/admin/logistics/entitlement/"))


def test_a_limit_below_a_bought_ticket_is_refused_beside_its_field(office, workshop):
    people = [approved(workshop, "BLZ", number) for number in (1, 2)]
    decided(workshop)
    flown = Entitlement.objects.get(delegate=people[1], benefit__code="air_ticket")
    Ticket.objects.create(entitlement=flown, status=TicketStatus.ISSUED, number="1392145678901")
    sent = page_of(office, workshop) | {f"{rule(flown.benefit)}_limit": "1", "note": "cheaper"}
    for button in ("look", "save"):
        answer = office.post(address(workshop), sent | {button: "1"})
        assert answer.status_code == 400
        assert "A ticket is bought for this person already." in text(answer)
        assert fields(answer.content.decode())[f"{rule(flown.benefit)}_limit"] == "1"
    assert not RuleChange.objects.exists()


def test_what_was_not_looked_at_is_not_saved(office, workshop):
    approved(workshop, "PAN")
    decided(workshop)
    sent = page_of(office, workshop) | {"income_PAN": "high"}
    assert office.post(address(workshop), sent | {"save": "1"}).status_code == 400
    looked = fields(office.post(address(workshop), sent | {"look": "1"}).content.decode())
    otherwise = office.post(address(workshop), looked | {"income_PAN": "low", "save": "1"})
    assert "Nothing was saved: this is not what you looked at." in text(otherwise)
    approved(workshop, "PAN", 2)
    decided(workshop)
    between = office.post(address(workshop), looked | {"save": "1"})
    assert "Nothing was saved: this is not what you looked at." in text(between)
    assert not RuleChange.objects.exists()
    again = fields(between.content.decode())
    office.post(address(workshop), again | {"save": "1"})
    assert RuleChange.objects.get().lost == 2


def test_mistakes_stand_beside_their_fields_and_everything_typed_stays(office, workshop):
    sent = page_of(office, workshop) | {
        "starts_on": "2022-07-04",
        "ends_on": "2022-07-01",
        "income_PAN": "rich",
        f"{rule(workshop.benefits.get(code='air_ticket'))}_limit": "-1",
        "look": "1",
    }
    answer = office.post(address(workshop), sent)
    page = text(answer)
    assert answer.status_code == 400
    for words in ("The last day is before the first.", "rich", "greater than or equal to 0"):
        assert words in page
    assert fields(answer.content.decode())["starts_on"] == "2022-07-04"


def test_nothing_edited_changes_nothing(office, workshop):
    approved(workshop, "PAN")
    decided(workshop)
    answer = office.post(address(workshop), page_of(office, workshop) | {"look": "1"})
    assert "no field differs from what is recorded" in text(answer)
    assert 'name="save"' not in answer.content.decode()


def test_the_preview_needs_as_many_queries_for_three_as_for_one(
    office, workshop, django_assert_max_num_queries
):
    delegation = workshop.delegations.get(party__code="PAN")
    delegation.seat_limit = None
    delegation.save()
    workshop.benefits.update(limit=None)
    counts = []
    for number in (1, 3):
        while delegation.delegates.count() < number:
            approved(workshop, "PAN", delegation.delegates.count() + 1)
        decided(workshop)
        sent = page_of(office, workshop) | {"income_PAN": "high", "look": "1"}
        with django_assert_max_num_queries(80) as queries:
            office.post(address(workshop), sent)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_only_those_who_may_change_rules_see_it(workshop):
    for role in ("iom", "host", "reception"):
        client = signed_in(make_staff(role))
        assert client.get(address(workshop)).status_code == 403
        assert client.post(address(workshop), {"save": "1"}).status_code == 403
        assert client.get("/admin/logistics/rulechange/").status_code == 403


# ── The other doors write down too ───────────────────────────────────────────────────────────────────────────────────


def test_an_income_group_saved_directly_is_written_down_with_who_did_it(office, workshop):
    person = approved(workshop, "PAN")
    decided(workshop)
    row = IncomeClassification.objects.get(party__code="PAN", valid_from=YEARS[0])
    page = f"/admin/registration/incomeclassification/{row.pk}/change/"
    assert "/admin/logistics/benefit/what-if/" in office.get(page).content.decode()
    data = {
        "party": row.party_id,
        "group": "high",
        "valid_from": "2021-07-01",
        "valid_to": "2022-06-30",
        "source": "",
    }
    assert office.post(page, data).status_code == 302
    change = RuleChange.objects.get()
    assert (change.kind, change.by.username, change.lost) == (ChangeKind.INCOME, "officer", 1)
    assert change.effects.get().delegate == person
    assert "Income group of Panama from 1 July 2021: upper middle income, until 30 June 2022 →" in text(
        office.get("/admin/logistics/rulechange/")
    )


def test_another_first_day_saved_directly_is_decided_at_once(workshop):
    person = approved(workshop, "PAN")
    decided(workshop)
    workshop.starts_on, workshop.ends_on = date(2022, 7, 4), date(2022, 7, 5)
    workshop.save()
    assert (
        Entitlement.objects.get(delegate=person, benefit__code="accommodation").outcome
        == Outcome.NOT_ENTITLED
    )
    assert RuleChange.objects.get().kind == ChangeKind.WORKSHOP


def test_another_kind_of_party_is_decided_at_once(workshop):
    person = approved(workshop, "PAN")
    decided(workshop)
    party = person.delegation.party
    party.kind = "regional_process"
    party.save()
    assert not Entitlement.objects.get(delegate=person, benefit__code="accommodation").granted
    assert RuleChange.objects.get().kind == ChangeKind.PARTY


def test_a_lower_limit_says_who_lost(workshop):
    people = [approved(workshop, "BLZ", number) for number in (1, 2)]
    decided(workshop)
    benefit = workshop.benefits.get(code="air_ticket")
    benefit.limit = 1
    changes = decisions.change_benefit(benefit=benefit, now=NOW)
    assert [(change.delegate_id, change.lost) for change in changes] == [(people[1].pk, True)]
    assert RuleChange.objects.get().lost == 1
