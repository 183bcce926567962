"""AUT-4, AUT-5 and SIGN-1: links that reach people by mail, and what a page tells about an address."""

import ast
import inspect
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.db import connections
from django.urls import reverse

from rcm_portal.security import tokens
from rcm_portal.staff.accounts.inviting import INVITATION, NEW_PASSWORD
from registration.documents import links
from registration.documents.links import (
    DELEGATION_PAGE,
    DRAFT,
    MY_PAGE,
    NEW_ADDRESS,
    NOMINATION,
    delegation_token,
    draft_token,
    links_expire,
    my_token,
    new_address_token,
    nomination_token,
)
from registration.models import Delegate, Delegation, Nomination
from tests.factories import (
    DEADLINE,
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    NominationFactory,
    PartyFactory,
    RegistrationDraftFactory,
)
from tests.registration.forms import REGISTER, filled_in
from tests.registration.pages import delegation_page, nomination_page, page
from tests.strict import LintingClient

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def belize(db, in_time):
    return DelegationFactory()


@pytest.fixture
def nomination(belize):
    return NominationFactory(delegation=belize, email="rosa@example.org")


# AUT-4: a nominated person's link


class TestAUT4Nomination:
    def test_it_serves_once(self, client, nomination):
        assert client.post(nomination_page(nomination), filled_in()).status_code == 302
        assert client.get(nomination_page(nomination)).status_code == 410
        again = client.post(nomination_page(nomination), filled_in(email="other@example.org"))
        assert again.status_code == 410
        assert Delegate.objects.get().email == "rosa@example.org"

    def test_the_same_form_sent_again_is_answered_without_a_personal_link(self, client, nomination):
        key = str(uuid4())
        first = client.post(nomination_page(nomination), filled_in(form_key=key))
        second = client.post(nomination_page(nomination), filled_in(form_key=key))
        assert "/my/" in first["Location"] and second["Location"] == "/en/imrf-2022/register/done/"
        assert Delegate.objects.count() == 1

    def test_a_refused_form_does_not_use_it_up(self, client, nomination):
        assert client.post(nomination_page(nomination), filled_in(surnames="")).status_code == 400
        assert client.post(nomination_page(nomination), filled_in()).status_code == 302

    def test_it_expires_with_the_registration_deadline(self, client, nomination, in_time):
        in_time.move_to(DEADLINE - timedelta(seconds=1))
        assert client.get(nomination_page(nomination)).status_code == 200
        in_time.move_to(DEADLINE)
        assert client.get(nomination_page(nomination)).status_code == 410
        assert client.post(nomination_page(nomination), filled_in()).status_code == 410

    def test_each_changed_character_is_refused(self, client, nomination):
        good = nomination_token(nomination)
        for place in range(len(good)):
            other = "A" if good[place] != "A" else "B"
            changed = good[:place] + other + good[place + 1 :]
            path = reverse("registration:nomination", args=["imrf-2022", changed])
            assert client.get(path).status_code == 404

    def test_it_registers_nobody_but_the_nominated_address_in_that_delegation(self, client, nomination):
        DelegationFactory(party=PartyFactory(code="CRI"))
        answer = client.post(
            nomination_page(nomination), filled_in(email="thief@example.org", delegation="CRI")
        )
        assert answer.status_code == 400
        client.post(nomination_page(nomination), filled_in(email="thief@example.org"))
        assert Delegate.objects.get().email == "rosa@example.org"

    def test_two_nominations_cannot_be_swapped(self, client, nomination):
        other = NominationFactory(delegation=nomination.delegation, email="juan@example.org")
        client.post(nomination_page(other), filled_in())
        assert Delegate.objects.get().email == "juan@example.org"
        assert client.get(nomination_page(nomination)).status_code == 200

    def test_a_fourfold_use_at_once_makes_one_registration(self, transactional_db):
        nomination = NominationFactory(delegation=DelegationFactory(seat_limit=5))
        barrier = Barrier(4)

        def send(_number):
            try:
                barrier.wait(timeout=30)
                return LintingClient().post(nomination_page(nomination), filled_in()).status_code
            finally:
                connections.close_all()

        with time_machine.travel(IN_TIME), ThreadPoolExecutor(4) as pool:
            statuses = sorted(pool.map(send, range(4)))
        assert statuses[0] == 302 and set(statuses[1:]) <= {400, 410}
        assert Delegate.objects.count() == 1


