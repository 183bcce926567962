"""Practical information: who sees which part, where it stands, how its changes are told, and the workshop's background."""

import re
from datetime import time
from io import BytesIO, StringIO

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from icalendar import Calendar

from logistics.services.rooms import decide_room
from rcm_portal.models import MailState, OutgoingMail
from registration import services
from registration.documents.calendar import calendar_files
from registration.enums import DelegateStatus
from registration.exceptions import NothingToTell
from registration.models import (
    BackgroundSection,
    Delegate,
    Delegation,
    InvitationLetter,
    LetterText,
    PracticalNotice,
    PracticalPart,
)
from registration.rules.practical import Part, changed, in_words, shown
from registration.services.letters.issuing import complete_letter
from registration.services.letters.renewing import renew_letters
from registration.services.practical import notices
from registration.services.transitions import staff
from tests import accounts
from tests.acceptance.pdf_text import links_of, text_of
from tests.factories import IN_TIME, DelegateFactory
from tests.loaded import note_loaded
from tests.registration.pages import page
from tests.registration.test_workshop_admin import typed
from tests.strict import body_of

STREET = "Calle de Prueba 99, Juárez, 06600"


@pytest.fixture
def workshop(db, in_time):
    """The workshop of the note, with its hotel and venue known; the rest is as shipped."""
    found = note_loaded()
    parts = PracticalPart.objects.filter(workshop=found)
    parts.filter(kind="hotel").update(
        name_es="Hotel Ejemplo",
        name_en="Example Hotel",
        address="Paseo Ejemplo 1",
        phone="+52 55 0000 0000",
        check_in=time(15),
        check_out=time(12),
    )
    parts.filter(kind="venue").update(
        address=STREET,
        entrance_es="Puerta 2",
        entrance_en="Gate 2",
        floor_es="Piso 3",
        floor_en="Floor 3",
        bring_es="Identificación",
        bring_en="Identification",
        audience="public",
    )
    parts.filter(kind="weather").update(text_es="Seco y soleado.", text_en="Dry and sunny.")
    return found


def approved(workshop, party="PAN", **facts) -> Delegate:
    delegation = Delegation.objects.get(workshop=workshop, party__code=party)
    delegate = DelegateFactory(delegation=delegation, **facts)
    services.approve(delegate=delegate, by=staff(None), now=IN_TIME)
    delegate.refresh_from_db()
    return delegate


def checked() -> str:
    """What check_workshop finds; the shipped preset has no signatory yet, which is an error."""
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("check_workshop", "imrf-2022", stdout=out, stderr=out)
    return out.getvalue()


def said(client, address) -> str:
    return client.get(address).content.decode()


# ── Who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "public", "for_approved", "for_guests"),
    [
        ("es", "Puerta 2", "Seco y soleado.", "Hotel Ejemplo"),
        ("en", "Gate 2", "Dry and sunny.", "Example Hotel"),
    ],
)
def test_everybody_sees_what_is_for_them_and_nothing_else(
    client, workshop, language, public, for_approved, for_guests
):
    guest, day_guest = approved(workshop, language=language), approved(workshop, "CAN", language=language)
    waiting = DelegateFactory(delegation=guest.delegation, language=language)

    def sees(address):
        return [words in said(client, address) for words in (public, for_approved, for_guests)]

    def own(delegate):
        return page(delegate).replace("/en/", f"/{language}/").replace("/es/", f"/{language}/")

    assert sees(f"/{language}/imrf-2022/") == [True, False, False]
    assert sees(own(waiting)) == [True, False, False]
    assert sees(own(day_guest)) == [True, True, False]
    assert sees(own(guest)) == [True, True, True]
    decide_room(delegate=guest, nights=[], reason="Lives here", by=None, now=IN_TIME)
    assert sees(own(guest)) == [True, True, False]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", ["Hotel Clayton", "14:00", "11:30", "Todas las personas participantes", "Puerta norte"]),
        ("en", ["Clayton Hotel", "14:00", "11:30", "All participants", "North gate"]),
    ],
)
def test_another_workshop_has_its_own(client, db, in_time, language, words):
    call_command("load_workshop", "tests/presets/datos-2026.toml", verbosity=0)
    shown = said(client, f"/{language}/datos-2026/")
    assert [word for word in words if word not in shown] == []
    assert (
        "Calle Luis Bonilla 5, Clayton, Ciudad de Panamá</dd>" in shown
    )  # the city once, in whatever language
    assert "La Fundación Istmo" in shown or "The Istmo Foundation" in shown
    background = said(client, f"/{language}/datos-2026/background/")
    assert '<a href="https://datos.example/informe"' in background
    assert {"es": "<li>Acta de la reunión</li>", "en": "<li>Minutes of the meeting</li>"}[
        language
    ] in background


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_part_that_is_still_to_be_written_is_shown_to_nobody_and_is_found(client, db, in_time, language):
    workshop = note_loaded()
    PracticalPart.objects.update(audience="public")
    guest = approved(workshop, language=language)
    for address in (f"/{language}/imrf-2022/", page(guest)):
        shown = said(client, address)
        assert re.search(r"\[(Nombre|Name|Calle|Números|Emergency|Red)", shown) is None
        assert 'id="practical-getting_there"' in shown and 'id="practical-venue"' not in shown
    found = checked()
    for words in ("[Name of the hotel]", "[Emergency numbers and contact person]", "[Which entrance]"):
        assert words in found
    assert "shown to nobody" in found


