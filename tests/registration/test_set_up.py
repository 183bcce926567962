"""The list of what a workshop still needs: where each is cured and by whom, what was set aside, and publishing."""

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urldefrag

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from agenda.models import AgendaDay, AgendaItem, Presenter, Programme
from logistics.models import Airport, Benefit, Payer, ScopeTerm, TravelRules
from rcm_portal.security.roles import EXECUTIVE_SECRETARIAT, HOST, NAMES, PERMISSIONS
from rcm_portal.staff.home import Desk
from registration.exceptions import NotReady
from registration.models import Delegation, FindingSeen, IncomeClassification, LetterText, Party, Workshop
from registration.models.workshops import validate_time_zone
from registration.presets.loader import load_workshop
from registration.queries.set_up import cured_by, set_up_of
from registration.rules.findings import Level, findings
from registration.staff_home import panels
from tests import accounts
from tests.factories import WorkshopFactory
from tests.registration.letters import name_the_signatory
from tests.registration.test_workshop_admin import typed

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 2, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def note():
    workshop, _report = load_workshop(name_or_path="imrf-2022")
    return workshop


@pytest.fixture
def officer():
    user = accounts.make_staff("secretariat", first_name="Ada", last_name="Lovelace")
    client = accounts.signed_in(user)
    client.user = user
    client.allowed_text = ("{{", "}}")
    return client


def list_of(workshop) -> str:
    return reverse("admin:registration_workshop_setup", args=[workshop.pk])


def spoil(workshop) -> Workshop:
    """One fault of every kind that the checks know, as far as they can stand beside each other."""
    Workshop.objects.update(
        product_en="",
        venue_en="",
        deadline=datetime(2022, 4, 5, tzinfo=UTC),
        income_reference_date=date(2018, 1, 1),
        host=None,
        presidency=None,
    )
    Party.objects.filter(code="BLZ").update(name_en="")
    Delegation.objects.filter(party__code="BLZ").update(link_required=True)
    AgendaItem.objects.filter(key="dinner").update(title_en="")
    first = AgendaItem.objects.order_by("starts_at").first()
    AgendaItem.objects.filter(pk=first.pk).update(ends_at=first.ends_at + timedelta(hours=1))
    Presenter.objects.exclude(role_es="").update(role_en="")
    AgendaDay.objects.filter(key="day-2").update(date=date(2022, 4, 3))
    LetterText.objects.filter(key="opening", language="en").update(text=" ")
    LetterText.objects.filter(key="salutation_ms").delete()
    Payer.objects.update(name_en="")
    Benefit.objects.filter(code="lunch").update(dates=["2022-04-02"], name_es="")
    ScopeTerm.objects.filter(benefit__code="lunch").delete()
    Airport.objects.all().delete()
    TravelRules.objects.update(
        outward_not_before=date(2022, 4, 1), return_not_before=datetime(2022, 4, 9, tzinfo=UTC), source_en=""
    )
    Programme.objects.update(current=None)
    workshop.refresh_from_db()
    return workshop


def leads_to_its_field(client, url) -> bool:
    page, field = urldefrag(url)
    answer = client.get(page)
    return answer.status_code == 200 and (not field or f'id="{field}"' in answer.content.decode())


def test_every_finding_leads_to_the_field_where_it_is_cured_by_who_is_named(note, officer):
    found = findings(spoil(note))
    assert len({finding.where for finding in found}) >= 15
    addresses = {finding.url for finding in found} | {url for each in found for _name, url in each.links}
    assert [url for url in sorted(addresses) if not leads_to_its_field(officer, url)] == []
    without_field = [finding.words for finding in found if "#" not in finding.url]
    assert without_field == []
    assert {name for finding in found for name in cured_by(finding.url)} == {
        NAMES[EXECUTIVE_SECRETARIAT],
        NAMES[HOST],
    }


