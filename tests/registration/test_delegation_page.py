"""A delegation's own link, and the page of its focal point."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from rcm_portal.mail.writing import TOKEN_SENTINEL
from rcm_portal.models import OutgoingMail
from registration import services
from registration.documents.links import delegation_token, links_expire
from registration.models import Delegate, Delegation, DelegationLinkUse, DuplicateDecision, Nomination
from registration.services.delegation_links import NoFocalPoint
from registration.services.retention import purge
from registration.services.transitions import staff
from tests.factories import (
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    NominationFactory,
    PartyFactory,
    PassportCopyFactory,
    WorkshopFactory,
)
from tests.registration.forms import REGISTER, filled_in
from tests.registration.pages import delegation_page, nomination_page, page
from tests.registration.test_waiting_list import standing


@pytest.fixture
def belize(belize):
    belize.focal_point_name = "Ana Coc"
    belize.focal_point_email = "focal@example.org"
    belize.focal_point_language = "en"
    belize.save()
    return belize


def uses(delegation) -> list[str]:
    return list(
        DelegationLinkUse.objects.filter(delegation=delegation).order_by("pk").values_list("what", flat=True)
    )


# The link


def test_staff_send_the_link_in_the_focal_points_language(belize, admin_user):
    services.send_delegation_link(delegation=belize, by=staff(admin_user), now=IN_TIME)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.kind, mail.language, mail.about) == (
        "focal@example.org",
        "delegation_link",
        "en",
        belize.public_id,
    )
    assert mail.personal_token == delegation_token(belize)
    assert f"https://portal.test/en/imrf-2022/delegation/{TOKEN_SENTINEL}/" in mail.text
    assert delegation_token(belize) not in mail.text + mail.html
    sent = DelegationLinkUse.objects.get()
    assert (sent.what, sent.by, sent.at) == ("sent", admin_user, IN_TIME)


def test_no_link_without_an_address(belize):
    belize.focal_point_email = ""
    belize.save()
    with pytest.raises(NoFocalPoint, match="Belize"):
        services.send_delegation_link(delegation=belize, by=staff(None), now=IN_TIME)


def test_staff_send_and_revoke_in_the_admin_and_see_the_uses(admin_client, client, belize):
    change = reverse("admin:registration_delegation_change", args=[belize.pk])
    assert admin_client.get(change).status_code == 200
    admin_client.post(reverse("admin:registration_delegation_link", args=[belize.pk, "send"]))
    old = delegation_page(belize)
    assert client.get(old).status_code == 200
    shown = admin_client.get(change).content.decode()
    assert "link sent to the focal point" in shown and "page opened" in shown and "Opened 1 time." in shown
    admin_client.post(reverse("admin:registration_delegation_link", args=[belize.pk, "revoke"]))
    assert client.get(old).status_code == 410
    belize.refresh_from_db()
    assert client.get(delegation_page(belize)).status_code == 200
    assert uses(belize) == ["sent", "opened", "revoked", "opened"]
    by_staff = DelegationLinkUse.objects.exclude(by=None).order_by("pk")
    assert [(use.what, use.by.username) for use in by_staff] == [("sent", "admin"), ("revoked", "admin")]


def test_the_links_of_many_delegations_are_sent_at_once(admin_client, belize):
    without = DelegationFactory(party=PartyFactory(code="CRI", name_en="Costa Rica"))
    answer = admin_client.post(
        reverse("admin:registration_delegation_changelist"),
        {"action": "send_links", "_selected_action": [belize.pk, without.pk]},
        follow=True,
    )
    told = [str(message) for message in answer.context["messages"]]
    assert told == [
        "Belize: link sent to focal@example.org.",
        "Costa Rica has no focal point's e-mail address: please enter it first.",
    ]


def test_opening_the_page_counts_once_per_visit(client, belize, in_time):
    for _look in range(3):
        client.get(delegation_page(belize))
    assert uses(belize) == ["opened"]
    in_time.shift(timedelta(minutes=31))
    client.get(delegation_page(belize))
    assert uses(belize) == ["opened", "opened"]


def test_nobody_else_gets_in(client, belize):
    other = DelegationFactory(workshop=WorkshopFactory(slug="another"), party=PartyFactory())
    delegate = DelegateFactory(delegation=belize)
    good = delegation_token(belize)
    names = [("delegation",), ("delegation_register",), ("delegation_replace", delegate.public_id)]
    for slug, token in [
        ("another", good),
        ("imrf-2022", delegation_token(other)),
        ("imrf-2022", good[:-1] + ("A" if good[-1] != "A" else "B")),
        ("imrf-2022", "x"),
    ]:
        for name, *further in names:
            assert (
                client.get(reverse(f"registration:{name}", args=[slug, token, *further])).status_code == 404
            )
    with time_machine.travel(links_expire(belize.workshop)):
        assert client.get(delegation_page(belize)).status_code == 410


def test_another_delegations_people_and_nominations_are_not_there(client, belize):
    elsewhere = DelegationFactory(party=PartyFactory(code="CRI"))
    foreign = DelegateFactory(delegation=elsewhere)
    nomination = NominationFactory(delegation=elsewhere)
    assert client.get(delegation_page(belize, "delegation_replace", foreign.public_id)).status_code == 404
    assert client.post(delegation_page(belize, "delegation_head", foreign.public_id)).status_code == 404
    assert (
        client.post(delegation_page(belize, "delegation_withdraw", nomination.public_id)).status_code == 404
    )
    foreign.refresh_from_db()
    assert not foreign.head_of_delegation


# The page


def test_the_page_shows_seats_names_and_what_each_owes(client, belize):
    DelegateFactory(delegation=belize, surnames="Alba", email_confirmed_at=None, head_of_delegation=True)
    context = client.get(delegation_page(belize)).context
    first, second = context["seats"]
    assert (first.number, first.official.name, first.official.is_head) == (1, "María José Alba", True)
    assert first.official.owes == ("e-mail not confirmed", "passport copy missing")
    assert (second.number, second.official) == (2, None)
    assert context["free_count"] == 1


def test_waiting_offered_and_seatless_people_are_shown_apart(client, belize):
    leaving = DelegateFactory(delegation=belize)
    DelegateFactory(delegation=belize)
    DelegateFactory(delegation=belize, status="waitlisted", waiting_position=1, surnames="Erste")
    DelegateFactory(delegation=belize, status="waitlisted", waiting_position=2, surnames="Zweite")
    DelegateFactory(delegation=belize, role="interpreter", seat_number=None, surnames="Dritte")
    DelegateFactory(delegation=belize, status="rejected", surnames="Vierte")
    services.cancel(delegate=leaving, by=staff(None), reason="phone", now=IN_TIME)
    answer = client.get(delegation_page(belize))
    assert [seat.official.name for seat in answer.context["seats"]] == [
        "María José Erste",
        answer.context["seats"][1].official.name,
    ]
    assert answer.context["seats"][0].official.offered_until is not None
    assert [official.name for official in answer.context["waiting"]] == ["María José Zweite"]
    assert [official.name for official in answer.context["others"]] == ["María José Dritte"]
    assert "Vierte" not in answer.content.decode()


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_page_never_shows_a_passport_or_a_birth_date(client, belize, language):
    """Everything that could leak is there and unlike anything else on the page."""
    delegate = DelegateFactory(
        delegation=belize,
        date_of_birth=date(1967, 11, 23),
        nationality="HND",
        dietary="kosher only",
        accessibility="wheelchair user",
        emergency_contact="Spouse +501 999 8877",
        phone="+501 555 6677",
    )
    passport = delegate.passport
    passport.number, passport.mrz, passport.expires_on = "Q9Z8Y7X6", "P<BLZLEAK<<MRZ", date(2029, 9, 19)
    passport.save()
    copy = PassportCopyFactory(delegate=delegate)
    spelled = (
        "1967",
        "23 Nov",
        "23/11",
        "23 de nov",
        "Q9Z8Y7X6",
        "P<BLZ",
        "P&lt;BLZ",
        "2029",
        "HND",
        copy.key,
        str(copy.public_id),
    )
    more = ("kosher", "wheelchair", "999 8877", "555 6677", passport.number_index, delegate.email)
    for path in (
        delegation_page(belize),
        delegation_page(belize, "delegation_replace", delegate.public_id),
        delegation_page(belize, "delegation_register"),
    ):
        path = path.replace("/en/", f"/{language}/")
        text = re.sub(
            r"<select[^>]*nationality.*?</select>|<select[^>]*issuing_country.*?</select>",
            "",
            client.get(path).content.decode(),
            flags=re.S,
        )
        assert [secret for secret in (*spelled, *more) if secret in text] == []


def test_the_page_is_kept_by_no_cache(client, belize):
    assert "no-store" in client.get(delegation_page(belize))["Cache-Control"]


@pytest.mark.parametrize("people", [1, 3])
def test_the_page_asks_the_database_equally_often_for_one_and_three(
    client, belize, people, django_assert_num_queries
):
    belize.seat_limit = 5
    belize.save()
    DelegateFactory.create_batch(people, delegation=belize)
    for number in range(people):
        DelegateFactory(delegation=belize, status="waitlisted", waiting_position=number + 1)
    NominationFactory.create_batch(people, delegation=belize)
    client.get(delegation_page(belize))
    with django_assert_num_queries(DELEGATION_PAGE_QUERIES):
        client.get(delegation_page(belize))


DELEGATION_PAGE_QUERIES = 5


def test_the_head_of_delegation_is_one_person(client, belize):
    DelegateFactory(delegation=belize, head_of_delegation=True)
    second = DelegateFactory(delegation=belize)
    answer = client.post(delegation_page(belize, "delegation_head", second.public_id), follow=True)
    assert f"{second.full_name} now leads the delegation." in answer.content.decode()
    assert list(Delegate.objects.filter(head_of_delegation=True)) == [second]
    assert "head_set" in uses(belize)


def test_an_official_who_waits_can_be_named_head_and_nobody_else_than_an_official(client, belize):
    interpreter = DelegateFactory(delegation=belize, role="interpreter", seat_number=None)
    waiting = DelegateFactory(delegation=belize, status="waitlisted", waiting_position=1)
    shown = client.get(delegation_page(belize))
    for person, may in ((waiting, True), (interpreter, False)):
        action = delegation_page(belize, "delegation_head", person.public_id)
        assert (f'action="{action}"' in shown.content.decode()) == may
    answer = client.post(delegation_page(belize, "delegation_head", interpreter.public_id), follow=True)
    assert "Only an official whose registration stands can lead the delegation." in answer.content.decode()
    assert not Delegate.objects.filter(head_of_delegation=True).exists()
    client.post(delegation_page(belize, "delegation_head", waiting.public_id))
    assert Delegate.objects.get(head_of_delegation=True) == waiting


# Registering through the link


def test_a_delegation_can_take_registrations_only_through_its_link(client, belize):
    Delegation.objects.filter(pk=belize.pk).update(link_required=True)
    choices = client.get(REGISTER).context["form"].fields["delegation"].choices
    assert ("Member Countries", [("BLZ", "Belize (through its own link only)")]) in choices
    refused = client.post(REGISTER, filled_in())
    assert refused.status_code == 400
    assert (
        refused.context["form"]
        .errors["delegation"][0]
        .startswith("This delegation registers through its own link.")
    )
    answer = client.post(delegation_page(belize, "delegation_register"), filled_in())
    assert answer.status_code == 302
    delegate = Delegate.objects.get()
    assert (delegate.source, delegate.status_changes.get().actor) == ("focal_point", "focal_point")
    assert uses(belize) == ["registered"]
    assert DelegationLinkUse.objects.get().delegate == delegate


def test_the_form_behind_the_link_is_for_that_delegation_alone(client, belize):
    DelegationFactory(party=PartyFactory(code="CRI"))
    shown = client.get(delegation_page(belize, "delegation_register"))
    assert shown.context["form"].fields["delegation"].choices == [("Member Countries", [("BLZ", "Belize")])]
    assert "Register for Belize" in shown.content.decode()
    answer = client.post(delegation_page(belize, "delegation_register"), filled_in(delegation="CRI"))
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["delegation"]


def test_a_hidden_delegation_registers_through_its_link(client, belize):
    Delegation.objects.filter(pk=belize.pk).update(accepts_registrations=False)
    assert client.post(delegation_page(belize, "delegation_register"), filled_in()).status_code == 302


# Nominating


NOMINATED = {"name": "Rosa Pérez", "email": "rosa@example.org", "language": "es"}


def test_a_nominated_person_gets_a_link_of_their_own_and_registers_with_it(client, belize):
    answer = client.post(delegation_page(belize, "delegation_nominate"), NOMINATED, follow=True)
    assert "We have written to rosa@example.org." in answer.content.decode()
    assert "Rosa Pérez" in answer.content.decode()
    nomination = Nomination.objects.get()
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.kind, mail.language) == ("rosa@example.org", "nomination", "es")
    assert f"https://portal.test/es/imrf-2022/nomination/{TOKEN_SENTINEL}/" in mail.text
    form = client.get(nomination_page(nomination)).context["form"]
    assert form["email"].value() == "rosa@example.org"
    answer = client.post(nomination_page(nomination), filled_in(email="somebody.else@example.org"))
    delegate = Delegate.objects.get()
    assert answer["Location"] == page(delegate)
    assert client.get(answer["Location"]).status_code == 200
    assert (delegate.email, delegate.email_confirmed_at, delegate.source) == (
        "rosa@example.org",
        IN_TIME,
        "focal_point",
    )
    assert uses(belize) == ["nominated", "opened", "registered"]
    nomination.refresh_from_db()
    assert (nomination.delegate, nomination.used_at) == (delegate, IN_TIME)


def test_a_nomination_counts_as_the_delegations_link(client, belize):
    Delegation.objects.filter(pk=belize.pk).update(link_required=True)
    assert client.post(nomination_page(NominationFactory(delegation=belize)), filled_in()).status_code == 302


def test_nominating_the_same_address_again_ends_the_earlier_link(client, belize):
    for _time in range(2):
        client.post(delegation_page(belize, "delegation_nominate"), NOMINATED)
    newer, older = Nomination.objects.all()
    assert client.get(nomination_page(older)).status_code == 410
    assert client.get(nomination_page(newer)).status_code == 200


def test_a_nominated_persons_form_sent_again_finds_its_registration_for_a_moment(client, belize, in_time):
    nomination, form_key = NominationFactory(delegation=belize), str(uuid4())
    for _time in range(2):
        assert client.post(nomination_page(nomination), filled_in(form_key=form_key)).status_code == 302
    assert Delegate.objects.count() == 1
    in_time.shift(timedelta(minutes=16))
    late = client.post(nomination_page(nomination), filled_in(form_key=form_key))
    assert late.status_code == 410 and "have the link to your own page sent to you" in late.content.decode()


def test_a_withdrawn_nomination_ends(client, belize):
    nomination = NominationFactory(delegation=belize)
    client.post(delegation_page(belize, "delegation_withdraw", nomination.public_id))
    assert client.get(nomination_page(nomination)).status_code == 410
    assert uses(belize) == ["withdrawn"]
    again = client.post(delegation_page(belize, "delegation_withdraw", nomination.public_id), follow=True)
    assert "This link can no longer be used." in again.content.decode()


def test_a_mistake_in_a_nomination_is_said_beside_its_field(client, belize):
    answer = client.post(delegation_page(belize, "delegation_nominate"), {**NOMINATED, "email": "nobody"})
    assert answer.status_code == 400 and list(answer.context["form"].errors) == ["email"]
    assert not Nomination.objects.exists()


def test_nominations_are_limited(client, belize, settings):
    settings.RATE_LIMITS = True
    statuses = [
        client.post(
            delegation_page(belize, "delegation_nominate"), {**NOMINATED, "email": f"n{number}@example.org"}
        ).status_code
        for number in range(21)
    ]
    assert statuses == [302] * 20 + [429]


def test_after_the_deadline_the_page_shows_and_changes_nothing_more(client, belize, in_time):
    delegate = DelegateFactory(delegation=belize)
    nomination = NominationFactory(delegation=belize)
    in_time.move_to(belize.workshop.deadline)
    assert "Registration has closed" in client.get(delegation_page(belize)).content.decode()
    answer = client.post(delegation_page(belize, "delegation_nominate"), NOMINATED)
    assert answer.status_code == 400
    answer = client.post(delegation_page(belize, "delegation_replace", delegate.public_id), NOMINATED)
    assert answer.status_code == 400
    assert client.post(nomination_page(nomination), filled_in()).status_code == 410
    closed = client.post(delegation_page(belize, "delegation_register"), filled_in())
    assert closed.status_code == 400 and "Registration is closed" in closed.content.decode()
    assert Delegate.objects.count() == 1


# Substitution


def test_the_focal_point_asks_for_a_substitution_which_comes_true_when_the_new_one_registers(client, belize):
    leaving, _other = DelegateFactory.create_batch(2, delegation=belize)
    waiting = DelegateFactory(delegation=belize, status="waitlisted", waiting_position=1)
    assert (
        f"Replace {leaving.full_name}"
        in client.get(delegation_page(belize, "delegation_replace", leaving.public_id)).content.decode()
    )
    client.post(delegation_page(belize, "delegation_replace", leaving.public_id), NOMINATED)
    assert standing(leaving)[:2] == ("submitted", 1)
    assert f"in place of {leaving.full_name}" in client.get(delegation_page(belize)).content.decode()
    form = client.get(nomination_page(Nomination.objects.get()))
    assert f"You take the seat of {leaving.full_name}" in form.content.decode()
    assert "Both seats" not in form.content.decode() and "waiting list" not in form.content.decode()
    answer = client.post(nomination_page(Nomination.objects.get()), filled_in())
    assert answer.status_code == 302, answer.context["form"].errors
    new = Delegate.objects.get(email="rosa@example.org")
    assert standing(leaving) == ("cancelled", None, False, None)
    assert standing(new) == ("submitted", 1, False, None) and new.replaces == leaving
    assert standing(waiting) == ("waitlisted", None, False, 1)  # the seat was kept, not offered
    change = leaving.status_changes.get()
    assert (change.actor, change.reason) == ("focal_point", "substituted")
    assert OutgoingMail.objects.get(kind="substituted").to == leaving.email
    assert leaving.full_name in OutgoingMail.objects.get(kind="registered").text
    assert uses(belize) == ["replacing", "opened", "registered"]


@pytest.mark.parametrize("facts", [{"status": "cancelled"}, {"role": "press", "seat_number": None}])
def test_who_cannot_be_replaced_is_said_on_the_page_and_in_the_form_that_was_open(client, belize, facts):
    leaving = DelegateFactory(delegation=belize, **facts)
    address = delegation_page(belize, "delegation_replace", leaving.public_id)
    said = "Only an official who holds a seat of this delegation can be replaced."
    assert said in client.get(address, follow=True).content.decode()
    assert address not in client.get(delegation_page(belize)).content.decode()
    refused = client.post(address, NOMINATED)
    assert refused.status_code == 400 and said in refused.content.decode()
    assert 'value="Rosa Pérez"' in refused.content.decode()
    assert not Nomination.objects.exists()


def test_a_substitution_whose_old_official_is_gone_already_is_an_ordinary_registration(client, belize):
    leaving = DelegateFactory(delegation=belize)
    client.post(delegation_page(belize, "delegation_replace", leaving.public_id), NOMINATED)
    services.cancel(delegate=leaving, by=staff(None), reason="cannot come", now=IN_TIME)
    client.post(nomination_page(Nomination.objects.get()), filled_in())
    new = Delegate.objects.get(email="rosa@example.org")
    assert standing(new)[:2] == ("submitted", 1) and new.replaces is None


# Afterwards


def test_what_focal_points_and_officers_wrote_about_people_is_destroyed_with_the_rest(client, belize):
    """Nominations hold a name and an address, also of somebody who never registered."""
    for email in ("rosa@example.org", "juan@example.org"):
        client.post(delegation_page(belize, "delegation_nominate"), {**NOMINATED, "email": email})
    unused, used = Nomination.objects.all()
    client.post(nomination_page(used), filled_in())
    registered = Delegate.objects.get()
    twin = DelegateFactory(delegation=belize, surnames="Núñez Peña", date_of_birth=registered.date_of_birth)
    services.dismiss_pair(
        first=registered, second=twin, by=staff(None), reason="María has a twin", now=IN_TIME
    )
    purge(now=links_expire(belize.workshop))
    assert not Nomination.objects.exists()
    assert DuplicateDecision.objects.get().reason == ""
    texts = "".join(mail.to + mail.subject + mail.text for mail in OutgoingMail.objects.all())
    assert [secret for secret in ("rosa@", "juan@", "Rosa Pérez", "María") if secret in texts] == []
