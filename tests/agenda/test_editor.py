"""The staff pages of the agenda: the editor by its buttons, publishing, bringing back, telling delegates."""

import re
from datetime import UTC, datetime

import pytest
import time_machine

from agenda.models import (
    AgendaDay,
    AgendaItem,
    AgendaNotice,
    AgendaVersion,
    CountrySlot,
    Presenter,
    Programme,
    Roundtable,
)
from agenda.queries import agendas
from agenda.services import editing
from rcm_portal.models import MailState, OutgoingMail
from registration.enums import DelegateStatus
from registration.models import Delegate, Party
from tests.accounts import make_staff, signed_in
from tests.factories import DelegateFactory

from . import note

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 3, 15, 18, tzinfo=UTC)


@pytest.fixture
def workshop():
    return note.draft()


@pytest.fixture
def staff(workshop):
    client = signed_in(make_staff("secretariat", username="ana"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def base(workshop) -> str:
    return f"/admin/agenda/programme/{Programme.objects.get(workshop=workshop).pk}"


def edit(client, workshop, **data):
    revision = Programme.objects.get(workshop=workshop).revision
    return client.post(f"{base(workshop)}/edit/", {"revision": revision, **data}, follow=True)


def hours(workshop) -> dict[str, str]:
    plan = agendas.draft(workshop)
    return {
        item.key: f"{plan.local(item.starts_at):%H:%M}-{f'{plan.local(item.ends_at):%H:%M}' if item.ends_at else ''}"
        for item in plan.items
    }


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_editor_shows_the_draft_with_its_two_warnings_in_constant_queries(
    staff, workshop, django_assert_max_num_queries
):
    editing.publish(workshop=workshop, now=NOW)
    html = text_of(staff.get(f"{base(workshop)}/change/"))
    assert "announced 10:00–17:00, but the items run 09:30–17:50" in html
    assert "announced 09:00–12:30, but the items run 10:00–12:30" in html
    assert "Registro y fotografía oficial" in html
    assert "Registration and official photograph" in html
    with django_assert_max_num_queries(25):
        staff.get(f"{base(workshop)}/change/")
    note.more_items(workshop, 20)
    with django_assert_max_num_queries(25):
        staff.get(f"{base(workshop)}/change/")


def test_an_item_s_form_takes_as_many_queries_whatever_it_holds(staff, workshop, django_assert_num_queries):
    item = AgendaItem.objects.get(key="roadmap")
    parties = list(Party.objects.all()[:3])
    address = f"/admin/agenda/agendaitem/{item.pk}/change/"

    def add(party, position):
        Presenter.objects.create(item=item, key=f"p-{position}", party=party, position=position)
        CountrySlot.objects.create(item=item, party=party, position=position)

    item.presenters.all().delete()
    add(parties[0], 1)
    staff.get(address)
    with django_assert_num_queries(18):
        staff.get(address)
    for position, party in enumerate(parties[1:], start=2):
        add(party, position)
    with django_assert_num_queries(18):
        staff.get(address)


def test_hours_are_saved_and_an_end_before_the_start_is_refused(staff, workshop):
    edit(staff, workshop, do="times", key="lunch", starts="13:15", ends="14:15")
    assert hours(workshop)["lunch"] == "13:15-14:15"
    page = edit(staff, workshop, do="times", key="lunch", starts="13:15", ends="13:15")
    assert "An item must end after it starts." in text_of(page)
    assert hours(workshop)["lunch"] == "13:15-14:15"
    edit(staff, workshop, do="times", key="lunch", starts="13:15", ends="")
    assert hours(workshop)["lunch"] == "13:15-"


def test_everything_after_an_item_moves_by_fifteen_minutes(staff, workshop):
    before = hours(workshop)
    edit(staff, workshop, do="shift", key="coffee-2", minutes="15")
    after = hours(workshop)
    assert after["discussion"] == "16:00-17:45"
    assert after["dinner"] == "18:05-"
    assert {key: after[key] for key in ("coffee-2", "revision")} == {
        key: before[key] for key in ("coffee-2", "revision")
    }


def test_items_change_places_by_button_and_by_order(staff, workshop):
    edit(staff, workshop, do="up", key="roadmap")
    assert (hours(workshop)["roadmap"], hours(workshop)["welcome"]) == ("10:00-10:15", "10:15-10:45")
    edit(staff, workshop, do="down", key="roadmap")
    assert (hours(workshop)["welcome"], hours(workshop)["roadmap"]) == ("10:00-10:30", "10:30-10:45")
    edit(staff, workshop, do="order", keys="adoption,revision,closing")
    assert [hours(workshop)[key] for key in ("adoption", "revision")] == ["10:00-10:30", "10:30-12:00"]


@pytest.mark.parametrize(
    "data",
    [
        {"do": "times", "key": "nobody", "starts": "10:00"},
        {"do": "times", "key": "lunch", "starts": "25:00"},
        {"do": "shift", "key": "lunch", "minutes": "10000"},
        {"do": "order", "keys": "revision,closing"},
        {"do": "fly", "key": "lunch"},
        {"do": "times", "key": "lunch", "starts": "10:00", "revision": "x"},
    ],
)
def test_a_change_that_makes_no_sense_changes_nothing(staff, workshop, data):
    before = hours(workshop)
    assert "Nothing was changed" in text_of(edit(staff, workshop, **data))
    assert hours(workshop) == before


def test_a_draft_that_somebody_else_has_changed_is_not_overwritten(staff, workshop):
    seen = Programme.objects.get(workshop=workshop).revision
    edit(staff, workshop, do="shift", key="coffee-2", minutes="15")
    page = staff.post(
        f"{base(workshop)}/edit/",
        {"revision": seen, "do": "shift", "key": "coffee-2", "minutes": "15"},
        follow=True,
    )
    assert "Somebody else has changed the draft" in text_of(page)
    assert hours(workshop)["discussion"] == "16:00-17:45"


def test_publishing_says_what_changes_and_takes_only_the_draft_that_was_seen(staff, workshop):
    editing.publish(workshop=workshop, now=NOW)
    edit(staff, workshop, do="times", key="lunch", starts="13:15", ends="14:30")
    page = text_of(staff.get(f"{base(workshop)}/change/"))
    assert "Moved: “Lunch”, Thursday 31 March, from 13:00–14:30 to 13:15–14:30." in page
    assert "Cambio de horario: «Comida», jueves 31 de marzo, de 13:00–14:30 a 13:15–14:30." in page
    old = staff.post(f"{base(workshop)}/publish/", {"revision": 0, "note_en": "x"}, follow=True)
    assert "Somebody else has changed the draft" in text_of(old)
    revision = Programme.objects.get(workshop=workshop).revision
    staff.post(f"{base(workshop)}/publish/", {"revision": revision, "note_en": "Later lunch"}, follow=True)
    version = AgendaVersion.objects.get(number=2)
    assert (version.tentative, version.note_en, version.published_by.username) == (
        False,
        "Later lunch",
        "ana",
    )


def test_the_public_page_says_version_and_changes_and_shows_old_versions(staff, client, workshop):
    editing.publish(workshop=workshop, now=NOW)
    edit(staff, workshop, do="times", key="lunch", starts="13:15", ends="14:30")
    editing.publish(workshop=workshop, now=NOW)
    page = text_of(client.get("/en/imrf-2022/agenda/"))
    assert "Tentative agenda, version 2 of 15 March 2022" in page
    assert "Moved: “Lunch”" in page
    old = client.get("/en/imrf-2022/agenda/versions/1/")
    assert "This is an old version of the agenda." in text_of(old)
    assert "13:00" in text_of(old)
    assert "old version" not in text_of(client.get("/en/imrf-2022/agenda/versions/2/"))
    assert client.get("/en/imrf-2022/agenda/versions/3/").status_code == 404


def test_an_old_version_is_brought_back(staff, workshop):
    editing.publish(workshop=workshop, now=NOW)
    edit(staff, workshop, do="times", key="lunch", starts="13:15", ends="14:30")
    revision = Programme.objects.get(workshop=workshop).revision
    page = staff.post(f"{base(workshop)}/restore/1/", {"revision": revision}, follow=True)
    assert "The draft is as version 1 was." in text_of(page)
    assert hours(workshop)["lunch"] == "13:00-14:30"
    assert staff.post(f"{base(workshop)}/restore/9/", {"revision": revision}).status_code == 404


@pytest.mark.parametrize("seen", ["before", "none"])
def test_an_old_version_overwrites_nothing_that_a_colleague_has_just_typed(staff, workshop, seen):
    editing.publish(workshop=workshop, now=NOW)
    revision = {"before": Programme.objects.get(workshop=workshop).revision, "none": ""}[seen]
    edit(staff, workshop, do="times", key="lunch", starts="13:15", ends="14:30")  # the colleague
    page = staff.post(f"{base(workshop)}/restore/1/", {"revision": revision}, follow=True)
    assert "The draft is as version 1 was." not in text_of(page)
    assert hours(workshop)["lunch"] == "13:15-14:30"


# ── Telling the confirmed delegates ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def told(staff, workshop):
    """A second version with one change, and three delegates of whom two are confirmed."""
    delegations = list(workshop.delegations.all())
    DelegateFactory(
        delegation=delegations[0], status=DelegateStatus.CONFIRMED, language="es", email="es@example.org"
    )
    DelegateFactory(
        delegation=delegations[1], status=DelegateStatus.CONFIRMED, language="en", email="en@example.org"
    )
    DelegateFactory(delegation=delegations[2], status=DelegateStatus.APPROVED, email="no@example.org")
    editing.publish(workshop=workshop, now=NOW)
    edit(staff, workshop, do="times", key="lunch", starts="13:15", ends="14:30")
    editing.publish(workshop=workshop, now=NOW)
    return workshop


def test_staff_read_the_mail_in_both_languages_before_it_is_written(staff, told):
    page = text_of(staff.get(f"{base(told)}/change/"))
    assert "The agenda of the II IMRF Preparation Workshop has changed." in page
    assert "La agenda del II Taller preparatorio FEMI ha cambiado." in page
    assert not OutgoingMail.objects.exists()


def test_confirmed_delegates_are_told_in_their_language_once_staff_release_the_drafts(staff, told):
    staff.post(f"{base(told)}/tell/", {"number": 2}, follow=True)
    mails = {mail.to: mail for mail in OutgoingMail.objects.all()}
    assert set(mails) == {"es@example.org", "en@example.org"}
    assert {mail.state for mail in mails.values()} == {MailState.HELD}
    assert "Cambio de horario: «Comida»" in mails["es@example.org"].text
    assert (
        "Moved: “Lunch”, Thursday 31 March, from 13:00–14:30 to 13:15–14:30." in mails["en@example.org"].text
    )
    assert "https://portal.test/en/imrf-2022/agenda/" in mails["en@example.org"].text
    again = staff.post(f"{base(told)}/tell/", {"number": 2}, follow=True)
    assert "written already" in text_of(again)
    assert OutgoingMail.objects.count() == 2
    staff.post(f"{base(told)}/release/", follow=True)
    assert not OutgoingMail.objects.filter(state=MailState.HELD).exists()


def test_the_editor_says_when_the_drafts_were_written_in_the_workshop_s_hours(staff, told):
    with time_machine.travel(NOW, tick=False):
        page = staff.post(f"{base(told)}/tell/", {"number": 2}, follow=True)
    assert "Written as drafts on 15 March 2022, 12:00 (Mexico City time) by ana." in text_of(page)


def test_before_anybody_is_confirmed_nothing_is_written_and_it_can_be_done_later(staff, told):
    Delegate.objects.update(status=DelegateStatus.APPROVED)
    page = staff.post(f"{base(told)}/tell/", {"number": 2}, follow=True)
    assert "there is nobody to tell" in text_of(page)
    assert not AgendaNotice.objects.exists()
    Delegate.objects.filter(email="es@example.org").update(status=DelegateStatus.CONFIRMED)
    staff.post(f"{base(told)}/tell/", {"number": 2}, follow=True)
    assert OutgoingMail.objects.get().to == "es@example.org"


def test_the_first_version_has_nothing_to_tell(staff, workshop):
    editing.publish(workshop=workshop, now=NOW)
    page = staff.post(f"{base(workshop)}/tell/", {"number": 1}, follow=True)
    assert "there is nothing to tell" in text_of(page)
    assert not AgendaNotice.objects.exists()


def test_mails_about_a_version_that_is_no_longer_current_are_not_written(staff, told):
    page = staff.post(f"{base(told)}/tell/", {"number": 1}, follow=True)
    assert "Another version has been published meanwhile" in text_of(page)
    assert not OutgoingMail.objects.exists()


# ── Items, days ──────────────────────────────────────────────────────────────────────────────────────────────────────


def inline(prefix: str, rows=(), initial: int = 0) -> dict[str, str]:
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(initial)}
    for number, row in enumerate(rows):
        data |= {f"{prefix}-{number}-{name}": str(value) for name, value in row.items()}
    return data


def item_form(workshop, **changed) -> dict[str, str]:
    return {
        "workshop": str(workshop.pk),
        "date": "2022-03-31",
        "starts": "18:30",
        "ends": "19:00",
        "kind": "session",
        "numbered": "on",
        "key": "",
        "title_es": "Sesión nueva",
        "title_en": "New session",
        **inline("presenters"),
        **inline("country_slots"),
        **inline("roundtables"),
        **changed,
    }


def test_an_item_is_added_in_the_workshop_s_hours_with_a_key_of_its_title(staff, workshop):
    presenters = inline("presenters", [{"position": 1, "party": note.party("IOM").pk, "role_en": "Host"}])
    response = staff.post("/admin/agenda/agendaitem/add/", item_form(workshop, **presenters))
    assert response["Location"].startswith(f"{base(workshop)}/change/#row-new-session")
    assert hours(workshop)["new-session"] == "18:30-19:00"
    assert Presenter.objects.get(item__key="new-session").key == "iom"
    staff.post("/admin/agenda/agendaitem/add/", item_form(workshop, starts="19:30", ends=""))
    assert hours(workshop)["new-session-2"] == "19:30-"


def test_a_title_pasted_over_several_lines_becomes_one(staff, workshop):
    response = staff.post("/admin/agenda/agendaitem/add/", item_form(workshop, title_en=" Long \r\n lunch "))
    assert response.status_code == 302
    assert AgendaItem.objects.filter(title_en="Long lunch").exists()


def test_an_item_that_ends_before_it_starts_is_refused_beside_its_field(staff, workshop):
    page = staff.post("/admin/agenda/agendaitem/add/", item_form(workshop, ends="18:30"))
    assert "An item must end after it starts." in text_of(page)
    assert not AgendaItem.objects.filter(title_en="New session").exists()


def test_objectives_are_given_as_numbers_and_taken_from_the_other_table(staff, workshop):
    item = AgendaItem.objects.get(key="roundtables")
    one, other = item.roundtables.order_by("number")[:2]
    rows = [
        {
            "id": table.pk,
            "item": item.pk,
            "number": table.number,
            "title_es": "x",
            "title_en": "x",
            "numbers": numbers,
        }
        for table, numbers in ((one, "5, 6, 12, 18"), (other, "2, 4, 8, 9, 10, 11, 13, 21"))
    ]
    form = item_form(
        workshop,
        key="roundtables",
        starts="14:30",
        ends="15:30",
        **inline("roundtables", rows, initial=2),
    )
    address = f"/admin/agenda/agendaitem/{item.pk}/change/"
    assert staff.post(address, form).status_code == 302
    assert set(Roundtable.objects.get(pk=other.pk).assigned.values_list("objective", flat=True)) >= {2, 4}
    rows[0]["numbers"] = "5, 24"
    form |= inline("roundtables", rows, initial=2)
    assert "The Global Compact has no objective 24." in text_of(staff.post(address, form))


def test_an_item_is_deleted_and_staff_are_back_in_the_editor(staff, workshop):
    item = AgendaItem.objects.get(key="lunch")
    response = staff.post(f"/admin/agenda/agendaitem/{item.pk}/delete/", {"post": "yes"})
    assert response["Location"] == f"{base(workshop)}/change/"
    assert "lunch" not in hours(workshop)


def test_a_day_gets_its_key_from_its_date(staff, workshop):
    data = {
        "workshop": workshop.pk,
        "date": "2022-04-02",
        "announced_start": "09:00",
        "announced_end": "10:00",
    }
    staff.post("/admin/agenda/agendaday/add/", data)
    assert AgendaDay.objects.get(date="2022-04-02").key == "day-2022-04-02"
    page = staff.post("/admin/agenda/agendaday/add/", data)
    assert "already" in text_of(page)


# ── Who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("role", ["iom", "host", "reception"])
def test_other_staff_neither_see_nor_change_the_agenda(workshop, role):
    client = signed_in(make_staff(role))
    assert client.get(f"{base(workshop)}/change/").status_code == 403
    for name in ("edit", "publish", "restore/1", "tell", "release"):
        assert client.post(f"{base(workshop)}/{name}/", {"revision": 0}).status_code == 403


def test_changes_need_post_and_a_token(csrf_client, workshop):
    csrf_client.force_login(make_staff("secretariat"), backend="django.contrib.auth.backends.ModelBackend")
    for name in ("edit", "publish", "restore/1", "tell", "release"):
        assert csrf_client.get(f"{base(workshop)}/{name}/").status_code == 405
        assert csrf_client.post(f"{base(workshop)}/{name}/", {"revision": 0}).status_code == 403


def test_every_workshop_has_its_programme_from_the_beginning(staff):
    other = note.workshop("other")
    assert Programme.objects.filter(workshop=other).exists()
    assert "Publish version 1" in text_of(staff.get(f"{base(other)}/change/"))