def test_check_workshop_finds_a_text_in_one_language_only(workshop):
    PracticalPart.objects.filter(kind="weather").update(text_en="")
    BackgroundSection.objects.filter(key="mandate").update(title_en="")
    found = checked()
    assert "Practical information: Weather: text (English): no text in English." in found
    assert "Background: El mandato de este taller: title (English): no text in English." in found


def test_what_is_not_paid_for_is_said_with_the_way_there(client, workshop):
    shown = said(client, "/en/imrf-2022/")
    _before, way = shown.split('id="practical-getting_there"')
    assert workshop.transfers_en in way


def test_the_maps_and_the_telephone_are_links_made_of_the_text(client, workshop):
    guest = approved(workshop, language="en")
    shown = said(client, page(guest))
    assert 'href="geo:0,0?q=Hotel%20Ejemplo%2C%20Paseo%20Ejemplo%201%2C%20' in shown
    assert re.search(
        r'href="https://www\.openstreetmap\.org/search\?query=[^"]+" rel="noopener noreferrer"', shown
    )
    assert 'href="tel:+525500000000"' in shown


def test_a_part_without_an_address_has_no_map_and_an_address_names_its_city_once():
    weather = in_words(Part("weather", "public", text_en="Dry"), city="Mexico City")
    assert (weather.map_url, weather.lines) == ("", ())
    venue = in_words(Part("venue", "public", address="Calle 1, Mexico City"), city="Mexico City")
    assert [line.text for line in venue.lines] == ["Calle 1, Mexico City"]


def test_what_is_not_written_yet_or_for_others_is_not_shown_and_the_rest_stands_in_its_order():
    weather, hotel = Part("weather", "public", text_en="Dry"), Part("hotel", "approved", address="Calle 1")
    unwritten = Part("venue", "public", address="[Street]")
    assert shown([weather, unwritten, hotel], {"public", "approved"}) == (hotel, weather)
    assert shown([weather, unwritten, hotel], {"public"}) == (weather,)
    assert shown([weather, unwritten, hotel], set()) == ()


def test_a_part_is_told_as_changed_to_who_sees_it_otherwise_than_before():
    dry, wet = Part("weather", "public", text_en="Dry"), Part("weather", "public", text_en="Wet")
    hotel = Part("hotel", "approved", address="Calle 1")
    assert changed([dry, hotel], [wet, hotel], {"public", "approved"}) == ([wet], [])
    assert changed([dry], [dry, hotel], {"public", "approved"}) == ([hotel], [])
    assert changed([dry, hotel], [dry], {"public", "approved"}) == ([], ["hotel"])
    assert changed([dry, hotel], [dry], {"public"}) == ([], [])


def test_what_is_said_of_transfers_stands_with_the_way_there_alone():
    said = "Nobody drives you."
    way = in_words(Part("getting_there", "public", text_en="Take the metro."), city="", transfers=said)
    hotel = in_words(Part("hotel", "public", text_en="Quiet."), city="", transfers=said)
    assert (way.paragraphs, hotel.paragraphs) == (("Take the metro.", said), ("Quiet.",))


def test_the_number_of_queries_is_the_same_for_one_part_and_for_many(
    client, workshop, django_assert_num_queries
):
    address = "/en/imrf-2022/"
    said(client, address)
    with django_assert_num_queries(4):  # the workshop, its delegations, its parts, its agenda
        client.get(address)
    PracticalPart.objects.exclude(kind="venue").delete()
    said(client, address)
    with django_assert_num_queries(4):
        client.get(address)


