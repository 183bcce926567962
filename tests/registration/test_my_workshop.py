"""The page that an approved delegate may keep on a phone: what it says, to whom, and what the worker of it alone keeps."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.conf import settings

from agenda.models import Programme
from agenda.services import editing
from registration import services
from registration.documents.letter import qr_of
from registration.models import Delegate, PracticalPart, Workshop
from registration.services.transitions import DELEGATE, staff
from tests.acceptance.test_headers import directives
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory
from tests.registration.pages import page
from tests.registration.test_practical import approved, workshop  # noqa: F401 - the workshop of the note


@pytest.fixture
def guest(workshop) -> Delegate:  # noqa: F811
    """An official of Panama, who has a room and a turn in the agenda."""
    return approved(workshop, given_names="Rosa", surnames="Lee", email="rosa@personal.example")


def own(delegate, language="en") -> str:
    return re.sub(r"^/\w\w/", f"/{language}/", page(delegate, "my_workshop"))


def said(client, address) -> str:
    return client.get(address).content.decode()


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def kept(client, address: str) -> dict:
    """What the worker of the page at this address is told."""
    source = client.get(f"{address}worker.js").content.decode()
    return json.loads(re.match(r"self\.KEPT = (.*);\n", source)[1])


# ── What it says ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "told", "foreign"),
    [
        (
            "en",
            ["When your delegation speaks", "Example Hotel", "Gate 2", "Coffee break", "Mexico City time"],
            "Pausa",
        ),
        ("es", ["Hotel Ejemplo", "Puerta 2", "Pausa", "Ciudad de México"], "Coffee break"),
    ],
)
def test_it_says_what_one_needs_on_the_way_in_the_language_of_its_address(
    client, guest, language, told, foreign
):
    text = words(said(client, own(guest, language)))
    for each in [*told, "Rosa Lee", guest.code, guest.workshop.contact_email]:
        assert each in text, each
    assert foreign not in text


def test_the_code_is_the_one_that_the_desk_reads_from_the_badge(client, guest):
    assert f'alt="QR code of registration {guest.code}"' in said(client, own(guest))
    desk = f"https://portal.test/admin/registration/delegate/door/{guest.code}/"
    assert f'src="{qr_of(desk)}"' in said(client, own(guest))


def test_only_the_turn_of_the_own_delegation_is_marked(client, guest):
    html = said(client, own(guest))
    turns = re.findall(r"<strong>(\d\d:\d\d [^<]+)</strong>", html)
    assert turns and {turn[6:] for turn in turns} == {"Panama"}
    assert words(html).count("Your delegation:") == len(turns)


def test_an_item_that_the_own_delegation_presents_is_marked_with_its_hours(client, workshop):  # noqa: F811
    host = approved(workshop, "SLV")  # it holds the presidency, which opens and closes the workshop
    assert re.search(r"Your delegation: \d\d:\d\d–\d\d:\d\d", words(said(client, own(host))))


def test_whoever_has_no_turn_sees_the_agenda_without_marks(client, workshop):  # noqa: F811
    delegation = DelegationFactory(workshop=workshop, party=PartyFactory(code="XYZ"), seat_limit=None)
    delegate = DelegateFactory(delegation=delegation)
    services.approve(delegate=delegate, by=staff(None), now=IN_TIME)
    text = words(said(client, own(delegate)))
    assert "Coffee break" in text
    assert "our delegation" not in text


def test_before_the_agenda_is_published_it_says_so(client, guest):
    Programme.objects.update(current=None)
    editing.page_touched(guest.workshop_id)
    assert "The agenda has not been published yet." in said(client, own(guest))


def test_nothing_personal_stands_in_it_but_name_and_code(client, guest):
    Delegate.objects.filter(pk=guest.pk).update(phone="+50760000001", position="Chief of Staff")
    client.post(page(guest, "confirm"))  # its message waits for a page that nobody keeps
    html = said(client, own(guest))
    passport = guest.passport
    for secret in (guest.email, "+50760000001", "Chief of Staff", guest.institution, passport.number):
        assert secret not in html, secret
    assert "address is confirmed" not in html
    assert "address is confirmed" in said(client, page(guest))


def test_other_people_are_not_named_in_its_agenda(client, guest):
    from agenda.models import AgendaItem, Presenter  # noqa: PLC0415

    item = AgendaItem.objects.filter(workshop=guest.workshop).first()
    Presenter.objects.create(item=item, key="somebody", person="Otra Persona")
    editing.publish(workshop=guest.workshop, now=IN_TIME)
    assert "Otra Persona" in said(client, "/en/imrf-2022/agenda/")
    assert "Otra Persona" not in said(client, own(guest))


def test_its_number_of_queries_does_not_grow(client, guest, django_assert_num_queries):
    parts = PracticalPart.objects.filter(workshop=guest.workshop)
    parts.exclude(kind="hotel").delete()
    said(client, own(guest))  # makes the agenda’s days, once; most of the queries ask who has a room
    with django_assert_num_queries(10):
        few = said(client, own(guest))
    for kind in ("venue", "weather", "dress"):
        parts.create(
            workshop=guest.workshop, kind=kind, text_es="Algo", text_en="Something", audience="public"
        )
    said(client, own(guest))
    with django_assert_num_queries(10):
        many = said(client, own(guest))
    assert len(many) > len(few)


# ── To whom ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_not_approved_is_led_to_the_own_page_and_gets_no_worker(client, guest):
    waiting = DelegateFactory(delegation=guest.delegation)
    for delegate in (waiting, guest):
        if delegate == guest:
            assert (
                client.get(own(guest)).status_code == client.get(f"{own(guest)}worker.js").status_code == 200
            )
            services.cancel(delegate=guest, by=DELEGATE, reason="", now=IN_TIME)
        answer = client.get(own(delegate))
        assert (answer.status_code, answer["Location"]) == (302, own(delegate).removesuffix("workshop/"))
        assert client.get(f"{own(delegate)}worker.js").status_code == 404


def test_a_confirmed_delegate_has_it_and_the_own_page_leads_there(client, guest):
    assert 'href="workshop/"' in said(client, page(guest))
    Delegate.objects.filter(pk=guest.pk).update(status="confirmed")
    assert client.get(own(guest)).status_code == 200
    assert 'href="workshop/"' in said(client, page(guest))
    assert 'href="workshop/"' not in said(client, page(DelegateFactory(delegation=guest.delegation)))


def test_a_foreign_an_old_or_another_workshops_link_opens_neither_page_nor_worker(client, guest):
    good = own(guest)
    DelegationFactory(workshop__slug="another", party=PartyFactory(code="ZZZ"))
    other = DelegateFactory(delegation=Workshop.objects.get(slug="another").delegations.get())
    addresses = [good.replace("imrf-2022", "another"), own(other).replace("another", "imrf-2022")]
    addresses.append(re.sub(r"/my/[^/]+/", "/my/x/", good))
    for address in addresses:
        assert client.get(address).status_code == client.get(f"{address}worker.js").status_code == 404
    Delegate.objects.filter(pk=guest.pk).update(link_version=1)
    assert client.get(good).status_code == client.get(f"{good}worker.js").status_code == 410


# ── What is kept, and until when ─────────────────────────────────────────────────────────────────────────────────────


def test_no_http_cache_keeps_it_and_it_alone_may_have_a_worker(client, guest):
    answer = client.get(own(guest))
    assert "no-store" in answer["Cache-Control"]
    assert "no-store" in client.get(f"{own(guest)}worker.js")["Cache-Control"]
    assert directives(answer["Content-Security-Policy"])["worker-src"] == ["'self'"]
    for other in (page(guest), page(guest, "edit"), "/en/imrf-2022/agenda/"):
        assert directives(client.get(other)["Content-Security-Policy"])["worker-src"] == ["'none'"], other


def test_the_worker_reaches_no_further_than_its_page(client, guest):
    answer = client.get(f"{own(guest)}worker.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "Service-Worker-Allowed" not in answer  # so its scope is the folder that it stands in: the page
    assert kept(client, own(guest))["page"] == own(guest)


def test_the_worker_keeps_every_file_of_the_page_and_no_other(client, guest):
    html = said(client, own(guest))
    asked = set(re.findall(rf'(?:src|href)="({settings.STATIC_URL}[^"#]+)', html))
    assert set(kept(client, own(guest))["files"]) == asked


def test_the_name_of_the_cache_holds_no_link_and_is_another_for_each_page(client, guest):
    second = approved(guest.workshop, "CAN")
    addresses = [own(guest), own(guest, "es"), own(second)]
    names = [kept(client, address)["cache"] for address in addresses]
    assert len(set(names)) == 3
    for name, address in zip(names, addresses, strict=True):
        assert f'data-cache="{name}"' in said(client, address)
        assert address.split("/")[4][:8] not in name


def test_a_changed_file_is_another_version(client, guest, monkeypatch):
    before = kept(client, own(guest))["version"]
    monkeypatch.setattr(
        "registration.views.my_workshop.static", lambda name: f"/static/{name.replace('.', '.0123.')}"
    )
    assert kept(client, own(guest))["version"] != before


def test_a_phone_keeps_it_until_a_week_after_the_last_day_and_no_longer_than_the_portal_itself(client, guest):
    def until() -> datetime:
        return datetime.fromtimestamp(kept(client, own(guest))["until"] / 1000, UTC)

    assert until() == datetime(2022, 4, 9, 5, tzinfo=UTC)  # 1 April and seven days, midnight in Mexico City
    assert "until 8 April 2022, 23:59 (Mexico City time)" in words(said(client, own(guest)))
    Workshop.objects.update(retention_days=2)
    assert until() == datetime(2022, 4, 4, 5, tzinfo=UTC)


def test_once_that_time_is_over_it_offers_no_keeping(client, guest, in_time):
    address = own(guest)
    assert "data-may-keep" in said(client, address)
    in_time.move_to(datetime(2022, 4, 9, 5, 1, tzinfo=UTC))
    assert "data-may-keep" not in said(client, address)


def test_the_copy_says_of_when_it_is(client, guest):
    """The worker takes this very `hidden` away (static/js/my-workshop-worker.js)."""
    html = said(client, own(guest))
    assert html.count("data-copy-note hidden") == 1
    assert "You are offline. This information is from 10 February 2022, 12:00 (Mexico City time)." in words(
        html
    )