class TestAUT4OwnPage:
    def test_it_belongs_to_one_delegate(self, client, belize):
        one, other = DelegateFactory.create_batch(2, delegation=belize)
        client.post(page(one, "cancel"), {"reason": ""})
        one.refresh_from_db(), other.refresh_from_db()
        assert (one.status, other.status) == ("cancelled", "submitted")

    def test_it_expires(self, client, belize):
        delegate = DelegateFactory(delegation=belize)
        path = page(delegate)
        with time_machine.travel(links_expire(belize.workshop) - timedelta(seconds=1)):
            assert client.get(path).status_code == 200
        with time_machine.travel(links_expire(belize.workshop)):
            assert client.get(path).status_code == 410

    def test_a_new_address_ends_the_old_links(self, client, belize):
        delegate = DelegateFactory(delegation=belize)
        old = page(delegate)
        Delegate.objects.filter(pk=delegate.pk).update(link_version=1)
        delegate.refresh_from_db()
        assert (client.get(old).status_code, client.get(page(delegate)).status_code) == (410, 200)

    def test_a_revoked_delegation_link_ends_every_page_behind_it(self, client, belize):
        delegate = DelegateFactory(delegation=belize)
        nominee = NominationFactory(delegation=belize)
        gets = [("delegation",), ("delegation_register",), ("delegation_replace", delegate.public_id)]
        posts = [
            ("delegation_nominate",),
            ("delegation_head", delegate.public_id),
            ("delegation_withdraw", nominee.public_id),
            ("delegation_replace", delegate.public_id),
            ("delegation_register",),
        ]
        old_gets = [delegation_page(belize, name, *further) for name, *further in gets]
        old_posts = [delegation_page(belize, name, *further) for name, *further in posts]
        Delegation.objects.filter(pk=belize.pk).update(link_version=1)
        assert {client.get(path).status_code for path in old_gets} == {410}
        assert {client.post(path, filled_in()).status_code for path in old_posts} == {410}
        assert not Nomination.objects.filter(withdrawn_at__isnull=False).exists()


# AUT-5