def test_an_empty_workshop_is_led_to_the_pages_where_its_first_rows_are_made(officer):
    found = findings(WorkshopFactory())
    assert [each.words for each in found if not leads_to_its_field(officer, each.url)] == []
    assert {f"/admin/{page}/add/" for page in ("registration/delegation", "logistics/travelrules")} <= {
        urldefrag(each.url)[0].partition("?")[0] for each in found
    }


def test_who_can_cure_follows_the_permissions_and_not_a_list_of_its_own(note, monkeypatch):
    url = reverse("admin:logistics_benefit_change", args=[Benefit.objects.first().pk])
    monkeypatch.setitem(PERMISSIONS, "Host", ("logistics.change_benefit",))
    with translation.override("es"):
        assert [str(name) for name in cured_by(url)] == ["Secretaría Ejecutiva", "Anfitrión"]
    for group in (EXECUTIVE_SECRETARIAT, "Host"):
        monkeypatch.setitem(PERMISSIONS, group, ())
    with translation.override("en"):
        assert [str(name) for name in cured_by(url)] == ["administrator"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Who can cure it:", "Executive Secretariat", "Seen, and why", "It cannot be published")),
        (
            "es",
            ("Quién puede corregirlo:", "Secretaría Ejecutiva", "Visto, y por qué", "No se puede publicar"),
        ),
    ],
)
def test_the_list_says_what_is_missing_in_the_readers_language(note, officer, language, words):
    Workshop.objects.update(published=False)
    page = officer.get(list_of(note), headers={"accept-language": language}).content.decode()
    assert [each for each in words if each not in page] == []


def warning(workshop, language="en") -> str:
    with translation.override(language):
        return next(each.words for each in findings(workshop) if each.url.endswith("#id_confirmed"))


def said(workshop, language="en") -> list[str]:
    with translation.override(language):
        return [need.finding.words for need in set_up_of(workshop).open]


def test_a_warning_is_set_aside_with_who_when_and_why_and_taken_back(note, officer):
    words = warning(note)
    officer.post(list_of(note), {"words": words, "reason": "SRE confirms soon."})
    row = FindingSeen.objects.get()
    assert (row.by, row.at, row.reason, row.words_en) == (officer.user, NOW, "SRE confirms soon.", words)
    assert words not in said(note)
    for language in ("en", "es"):
        page = officer.get(list_of(note), headers={"accept-language": language}).content.decode()
        assert "SRE confirms soon." in page
        assert "Ada Lovelace" in page
    assert row.words_es == warning(note, "es") != words
    assert row.words_es not in said(note, "es")
    officer.post(reverse("admin:registration_workshop_setup_back", args=[note.pk, row.pk]))
    row.refresh_from_db()
    assert (row.taken_back_by, row.taken_back_at) == (officer.user, NOW)
    assert words in said(note)
    officer.post(list_of(note), {"words": words, "reason": "Again."})
    assert FindingSeen.objects.count() == 2
    assert words not in said(note)


def test_a_warning_comes_back_when_it_says_something_else(note, officer):
    officer.post(list_of(note), {"words": warning(note), "reason": "x"})
    TravelRules.objects.update(as_of=date(2022, 3, 2))
    assert warning(note) in said(note)


def test_a_warning_that_was_set_aside_in_spanish_is_aside_in_english(note, officer):
    sent = {"words": warning(note, "es"), "reason": "x"}
    officer.post(list_of(note), sent, headers={"accept-language": "es"})
    assert warning(note) not in said(note)


def test_an_error_is_never_set_aside(note, officer):
    error = next(each for each in findings(note) if each.level == Level.ERROR)
    answer = officer.post(list_of(note), {"words": error.words, "reason": "x"}, follow=True)
    assert "does not stand any more" in answer.content.decode()
    assert not FindingSeen.objects.exists()
    assert error.words in said(note)


