"""CAP-1, CAP-2 and OWN-1: what the browser sends is never a capability, and every file has exactly one owner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.db import connections

from rcm_portal.files import owners
from rcm_portal.files.storage import private_storage
from registration import services
from registration.models import Delegate, PassportCopy, PendingUpload, RegistrationDraft
from registration.services.transitions import FOCAL_POINT
from tests import accounts
from tests.factories import (
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    NominationFactory,
    PartyFactory,
)
from tests.registration.forms import REGISTER, edited, filled_in, passport_file, person
from tests.registration.pages import delegation_page, draft_page, nomination_page, page
from tests.strict import LintingClient

DONE = "/en/imrf-2022/register/done/"
THEIRS, OWN = "victim@example.org", "own@example.org"


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def belize(db, in_time):
    return DelegationFactory(seat_limit=None)


def files() -> set[str]:
    return set(private_storage().keys("passports"))


def save_for_later(client, **changes) -> RegistrationDraft:
    client.post(REGISTER, filled_in(purpose="later", passport=None, **changes))
    return RegistrationDraft.objects.order_by("pk").last()


def staff_form() -> str:
    return "/admin/registration/delegate/add/?workshop=imrf-2022"


# ── CAP-1: a key that is known ───────────────────────────────────────────────────────────────────────────────────────


def doors(delegation, client) -> dict[str, tuple]:
    """Every door to the form: the browser that stands at it, its address, and what staff give beside."""
    officer = accounts.signed_in(accounts.make_staff("secretariat"))
    by_staff = {"source": "email", "reason": "came by e-mail", "role": "official"}
    return {
        "public": (client, REGISTER, {}),
        "delegation": (client, delegation_page(delegation, "delegation_register"), {}),
        "nomination": (client, nomination_page(NominationFactory(delegation=delegation, email=OWN)), {}),
        "draft": (client, draft_page(save_for_later(client, email=OWN)), {}),
        "staff": (officer, staff_form(), by_staff),
    }


@pytest.mark.parametrize("door", ["public", "delegation", "nomination", "draft", "staff"])
@pytest.mark.parametrize("same_browser", [True, False])
@pytest.mark.parametrize("later", [timedelta(minutes=1), timedelta(days=20)])
def test_cap_1_a_known_form_key_returns_nobody_elses_registration(
    client, belize, in_time, door, same_browser, later
):
    """Somebody filled in the form for another person: their browser knows its key, and so may a stranger."""
    key = str(uuid4())
    client.post(REGISTER, filled_in(email=THEIRS, form_key=key, given_names="Victima"))
    in_time.shift(later)
    if later > timedelta(days=10):
        belize.workshop.deadline = IN_TIME + timedelta(days=40)
        belize.workshop.save()
    browser, address, more = doors(belize, client if same_browser else LintingClient())[door]
    answer = browser.post(
        address, filled_in(email=OWN, form_key=key, given_names="Propio", passport_number="P7654321", **more)
    )
    victim, mine = Delegate.objects.get(email=THEIRS), Delegate.objects.get(email=OWN)
    assert answer.status_code == 302
    assert (victim.given_names, mine.given_names) == ("Victima", "Propio")
    opened = browser.get(answer["Location"], follow=True).content.decode()
    assert "Victima" not in opened and THEIRS not in opened
    assert page(victim) != answer["Location"]


def test_cap_1_the_key_of_another_registration_does_not_take_it_over_from_a_saved_form(client, belize):
    """The take-over: weeks later, a form of one's own is saved and sent from its link with the old key."""
    key = str(uuid4())
    client.post(REGISTER, filled_in(email=THEIRS, form_key=key))
    victim = Delegate.objects.get()
    services.confirm_email(delegate=victim, now=IN_TIME)
    draft = save_for_later(client, email=OWN, form_key=key)
    answer = client.post(draft_page(draft), filled_in(email=OWN, form_key=key))
    assert Delegate.objects.count() == 2
    assert answer["Location"] == page(Delegate.objects.get(email=OWN))
    again = client.post(draft_page(draft), filled_in(email=THEIRS, form_key=key))
    assert THEIRS not in client.get(again.get("Location", "/en/"), follow=True).content.decode()


def test_cap_1_the_same_form_sent_twice_is_one_registration_for_a_few_minutes(client, belize, in_time):
    key = str(uuid4())
    first = client.post(REGISTER, filled_in(form_key=key))
    in_time.shift(timedelta(minutes=14))
    second = client.post(REGISTER, filled_in(form_key=key))
    assert (first["Location"], second["Location"]) == (DONE, DONE)
    assert Delegate.objects.count() == 1


@pytest.mark.parametrize("changed", [{"delegation": "CAN"}, person(1)])
def test_cap_1_the_same_form_for_another_person_or_delegation_is_another_registration(
    client, belize, changed
):
    DelegationFactory(party=PartyFactory(code="CAN"))
    key = str(uuid4())
    client.post(REGISTER, filled_in(form_key=key))
    client.post(REGISTER, filled_in(**{"email": "second@example.org", "form_key": key, **changed}))
    assert Delegate.objects.count() == 2


# ── CAP-2: a file that is kept ───────────────────────────────────────────────────────────────────────────────────────


def keep(client, address=REGISTER, **fields):
    """Send a file ahead through a door."""
    data = {"purpose": "file", "passport": passport_file(), **fields}
    return client.post(address, data, headers={"X-Requested-With": "fetch"})


