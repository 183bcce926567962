"""Staff make a workshop of an earlier one or of a preset file, and look at it first."""

import base64
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agenda.models import AgendaDay, AgendaItem, AgendaVersion, Presenter
from logistics.models import Benefit, TravelRules
from registration.models import Delegate, Delegation, LetterText, Party, Workshop
from registration.presets.loader import load_workshop
from registration.queries.reminder_plan import plan
from tests.accounts import make_staff, signed_in
from tests.factories import DelegateFactory
from tests.loaded import note_loaded

from .test_presets import NOTE, OTHER

pytestmark = pytest.mark.django_db
ADD = "/admin/registration/workshop/add/"


@pytest.fixture
def note():
    return note_loaded()


@pytest.fixture
def secretariat():
    return signed_in(make_staff("secretariat"))


def page_of(workshop: Workshop) -> str:
    return reverse("admin:registration_workshop_copy", args=[workshop.pk])


def typed(**changes) -> dict:
    return {
        "name_es": "III Taller",
        "name_en": "Third Workshop",
        "short_name_es": "III Taller",
        "short_name_en": "Third Workshop",
        "slug": "third-2023",
        "starts_on": "2023-05-11",
    } | changes


def look(client, workshop, **changes):
    return client.post(page_of(workshop), typed(**changes))


def make(client, workshop, **changes):
    looked = look(client, workshop, **changes)
    return client.post(page_of(workshop), typed(**changes) | {"make": "1", "seen": looked.context["seen"]})


def upload(client, content: bytes, name="new.toml", **fields):
    return client.post(ADD, {"file": SimpleUploadedFile(name, content), **fields})


def confirm(client, looked):
    """Press the button of the page that shows what would be made."""
    names = ("content", "name", "seen")
    starts_on = looked.context["starts_on"]
    return client.post(
        ADD,
        {name: looked.context[name] for name in names}
        | {"starts_on": starts_on.isoformat() if starts_on else ""},
    )


# ── From an earlier workshop ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_and_the_page_of_a_workshop_lead_to_a_new_one(secretariat, note):
    for address in (
        reverse("admin:registration_workshop_changelist"),
        reverse("admin:registration_workshop_change", args=[note.pk]),
    ):
        assert f'href="{page_of(note)}"' in secretariat.get(address).content.decode()


def test_a_look_shows_who_loses_what_by_the_new_date_and_makes_nothing(secretariat, note):
    response = look(secretariat, note)
    text = response.content.decode()
    assert response.status_code == 200
    for party, words in (("Panama", "1 July 2022"), ("Belize", "1 July 2022")):
        (line,) = [line for line in response.context["look"]["income"] if line.startswith(f"{party}: ")]
        assert words in line
        assert line in text
    panama, belize = (
        next(line for line in response.context["look"]["income"] if line.startswith(name))
        for name in ("Panama", "Belize")
    )
    assert "high income since" in panama
    assert "loses: Accommodation" in panama
    assert "air ticket" not in panama.lower()  # a closed list, whatever the income group
    assert "no benefit depends on it" in belize
    assert len(response.context["look"]["income"]) == 2
    assert Workshop.objects.count() == 1
    assert Benefit.objects.count() == 6


def test_a_new_workshop_has_the_rules_of_the_old_one_moved_in_time(secretariat, note):
    response = make(secretariat, note)
    made = Workshop.objects.get(slug="third-2023")
    assert response.headers["Location"] == reverse("admin:registration_workshop_change", args=[made.pk])
    assert (made.name_es, made.short_name_en) == ("III Taller", "Third Workshop")
    assert (made.starts_on, made.ends_on) == (date(2023, 5, 11), date(2023, 5, 12))
    assert made.deadline.astimezone(made.zone).isoformat() == "2023-04-12T00:00:00-06:00"
    assert (made.published, made.income_reference_date, made.letter_prefix) == (False, None, "")
    assert made.delegations.count() == note.delegations.count() == 17
    assert Benefit.objects.get(workshop=made, code="accommodation").dates == ["2023-05-10", "2023-05-11"]
    assert made.travel_rules.outward_not_before == date(2023, 5, 10)
    assert made.travel_rules.visa_required == note.travel_rules.visa_required
    assert set(AgendaDay.objects.filter(workshop=made).values_list("date", flat=True)) == {
        date(2023, 5, 11),
        date(2023, 5, 12),
    }
    assert (
        AgendaItem.objects.filter(workshop=made).count() == AgendaItem.objects.filter(workshop=note).count()
    )
    assert (
        LetterText.objects.filter(workshop=made).count() == LetterText.objects.filter(workshop=note).count()
    )
    assert made.reminder_rules.count() == 5
    assert Workshop.objects.get(slug="imrf-2022").starts_on == date(2022, 3, 31)