# ── Along with people ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "title", "weather"),
    [("es", "Información práctica", "Seco y soleado."), ("en", "Practical information", "Dry and sunny.")],
)
def test_one_page_for_the_phone_holds_what_its_reader_sees(client, workshop, language, title, weather):
    guest = approved(workshop, language=language)
    address = reverse("registration:my_practical", args=["imrf-2022", page(guest).split("/")[-2]])
    own = client.get(address.replace("/en/", f"/{language}/"))
    assert own["Content-Disposition"] == f'attachment; filename="imrf-2022-practical-{language}.pdf"'
    pdf = body_of(own)
    with pikepdf.open(BytesIO(pdf)) as document:
        assert len(document.pages) == 1
        assert str(document.Root.Lang) == language
        assert str(document.docinfo["/Title"]).startswith(title)
    text = " ".join(text_of(pdf).split())
    assert weather in text and "Paseo Ejemplo 1" in text and "15:00" in text
    assert any(link.startswith("geo:0,0?q=") for link in links_of(pdf))
    public = " ".join(text_of(body_of(client.get(f"/{language}/imrf-2022/practical.pdf"))).split())
    assert "Calle de Prueba 99" in public
    assert weather not in public and "Paseo Ejemplo" not in public


def test_a_long_text_makes_the_page_longer_and_no_second_one(client, workshop):
    PracticalPart.objects.filter(kind="venue").update(text_en="A line of words that goes on and on.\n" * 40)
    pdf = body_of(client.get("/en/imrf-2022/practical.pdf"))
    with pikepdf.open(BytesIO(pdf)) as document:
        [only] = document.pages
        width, height = only.mediabox[2], only.mediabox[3]
    assert abs(float(width) / 72 * 25.4 - 100) < 1
    assert float(height) > 2 * float(width)


def test_without_anything_to_show_there_is_no_file_and_no_link(client, workshop):
    PracticalPart.objects.all().delete()
    assert "practical.pdf" not in said(client, "/en/imrf-2022/")
    assert client.get("/en/imrf-2022/practical.pdf").status_code == 404


def test_the_street_is_the_place_in_both_calendars(client, workshop):
    agenda = Calendar.from_ical(client.get("/en/imrf-2022/agenda.ics").content)
    assert all(str(event["LOCATION"]).endswith(f", {STREET}, Mexico City") for event in agenda.events)
    guest = approved(workshop, language="en")
    [first, _second] = calendar_files(guest, now=IN_TIME)
    assert STREET in str(Calendar.from_ical(first[2]).events[0]["LOCATION"])
    PracticalPart.objects.filter(kind="venue").update(audience="approved")
    PracticalPart.objects.get(kind="venue").save()  # what caches hear
    agenda = Calendar.from_ical(client.get("/en/imrf-2022/agenda.ics").content)
    assert not [event for event in agenda.events if STREET in str(event["LOCATION"])]
    [first, _second] = calendar_files(guest, now=IN_TIME)
    assert STREET in str(Calendar.from_ical(first[2]).events[0]["LOCATION"])


def test_the_letters_mail_leads_to_it_and_no_change_of_it_voids_a_letter(workshop):
    LetterText.objects.filter(key="signatory_name").update(text="Ana Firmante")
    guest = approved(workshop, language="es")
    letter = InvitationLetter.objects.get(delegate=guest)
    complete_letter(letter_id=letter.pk, now=IN_TIME)
    mail = OutgoingMail.objects.get(kind="approved")
    assert re.search(r"/es/imrf-2022/my/[^/]+/practical\.pdf", mail.text)
    part = PracticalPart.objects.get(kind="hotel")
    part.name_es = "Otro Hotel"
    part.save()
    assert renew_letters(now=IN_TIME) == 0
    letter.refresh_from_db()
    assert letter.voided_at is None
    assert list(InvitationLetter.objects.filter(delegate=guest)) == [letter]


# ── Staff ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def change_page(kind) -> str:
    return reverse("admin:registration_practicalpart_change", args=[PracticalPart.objects.get(kind=kind).pk])


def opened(client, kind) -> dict:
    return typed(client.get(change_page(kind)).context["adminform"].form)