def test_cap_2_a_public_id_takes_or_plants_nothing_at_the_edit_page(client, belize):
    """The public id stands in every link; a file kept while editing is the delegate's alone."""
    delegate = DelegateFactory(delegation=belize)
    client.post(page(delegate, "edit"), edited(delegate, passport=passport_file(), position=""))
    kept = PendingUpload.objects.get()
    stranger = LintingClient()
    taken = stranger.post(
        REGISTER, filled_in(passport=None, form_key=str(delegate.public_id), email="thief@example.org")
    )
    assert taken.status_code == 400 and list(taken.context["form"].errors) == ["passport"]
    assert keep(stranger, form_key=str(delegate.public_id)).status_code == 200
    stranger.post(REGISTER, {"purpose": "discard", "form_key": str(delegate.public_id)})
    client.post(page(delegate, "edit"), edited(delegate, position="Directora"))
    assert PassportCopy.objects.get(delegate=delegate).key == kept.key


@pytest.mark.parametrize("through", ["public", "delegation", "nomination", "draft", "staff"])
@pytest.mark.parametrize("do", ["take", "plant", "discard"])
def test_cap_2_a_kept_file_is_out_of_reach_of_every_other_door(client, belize, through, do):
    """The same key in another browser, or in the same one at another door, finds nothing, replaces and destroys nothing."""
    key = str(uuid4())
    keep(client, form_key=key)
    kept = PendingUpload.objects.get()
    browser = LintingClient() if through == "public" else client
    browser, address, more = doors(belize, browser)[through]
    if do == "take":
        browser.post(address, filled_in(passport=None, form_key=key, email=OWN, **more))
    elif do == "plant":
        browser.post(address, {"purpose": "file", "form_key": key, "passport": passport_file()})
    else:
        browser.post(address, {"purpose": "discard", "form_key": key})
    assert PendingUpload.objects.get(pk=kept.pk).key == kept.key and kept.key in files()
    assert not PassportCopy.objects.filter(key=kept.key).exists()
    client.post(REGISTER, filled_in(passport=None, form_key=key, email="first@example.org"))
    assert PassportCopy.objects.get(delegate__email="first@example.org").key == kept.key


def test_cap_2_a_revoked_link_ends_what_was_begun_through_it(client, belize):
    """Its nominations and its saved forms."""
    nomination = services.nominate(
        delegation=belize, name="Rosa", email="rosa@example.org", language="es", now=IN_TIME
    )
    used = NominationFactory(delegation=belize, used_at=IN_TIME)
    client.post(delegation_page(belize, "delegation_register"), filled_in(purpose="later", passport=None))
    draft = RegistrationDraft.objects.get()
    services.revoke_link(delegation=belize, by=FOCAL_POINT, now=IN_TIME)
    assert client.get(nomination_page(nomination)).status_code == 410
    assert client.get(draft_page(draft)).status_code == 410
    used.refresh_from_db()
    assert used.withdrawn_at is None


# ── OWN-1: every row has its file ────────────────────────────────────────────────────────────────────────────────────


def at_once(count: int, work) -> list:
    """What `work(number)` returned in `count` threads that start together."""
    barrier = Barrier(count)

    def run(number):
        try:
            barrier.wait(timeout=30)
            with time_machine.travel(IN_TIME, tick=False):
                return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("with_file", [True, False], ids=["file in the form", "file sent ahead"])
def test_own_1_a_form_that_arrives_twice_at_once_keeps_its_file(with_file):
    """Two tabs, a proxy's retry, no JavaScript: one delegate, and the file that its copy names."""
    DelegationFactory(seat_limit=None)
    for number in range(4):
        key, email = str(uuid4()), f"twice{number}@example.org"
        ahead = LintingClient()
        with time_machine.travel(IN_TIME, tick=False):
            ahead.get(REGISTER)
            if not with_file:
                keep(ahead, form_key=key)

        def send(_number, ahead=ahead, key=key, email=email):
            browser = LintingClient()
            browser.cookies = ahead.cookies.copy()
            file = passport_file() if with_file else None
            return browser.post(REGISTER, filled_in(form_key=key, email=email, passport=file)).status_code

        assert at_once(2, send) == [302, 302]
        copy = PassportCopy.objects.get(delegate__email=email)
        assert private_storage().exists(copy.key)
    assert Delegate.objects.count() == 4
    assert list(owners.without_file()) == []
    assert files() == {copy.key for copy in PassportCopy.objects.all()} | {
        kept.key for kept in PendingUpload.objects.all()
    }


@pytest.mark.django_db(transaction=True)
def test_own_1_an_edit_that_arrives_twice_at_once_keeps_its_file():
    delegate = DelegateFactory(delegation=DelegationFactory())
    address = page(delegate, "edit")

    def send(number):
        return LintingClient().post(address, edited(delegate, passport=passport_file())).status_code

    assert set(at_once(3, send)) == {302}
    assert private_storage().exists(PassportCopy.objects.get().key)
    assert list(owners.without_file()) == []


@pytest.mark.django_db(transaction=True)
def test_own_1_two_files_chosen_quickly_leave_the_last_row_with_its_file():
    DelegationFactory()
    client, key = LintingClient(), str(uuid4())
    with time_machine.travel(IN_TIME, tick=False):
        client.get(REGISTER)

    def send(_number):
        browser = LintingClient()
        browser.cookies = client.cookies.copy()
        return keep(browser, form_key=key).status_code

    assert set(at_once(4, send)) == {200}
    [kept] = PendingUpload.objects.all()
    assert files() == {kept.key}


def test_own_1_a_row_without_its_file_is_named(belize):
    DelegateFactory(delegation=belize)
    copy = PassportCopy.objects.create(
        delegate=Delegate.objects.get(),
        key="passports/7a50cbb8-6d2c-4d3c-a3c4-000000000000",
        media_type="image/png",
        size=1,
        sha256="0" * 64,
    )
    assert list(owners.without_file()) == [f"registration.PassportCopy {copy.pk}"]