def test_nobody_sees_a_new_workshop_before_it_is_published(client, secretariat, note):
    make(secretariat, note)
    for address in ("/en/third-2023/", "/en/third-2023/agenda/", "/en/third-2023/register/"):
        assert client.get(address).status_code == 404
    assert b"Third Workshop" not in client.get("/en/").content
    assert not AgendaVersion.objects.filter(workshop__slug="third-2023").exists()  # the agenda is a draft


def test_what_was_confirmed_for_one_workshop_is_not_for_the_next(secretariat, note):
    TravelRules.objects.update(confirmed=True)
    make(secretariat, note)
    assert TravelRules.objects.get(workshop__slug="third-2023").confirmed is False


def test_nobodys_personal_data_come_along(secretariat, note):
    person = DelegateFactory(workshop=note, delegation=note.delegations.first())
    welcome = AgendaItem.objects.get(key="welcome")
    Presenter.objects.create(item=welcome, key="p-1", position=4, person="Ana Zumárraga")
    Presenter.objects.create(item=welcome, key="p-2", position=5, person="Ana Zumárraga", role_en="Chair")
    Presenter.objects.create(item=welcome, key="p-3", position=6, delegate=person)
    note.delegations.update(focal_point_name="Petra", focal_point_email="petra@example.org")
    make(secretariat, note)
    made = Workshop.objects.get(slug="third-2023")
    presenters = Presenter.objects.filter(item__workshop=made, item__key="welcome")
    assert [(row.person, row.delegate, row.role_en) for row in presenters][3:] == [("", None, "Chair")]
    assert not Delegate.objects.filter(workshop=made).exists()
    assert not made.delegations.exclude(focal_point_name="", focal_point_email="").exists()


def test_focal_points_come_along_where_they_are_ticked_to_be_confirmed(secretariat, note):
    note.delegations.filter(party__code__in=["BLZ", "CAN"]).update(
        focal_point_name="Petra", focal_point_email="petra@example.org", focal_point_language="en"
    )
    looked = look(secretariat, note, focal_points="on")
    assert "2 focal points are taken over" in looked.content.decode()
    make(secretariat, note, focal_points="on")
    taken = Delegation.objects.filter(workshop__slug="third-2023", focal_point_to_confirm=True)
    assert {(row.party.code, row.focal_point_email, row.focal_point_language) for row in taken} == {
        ("BLZ", "petra@example.org", "en"),
        ("CAN", "petra@example.org", "en"),
    }
    listed = secretariat.get("/admin/registration/delegation/?focal_point=to_confirm")
    assert listed.context["cl"].result_count == 2


def test_a_focal_point_is_reminded_only_once_confirmed_and_the_workshop_published(secretariat, note):
    note.delegations.filter(party__code="BLZ").update(focal_point_email="petra@example.org")
    make(secretariat, note, focal_points="on")
    made = Workshop.objects.get(slug="third-2023")
    day_before = made.deadline - timedelta(hours=12)  # by the clock of Mexico City at noon

    def reminded() -> list[str]:
        return [planned.address for planned in plan(now=day_before) if planned.rule.workshop_id == made.pk]

    Workshop.objects.filter(pk=made.pk).update(published=True)
    assert reminded() == []
    made.delegations.update(focal_point_to_confirm=False)
    assert set(reminded()) == {"petra@example.org"}
    Workshop.objects.filter(pk=made.pk).update(published=False)
    assert reminded() == []


def test_without_focal_points_there_is_nothing_to_tick(secretariat, note):
    assert "focal_points" not in secretariat.get(page_of(note)).context["form"].fields


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"slug": "imrf-2022"}, "slug", "Another workshop has this address."),
        ({"slug": "privacy"}, "slug", "A page of the portal has this address"),
        ({"slug": "not a slug"}, "slug", "valid"),
        ({"starts_on": ""}, "starts_on", "required"),
        ({"starts_on": "2023-02-30"}, "starts_on", "valid date"),
        ({"starts_on": "9999-12-31"}, "starts_on", "outside the calendar"),
        ({"starts_on": "0001-01-01"}, "starts_on", "outside the calendar"),
        ({"name_es": "x" * 401}, "name_es", "400"),
        ({"short_name_en": ""}, "short_name_en", "required"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(
    secretariat, note, changes, field, words
):
    response = look(secretariat, note, **changes)
    form = response.context["form"]
    assert response.status_code == 400
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])
    for name, value in typed(**changes).items():
        assert form[name].value() == value
    assert Workshop.objects.count() == 1