def test_the_secretariat_edits_every_part_with_the_fields_of_its_kind(workshop):
    officer = accounts.signed_in(accounts.make_staff("secretariat"))
    form = opened(officer, "weather")
    assert {"text_es", "audience"} <= set(form) and "address" not in form
    assert (
        officer.post(change_page("weather"), form | {"text_es": "Lluvia", "audience": "public"}).status_code
        == 302
    )
    assert PracticalPart.objects.get(kind="weather").text_es == "Lluvia"


def test_two_officers_do_not_overwrite_each_other(workshop):
    officer = accounts.signed_in(accounts.make_staff("secretariat"))
    mine = opened(officer, "venue")
    PracticalPart.objects.filter(kind="venue").update(address="Otra calle 1")
    answer = officer.post(change_page("venue"), mine | {"floor_en": "Floor 9"})
    assert list(answer.context["adminform"].form.errors) == ["address"]
    assert PracticalPart.objects.get(kind="venue").floor_en == "Floor 3"


def test_the_host_edits_its_places_but_not_who_sees_them_nor_the_rest(workshop):
    host = accounts.signed_in(accounts.make_staff("host"))
    for kind in ("hotel", "venue", "getting_there"):
        form = opened(host, kind)
        sent = form | {"text_es": "Del anfitrión", "audience": "public"}
        audience = PracticalPart.objects.get(kind=kind).audience
        assert host.post(change_page(kind), sent).status_code == 302
        part = PracticalPart.objects.get(kind=kind)
        assert (part.text_es, part.audience) == ("Del anfitrión", audience)
    assert host.post(change_page("weather"), {"text_es": "x"}).status_code == 403
    assert PracticalPart.objects.get(kind="weather").text_es == "Seco y soleado."
    telling = reverse("admin:registration_practicalpart_telling", args=[workshop.pk])
    assert host.get(telling).status_code == 403


def test_a_telephone_without_digits_is_refused_beside_its_field(workshop):
    officer = accounts.signed_in(accounts.make_staff("secretariat"))
    answer = officer.post(change_page("hotel"), opened(officer, "hotel") | {"phone": "ask"})
    assert list(answer.context["adminform"].form.errors) == ["phone"]


# ── Telling delegates ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def officer(workshop):
    return accounts.signed_in(accounts.make_staff("secretariat"))


def telling(workshop, what="telling") -> str:
    return reverse(f"admin:registration_practicalpart_{what}", args=[workshop.pk])


def tell(officer, workshop):
    seen = officer.get(telling(workshop)).context["stamp"]
    return officer.post(telling(workshop, "tell"), {"number": seen}, follow=True).content.decode()


def mails() -> dict[str, OutgoingMail]:
    return {mail.to: mail for mail in OutgoingMail.objects.filter(kind="practical", state=MailState.HELD)}


def test_those_who_see_a_change_are_told_in_their_language_once_staff_release_it(officer, workshop):
    guest = approved(workshop, language="es", email="guest@example.org")
    day_guest = approved(workshop, "CAN", language="en", email="day@example.org")
    DelegateFactory(delegation=guest.delegation, email="waiting@example.org")
    shown = officer.get(telling(workshop)).content.decode()
    assert "Delegates with a room" in shown and "Hotel Ejemplo" in shown
    assert "2 drafts were written." in tell(officer, workshop)
    written = mails()
    assert set(written) == {guest.email, day_guest.email}
    assert "Hotel Ejemplo" in written[guest.email].text and "Seco y soleado." in written[guest.email].text
    assert "Hotel" not in written[day_guest.email].text and "Dry and sunny." in written[day_guest.email].text
    assert re.search(r"/es/imrf-2022/my/[^/]+/practical\.pdf", written[guest.email].text)
    assert "there is nothing to tell" in tell(officer, workshop)
    officer.post(telling(workshop, "release"))
    assert mails() == {}
    PracticalPart.objects.filter(kind="hotel").update(phone="+52 55 1111 1111")
    assert "1 draft was written." in tell(officer, workshop)
    [(address, mail)] = mails().items()
    assert address == guest.email
    assert "+52 55 1111 1111" in mail.text and "Seco" not in mail.text
    PracticalPart.objects.filter(kind="weather").delete()
    tell(officer, workshop)
    assert "Weather" in mails()[day_guest.email].text