def test_without_a_reason_nothing_is_set_aside_and_the_field_says_so(note, officer):
    words = warning(note)
    answer = officer.post(list_of(note), {"words": words, "reason": ""})
    assert answer.status_code == 400
    assert [form.errors for need, form in answer.context["rows"] if form.errors] == [
        {"reason": ["This field is required."]}
    ]
    assert not FindingSeen.objects.exists()
    too_long = "x" * 301
    page = officer.post(list_of(note), {"words": words, "reason": too_long}).content.decode()
    assert too_long in page


def test_two_officers_who_set_the_same_aside_leave_one_row(note, officer):
    for reason in ("first", "second"):
        officer.post(list_of(note), {"words": warning(note), "reason": reason})
    assert FindingSeen.objects.count() == 1


def form_of(client, workshop):
    address = reverse("admin:registration_workshop_change", args=[workshop.pk])
    return address, typed(client.get(address).context["adminform"].form)


@pytest.fixture
def hidden(note):
    Workshop.objects.update(published=False)
    note.refresh_from_db()
    return note


def test_publishing_is_refused_beside_its_field_with_the_errors_and_their_links(hidden, officer):
    address, sent = form_of(officer, hidden)
    answer = officer.post(address, sent | {"published": "on", "venue_en": "Room 7"})
    form = answer.context["adminform"].form
    assert list(form.errors) == ["published"]
    assert form["venue_en"].value() == "Room 7"
    shown = str(form.errors["published"])
    for finding in findings(hidden):
        assert (f'href="{finding.url}"' in shown) == (finding.level == Level.ERROR)
    hidden.refresh_from_db()
    assert not hidden.published


def test_what_the_same_form_mends_does_not_keep_it_from_publishing(hidden, officer):
    name_the_signatory()
    Workshop.objects.update(deadline=datetime(2022, 4, 5, tzinfo=UTC))
    address, sent = form_of(officer, hidden)
    assert officer.post(address, sent | {"published": "on"}).status_code == 200
    mended = {"published": "on", "deadline_0": "2022-03-02"}
    assert officer.post(address, sent | mended).status_code == 302
    hidden.refresh_from_db()
    assert hidden.published
    name = officer.get(list_of(hidden)).content.decode()
    assert "The workshop is published." in name


def test_registration_may_stay_open_until_the_end_of_the_last_day_and_no_longer(hidden, officer):
    name_the_signatory()
    asked = {"action": "extend_selected", "_selected_action": [hidden.pk], "last_day": str(hidden.ends_on)}
    officer.post(reverse("admin:registration_workshop_changelist"), asked)
    hidden.refresh_from_db()
    assert hidden.deadline.astimezone(hidden.zone).isoformat() == "2022-04-02T00:00:00-06:00"
    assert "registration closes on" not in officer.get(list_of(hidden)).content.decode()
    address, sent = form_of(officer, hidden)
    answer = officer.post(address, sent | {"deadline_0": "2022-04-03", "venue_en": "Room 7"})
    form = answer.context["adminform"].form
    assert form.errors == {"deadline": ["The new date must not be after the workshop’s last day."]}
    assert form["venue_en"].value() == "Room 7"
    assert officer.post(address, sent | {"published": "on", "deadline_0": "2022-04-02"}).status_code == 302


def test_what_the_same_form_breaks_keeps_it_from_publishing(hidden, officer):
    name_the_signatory()
    address, sent = form_of(officer, hidden)
    answer = officer.post(address, sent | {"published": "on", "deadline_0": "2022-04-05"})
    assert "registration closes on 2022-04-05" in str(answer.context["adminform"].form.errors["published"])


def test_a_workshop_that_a_colleague_withdraws_meanwhile_is_not_published_again_with_errors(
    note, officer, monkeypatch
):
    address, sent = form_of(officer, note)

    def meanwhile(zone):
        Workshop.objects.update(published=False)
        return validate_time_zone(zone)

    monkeypatch.setattr("registration.admin.workshops.validate_time_zone", meanwhile)
    answer = officer.post(address, sent | {"venue_en": "Room 7"})
    form = answer.context["adminform"].form
    assert "no letter is issued" in str(form.errors["published"])
    assert form["venue_en"].value() == "Room 7"
    assert not Workshop.objects.get().published