def test_an_address_taken_since_the_look_is_said_beside_it(secretariat, note):
    looked = look(secretariat, note)
    load_workshop(name_or_path=str(OTHER))
    Workshop.objects.filter(slug="datos-2026").update(slug="third-2023")
    response = secretariat.post(page_of(note), typed() | {"make": "1", "seen": looked.context["seen"]})
    assert list(response.context["form"].errors) == ["slug"]


def test_what_changed_since_the_look_is_looked_at_again(secretariat, note):
    looked = look(secretariat, note)
    Party.objects.get(code="PAN").income_groups.filter(group="high").update(group="upper_middle")
    response = secretariat.post(page_of(note), typed() | {"make": "1", "seen": looked.context["seen"]})
    assert "Please look again" in response.content.decode()
    assert not Workshop.objects.filter(slug="third-2023").exists()


def test_a_failure_half_way_leaves_nothing_behind(secretariat, note, monkeypatch):
    looked = look(secretariat, note)
    monkeypatch.setattr(
        "agenda.services.preset.AgendaSection.load", lambda *arguments: (_ for _ in ()).throw(RuntimeError)
    )
    with pytest.raises(RuntimeError):
        secretariat.post(page_of(note), typed() | {"make": "1", "seen": looked.context["seen"]})
    assert Workshop.objects.count() == 1
    assert Delegation.objects.exclude(workshop=note).count() == 0


def test_a_copy_can_be_copied_and_is_in_the_history(secretariat, note):
    make(secretariat, note)
    third = Workshop.objects.get(slug="third-2023")
    make(secretariat, third, slug="fourth-2024", starts_on="2024-05-09")
    assert Workshop.objects.get(slug="fourth-2024").delegations.count() == 17
    history = secretariat.get(reverse("admin:registration_workshop_history", args=[third.pk]))
    assert "imrf-2022" in history.content.decode()


def test_a_look_takes_the_same_queries_however_many_parties_change(secretariat, note):
    """Loading takes queries for each row; asking what the income groups change takes none for each party."""
    from logistics.queries.two_workshops import income_changes

    make(secretariat, note)
    third = Workshop.objects.get(slug="third-2023")
    with CaptureQueriesContext(
        connection,
    ) as few:
        income_changes(before=note, after=third)
    Workshop.objects.filter(pk=third.pk).update(income_reference_date=date(2026, 7, 1))
    third.refresh_from_db()
    with CaptureQueriesContext(connection) as many:
        assert len(income_changes(before=note, after=third)) > 2
    assert len(many) == len(few) == 8


def test_the_list_of_workshops_takes_the_same_queries_with_one_and_with_three(secretariat, note):
    for address in (reverse("admin:registration_workshop_changelist"), ADD):
        Workshop.objects.exclude(pk=note.pk).delete()
        secretariat.get(address)
        with CaptureQueriesContext(connection) as one:
            secretariat.get(address)
        for number in (1, 2):
            Workshop.objects.create(
                **{
                    field.attname: getattr(note, field.attname)
                    for field in Workshop._meta.fields
                    if field.name not in ("id", "slug")
                },
                slug=f"more-{number}",
            )
        with CaptureQueriesContext(connection) as three:
            secretariat.get(address)
        assert len(three) == len(one)


# ── As a file ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_workshop_is_saved_as_a_file_and_taken_in_again(secretariat, note):
    saved = secretariat.get(reverse("admin:registration_workshop_preset", args=[note.pk]))
    assert saved.headers["Content-Disposition"] == 'attachment; filename="imrf-2022.toml"'
    again = upload(secretariat, saved.content)
    assert again.context["look"]["nothing"] is True
    another = saved.content.replace(b'slug = "imrf-2022"', b'slug = "again-2022"')
    looked = upload(secretariat, another)
    assert not Workshop.objects.filter(slug="again-2022").exists()
    confirm(secretariat, looked)
    made = Workshop.objects.get(slug="again-2022")
    assert (made.published, made.delegations.count(), made.starts_on) == (False, 17, date(2022, 3, 31))


def test_what_stands_in_the_way_of_a_file_is_named(secretariat, note):
    Workshop.objects.update(deadline="2022-05-01T00:00:00Z")
    for response in (
        secretariat.get(reverse("admin:registration_workshop_preset", args=[note.pk])),
        look(secretariat, note),
    ):
        assert response.status_code in (200, 400)
        assert "workshop.registration.deadline" in response.content.decode()