def without_tokens(body: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", body)


def seen(answer) -> tuple:
    """Everything by which two answers could differ, but for the address itself and what is random."""
    return answer.status_code, answer.get("Location"), answer.content, sorted(answer.cookies)


@pytest.mark.parametrize("full", [False, True], ids=["free seats", "full"])
@pytest.mark.parametrize("wait", [None, "on"], ids=["no waiting list", "waiting list"])
def test_aut_5_registering_a_known_and_an_unknown_address_answers_alike(belize, full, wait):
    elsewhere = DelegationFactory(party=PartyFactory(code="CRI"))
    DelegateFactory(delegation=elsewhere, email="known@example.org")
    if full:
        DelegateFactory.create_batch(2, delegation=belize)
    answers = []
    for email in ("known@example.org", "novel@example.org"):
        client = LintingClient()
        answer = client.post(REGISTER, filled_in(email=email, waiting_list=wait))
        body = (client.get(answer["Location"]) if answer.status_code == 302 else answer).content.decode()
        if answer.status_code == 400:
            body = "".join(str(error) for error in answer.context["form"].errors.values())
        answers.append(
            (
                answer.status_code,
                answer.get("Location"),
                sorted(answer.cookies),
                without_tokens(body).replace(email, "…"),
            )
        )
    assert answers[0] == answers[1]


@pytest.mark.parametrize("door", ["delegation_register", "delegation_nominate"])
def test_aut_5_a_focal_point_learns_nothing_about_an_address_either(belize, door):
    elsewhere = DelegationFactory(party=PartyFactory(code="CRI"))
    DelegateFactory(delegation=elsewhere, email="known@example.org")
    answers = []
    for email in ("known@example.org", "novel@example.org"):
        client = LintingClient()
        data = (
            filled_in(email=email)
            if door == "delegation_register"
            else {"name": "X Y", "email": email, "language": "es"}
        )
        answer = client.post(delegation_page(belize, door), data)
        answers.append((seen(answer), client.get(answer["Location"]).content.decode().count(email)))
        Nomination.objects.all().delete()
    assert answers[0] == answers[1]


def test_aut_5_asking_for_the_link_answers_alike(belize):
    DelegateFactory(delegation=belize, email="known@example.org")
    known, unknown = (
        LintingClient().post("/en/imrf-2022/link/", {"email": email})
        for email in ("known@example.org", "novel@example.org")
    )
    assert seen(known) == seen(unknown)


# SIGN-1

MAKERS = {
    MY_PAGE: lambda world: my_token(world["delegate"]),
    DELEGATION_PAGE: lambda world: delegation_token(world["delegation"]),
    NOMINATION: lambda world: nomination_token(world["nomination"]),
    DRAFT: lambda world: draft_token(world["draft"]),
    NEW_ADDRESS: lambda world: new_address_token(world["delegate"]),
}
STAFF_LINKS = (INVITATION, NEW_PASSWORD)  # what they open: tests/portal/test_staff_accounts.py
PAGES = {
    MY_PAGE: "registration:my",
    DELEGATION_PAGE: "registration:delegation",
    NOMINATION: "registration:nomination",
    DRAFT: "registration:draft",
    NEW_ADDRESS: "registration:new_address",
}


@pytest.fixture
def one_subject(belize):
    """A delegate, a delegation, a nomination and a half-finished form with one identifier: only the purpose tells them apart."""
    delegate = DelegateFactory(delegation=belize, new_email="new@example.org")
    Delegate.objects.filter(pk=delegate.pk).update(new_email_id=delegate.public_id)
    delegate.refresh_from_db()
    Delegation.objects.filter(pk=belize.pk).update(public_id=delegate.public_id)
    belize.refresh_from_db()
    nomination = NominationFactory(delegation=belize, public_id=delegate.public_id)
    draft = RegistrationDraftFactory(workshop=belize.workshop, public_id=delegate.public_id)
    return {"delegate": delegate, "delegation": belize, "nomination": nomination, "draft": draft}


@pytest.mark.parametrize("purpose", MAKERS)
@pytest.mark.parametrize("at", PAGES)
def test_sign_1_a_token_opens_the_page_of_its_own_purpose_and_no_other(client, one_subject, purpose, at):
    path = reverse(PAGES[at], args=["imrf-2022", MAKERS[purpose](one_subject)])
    assert client.get(path).status_code == (200 if purpose == at else 404)


def test_sign_1_every_purpose_in_the_code_is_in_the_matrix():
    """Whoever makes or reads tokens of a new purpose adds it above."""
    users, purposes = set(), set()
    for app in ("rcm_portal", "registration", "logistics", "agenda"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                if called and ast.unparse(node.func) in ("tokens.make", "tokens.read"):
                    users.add(path.relative_to(ROOT).as_posix())
                    purposes.add(ast.unparse(node.args[0]))
    assert users == {"registration/documents/links.py", "rcm_portal/staff/accounts/inviting.py"}
    named = dict(inspect.getmembers(links, lambda value: isinstance(value, str)))
    assert {named[name] for name in purposes - {"purpose"}} == set(MAKERS)  # staff's links are told which


@pytest.mark.parametrize("purpose", [*MAKERS, *STAFF_LINKS])
@pytest.mark.parametrize("at", [*MAKERS, *STAFF_LINKS])
def test_sign_1_a_token_is_read_for_its_own_purpose_alone(purpose, at):
    subject = uuid4()
    token = tokens.make(purpose, subject, version=1, expires=DEADLINE)
    if purpose == at:
        assert tokens.read(at, token, now=IN_TIME).subject == subject
    else:
        with pytest.raises(tokens.BadToken):
            tokens.read(at, token, now=IN_TIME)


def test_sign_1_a_token_of_another_secret_key_is_refused(client, one_subject, settings):
    paths = [
        reverse(PAGES[purpose], args=["imrf-2022", make(one_subject)]) for purpose, make in MAKERS.items()
    ]
    before, settings.SECRET_KEY = (
        settings.SECRET_KEY,
        "another key of more than forty characters, made up here",
    )
    assert {client.get(path).status_code for path in paths} == {404}
    settings.SECRET_KEY_FALLBACKS = [before]
    assert {client.get(path).status_code for path in paths} == {200}


def test_sign_1_an_unknown_purpose_reads_nothing(one_subject):
    with pytest.raises(tokens.BadToken):
        tokens.read("another purpose", my_token(one_subject["delegate"]), now=IN_TIME)