def test_no_other_door_publishes_either(hidden):
    hidden.published = True
    for fields in (None, ["published"], ["published", "venue_es"]):
        with pytest.raises(NotReady, match="no letter is issued"):
            hidden.save(update_fields=fields)
    hidden.save(update_fields=["venue_es"])
    assert not Workshop.objects.get().published
    name_the_signatory()
    hidden.save()
    assert Workshop.objects.get().published


def test_a_public_workshop_stays_public_when_it_gets_an_error_and_can_be_withdrawn(note, officer):
    address, sent = form_of(officer, note)
    assert "published" in sent
    assert officer.post(address, sent | {"venue_en": "Room 7"}).status_code == 302
    note.refresh_from_db()
    assert (note.published, note.venue_en) == (True, "Room 7")
    assert "no letter is issued" in officer.get("/admin/").content.decode()
    address, sent = form_of(officer, note)
    del sent["published"]
    assert officer.post(address, sent).status_code == 302
    note.refresh_from_db()
    assert not note.published


def test_the_list_stands_on_home_until_it_is_empty(note, officer):
    Delegation.objects.update(focal_point_email="focal@example.org")
    assert list_of(note) in officer.get("/admin/").content.decode().split('id="content"')[1]
    name_the_signatory()
    for words in said(note):
        officer.post(list_of(note), {"words": words, "reason": "Seen."})
    header, home = officer.get("/admin/").content.decode().split('id="content"')
    assert list_of(note) in header
    assert list_of(note) not in home
    assert "Nothing is missing." in officer.get(list_of(note)).content.decode()


def test_home_looks_through_the_chosen_workshop_however_many_there_are(
    note, officer, django_assert_num_queries
):
    desk = Desk(now=NOW, user=officer.user, workshop=note.slug)
    panels.set_up(desk)
    with CaptureQueriesContext(connection) as one:
        panels.set_up(desk)
    for number in range(3):
        WorkshopFactory(slug=f"further-{number}")
    with django_assert_num_queries(len(one)):
        assert [panel.workshop for panel in panels.set_up(desk)] == [note.slug]
    assert list_of(note) not in officer.get("/admin/").content.decode()  # none is chosen
    officer.post("/admin/workshop/", {"workshop": note.slug})
    assert list_of(note) in officer.get("/admin/").content.decode()


def test_the_list_asks_no_more_queries_the_more_it_finds(note, officer, django_assert_max_num_queries):
    officer.get(list_of(note))
    with CaptureQueriesContext(connection) as tidy:
        officer.get(list_of(note))
    spoil(note)
    with django_assert_max_num_queries(len(tidy)):
        officer.get(list_of(note))


def test_only_who_may_change_the_workshop_sees_its_list(note):
    for role in ("iom", "host", "reception", "protection"):
        client = accounts.signed_in(accounts.make_staff(role))
        assert client.get(list_of(note)).status_code == 403
        assert client.post(list_of(note), {"words": warning(note), "reason": "x"}).status_code == 403
    assert not FindingSeen.objects.exists()


def test_the_workshops_page_leads_to_its_list_and_to_its_letter_texts(note, officer):
    page = officer.get(reverse("admin:registration_workshop_change", args=[note.pk])).content.decode()
    assert re.search(rf'href="{list_of(note)}"', page)
    assert reverse("admin:registration_lettertext_workshop", args=[note.slug]) in page


def test_income_groups_lead_to_the_party_that_has_none(note, officer):
    IncomeClassification.objects.filter(party__code__in=["CRI", "PAN"]).delete()
    page = officer.get(list_of(note)).content.decode()
    for code in ("CRI", "PAN"):
        party = Party.objects.get(code=code)
        assert f"{reverse('admin:registration_incomeclassification_add')}?party={party.pk}#id_group" in page