def test_a_file_on_other_dates_is_moved(secretariat):
    looked = upload(secretariat, NOTE.read_bytes(), starts_on="2030-03-28")
    confirm(secretariat, looked)
    made = Workshop.objects.get()
    assert (made.starts_on, made.income_reference_date) == (date(2030, 3, 28), date(2022, 3, 31))


def test_a_file_of_a_workshop_that_is_there_updates_it_and_keeps_what_staff_changed(secretariat, note):
    Workshop.objects.update(venue_es="Otra sede")
    changed = (
        NOTE.read_bytes()
        .replace('city = { es = "Ciudad de México"'.encode(), b'city = { es = "CDMX"')
        .replace('venue = { es = "Secretaría de Gobernación'.encode(), b'venue = { es = "Secretaria')
    )
    looked = upload(secretariat, changed)
    assert looked.context["look"]["updated"] == ["Workshop imrf-2022: city (Spanish)"]
    assert looked.context["look"]["kept"] == ["Workshop imrf-2022: venue (Spanish)"]
    note.refresh_from_db()
    assert note.city_es == "Ciudad de México"
    confirm(secretariat, looked)
    note.refresh_from_db()
    assert (note.city_es, note.venue_es, note.published) == ("CDMX", "Otra sede", True)


def test_mistakes_are_named_by_their_keys_beside_the_file_and_the_first_day_is_kept(secretariat):
    broken = NOTE.read_bytes().replace(b"seat_limit = 2", b"seat_limt = 2").replace(b'"MEX"\n', b'"MXC"\n')
    response = upload(secretariat, broken, starts_on="2030-03-28")
    text = response.content.decode()
    assert response.status_code == 400
    assert "delegations[0].seat_limt = “2”: unknown key. Is “seat_limit” meant?" in text
    assert 'value="2030-03-28"' in text
    assert not Workshop.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a = 1", "format: this portal reads format 1."),
        (b"\xff\xfe\x00", "not a TOML file"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a." * 100_000 + b"a = 1", "nested too deeply"),
        (b"format = 1\na = " + b"9" * 100_000, "not a TOML file"),
        (b"#" * (512 * 1024 + 1), "larger than 512 kB"),
    ],
    ids=["other", "binary", "brackets", "dots", "digits", "large"],
)
def test_no_content_of_a_file_breaks_the_page(secretariat, content, words):
    response = upload(secretariat, content)
    assert response.status_code == 400
    assert words in response.content.decode()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'en = "Mexico City" }', b'en = "Mexico\\u0000City" }', "null character"),
        (b"email_confirmation_hours = 48", b"email_confirmation_hours = 0x" + b"F" * 9_000, "…"),
        (b"2022-03-02T00:00:00-06:00", b"0001-01-01T00:00:00Z", "outside the calendar"),
        (b"starts_on = 2022-03-31", b"starts_on = 9999-12-30", "the last day is before"),
        (b'kind = "member_country"', b'kind = "<script>alert(1)</script>"', "“&lt;script&gt;alert(1)"),
    ],
    ids=["null", "digits", "first year", "last year", "markup"],
)
def test_no_value_of_a_file_breaks_the_page(secretariat, old, new, words):
    content = NOTE.read_bytes()
    assert old in content
    response = upload(secretariat, content.replace(old, new, 1))
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not Workshop.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("preset.zip", b"format = 1", "must end in .toml"), ("none", None, "choose a file")],
)
def test_something_else_than_a_toml_file_is_refused_beside_its_field(secretariat, name, content, words):
    response = secretariat.post(ADD, {}) if content is None else upload(secretariat, content, name=name)
    assert response.status_code == 400
    assert words in str(response.context["form"].errors)


def test_what_comes_back_from_the_page_is_checked_again(secretariat):
    looked = upload(secretariat, NOTE.read_bytes())
    other = NOTE.read_bytes().replace(b'"Mexico City" }', b'"Elsewhere" }')
    sent = {"content": base64.b64encode(other).decode(), "name": "x.toml", "seen": looked.context["seen"]}
    for content in (sent["content"], "no base64!", base64.b64encode(b"#" * 600_000).decode()):
        response = secretariat.post(ADD, sent | {"content": content})
        assert response.status_code in (200, 400)
        assert not Workshop.objects.exists()


@pytest.mark.parametrize("role", ["iom", "host", "reception"])
def test_other_staff_make_and_save_no_workshop(note, role):
    client = signed_in(make_staff(role))
    saved = reverse("admin:registration_workshop_preset", args=[note.pk])
    for address in (ADD, page_of(note), saved):
        assert client.get(address).status_code == 403
    assert client.post(page_of(note), typed()).status_code == 403
    assert client.post(ADD, {"content": ""}).status_code == 403