def test_what_is_the_same_for_all_is_shown_once_with_all_its_readers(officer, workshop):
    approved(workshop, language="en", email="guest@example.org")
    approved(workshop, "CAN", language="en", email="day@example.org")
    tell(officer, workshop)
    officer.post(telling(workshop, "release"))
    PracticalPart.objects.filter(kind="weather").update(text_en="Cold.", text_es="Frío.")
    [english, spanish] = sorted(notices.drafts(workshop)[1], key=lambda draft: draft.language)
    assert (english.readers, spanish.readers) == (2, 0)


def test_a_new_street_comes_with_new_calendar_files_to_who_is_confirmed(officer, workshop):
    guest = approved(workshop, language="en")
    Delegate.objects.filter(pk=guest.pk).update(status=DelegateStatus.CONFIRMED)
    tell(officer, workshop)
    files = list(mails()[guest.email].attachments.all())
    assert len(files) == 2
    assert all(STREET in str(Calendar.from_ical(file.content).events[0]["LOCATION"]) for file in files)


def test_drafts_are_written_only_about_what_staff_looked_at(officer, workshop):
    approved(workshop)
    seen = officer.get(telling(workshop)).context["stamp"]
    PracticalPart.objects.filter(kind="weather").update(text_es="Lluvia")
    answer = officer.post(telling(workshop, "tell"), {"number": seen}, follow=True)
    assert "changed meanwhile" in answer.content.decode()
    assert not PracticalNotice.objects.exists()


def test_what_was_told_last_is_not_told_again(officer, workshop):
    approved(workshop)
    weather = PracticalPart.objects.filter(workshop=workshop, kind="weather")
    for words in ("Dry", "Wet"):
        weather.update(text_en=words, text_es=words)
        notices.prepare(workshop=workshop, now=IN_TIME, by=None)
    with pytest.raises(NothingToTell):
        notices.prepare(workshop=workshop, now=IN_TIME, by=None)
    weather.update(text_en="Dry", text_es="Dry")  # as it was at first: news to who was told otherwise since
    assert notices.prepare(workshop=workshop, now=IN_TIME, by=None).mails.count() == 1


def test_where_nobody_is_approved_it_can_be_told_later(officer, workshop):
    assert "there is nobody to tell" in tell(officer, workshop)
    assert not PracticalNotice.objects.exists()


# ── Background ───────────────────────────────────────────────────────────────────────────────────────────────────────

FACTS = {
    "es": (
        "152 votos a favor, 5 en contra y 12 abstenciones",
        "12 de abril de 2021",
        "punto 6",
        "1 de diciembre de 2021",
        "17 de septiembre de 2021",
        "cuatro mesas redondas",
        "A/RES/73/195",
        "A/RES/73/326",
    ),
    "en": (
        "152 votes to 5, with 12 abstentions",
        "12 April 2021",
        "point 6",
        "1 December 2021",
        "17 September 2021",
        "four interactive roundtables",
        "A/RES/73/195",
        "A/RES/73/326",
    ),
}


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_note_is_not_lost(client, workshop, language):
    address = f"/{language}/imrf-2022/background/"
    assert f'href="{address}"' in said(client, f"/{language}/imrf-2022/")
    shown = " ".join(said(client, address).split())
    for fact in FACTS[language]:
        assert fact in shown, fact
    assert '<a href="https://undocs.org/A/RES/73/195" rel="noopener noreferrer">' in shown


def test_a_workshop_without_a_background_has_no_such_page(client, workshop):
    BackgroundSection.objects.all().delete()
    assert client.get("/en/imrf-2022/background/").status_code == 404
    assert "/background/" not in said(client, "/en/imrf-2022/")


def test_the_background_takes_one_query_for_any_number_of_sections(
    client, workshop, django_assert_num_queries
):
    address = "/en/imrf-2022/background/"
    said(client, address)
    for keep in (5, 1):
        BackgroundSection.objects.filter(position__gt=keep).delete()
        with django_assert_num_queries(2):
            client.get(address)


@pytest.mark.parametrize(
    "typed_in",
    ["A/RES/1 http://undocs.org/x", "https://undocs.org/x", "A/RES/1 javascript://undocs.org/%0Ax"],
)
def test_a_document_has_a_name_and_an_https_address(officer, workshop, typed_in):
    section = BackgroundSection.objects.get(key="compact")
    address = reverse("admin:registration_backgroundsection_change", args=[section.pk])
    form = typed(officer.get(address).context["adminform"].form)
    answer = officer.post(address, form | {"references_en": typed_in})
    assert list(answer.context["adminform"].form.errors) == ["references_en"]
