"""Who pays is said right to each person: page, letter, mail and public page, in both languages, on the note's own data."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from logistics.models import Benefit, RoomStay
from logistics.services import decisions
from rcm_portal.files.storage import read_private
from rcm_portal.models import OutgoingMail
from rcm_portal.output.dates import dates_in_words
from registration import services
from registration.enums import DelegateRole
from registration.models import Delegate, Delegation, InvitationLetter
from registration.services.letters.issuing import complete_letter, reissue_letter
from registration.services.letters.renewing import SETTLED, is_outdated, renew_letters
from registration.services.transitions import staff
from tests.acceptance.pdf_text import text_of
from tests.accounts import make_staff, signed_in
from tests.factories import IN_TIME, DelegateFactory
from tests.loaded import note_loaded
from tests.registration.letters import letter_for, name_the_signatory
from tests.registration.pages import page

pytestmark = pytest.mark.django_db
LATER = IN_TIME + SETTLED

NIGHTS = {"es": "noches del 30 y 31 de marzo", "en": "nights of 30 and 31 March"}
MORNINGS = {"es": "31 de marzo y 1 de abril", "en": "31 March and 1 April"}
OPEN = {
    "es": "Al alcance de todas las personas en la sala. A cargo de: Secretaría de Gobernación de México.",
    "en": "Open to everybody in the room. Paid by: Mexican Ministry of the Interior.",
}
BORNE = {"es": "corre por cuenta de su institución", "en": "your institution pays for it"}
NO_FLIGHT = {
    "es": "Boleto aéreo de ida y vuelta: CSM no figura en la lista",
    "en": "Return air ticket: SACM is not on the payer’s list",
}
RICH = {
    "es": "Alojamiento (2 noches), Desayuno (2) y Comida (1): Canadá es un país de ingreso alto",
    "en": "Accommodation (2 nights), Breakfast (2) and Lunch (1): Canada is a country of high income",
}
SHARED = {"es": "Interpretación y Sede del taller", "en": "Interpretation and Venue"}
# What only a reader of the other language understands.
FOREIGN = {
    "es": r"\b(nights?|March|Paid|covered|bears|Before|Now|Why|Open to)\b",
    "en": r"\b(noches?|marzo|abril|cubre|Antes|Ahora|Motivo|alcance)\b",
}


@pytest.fixture(autouse=True)
def in_time():
    with time_machine.travel(IN_TIME, tick=False):
        yield


@pytest.fixture
def workshop():
    workshop = note_loaded()
    name_the_signatory()
    return workshop


def person(workshop, code, language="en", **facts):
    delegation = Delegation.objects.get(workshop=workshop, party__code=code)
    return DelegateFactory(delegation=delegation, language=language, **facts)


def text(html):
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(str(html)))).replace("'", "’")
    return re.sub(r" ([:.,)])", r"\1", words)


def said_to(client, delegate, language):
    """What the person reads: their page, the letter inside a page, its PDF, the last mail."""
    letter = InvitationLetter.objects.current().get(delegate=delegate)
    mail = OutgoingMail.objects.filter(to=delegate.email).latest("pk")
    own = client.get(page(delegate).replace("/en/", f"/{language}/"))
    panel = own.content.decode().split('id="benefits"')[1].split("</section>")[0]
    sign = client.get(page(delegate, "sign").replace("/en/", f"/{language}/"))
    return {
        "page": text(panel),
        "sign": text(sign.content.decode()),
        "letter": text(text_of(read_private(letter.key))),
        "mail": text(mail.html),
        "plain mail": text(mail.text),
    }


@pytest.mark.parametrize("language", ["es", "en"])
def test_what_is_not_covered_is_said_with_its_reason_and_what_is_open_is_never_refused(
    client, workshop, language
):
    canada = person(workshop, "CAN", language)
    letter_for(canada)
    for place, said in said_to(client, canada, language).items():
        assert re.search(BORNE[language], said), place
        names, reason = RICH[language].rsplit(": ", 1)
        assert names in said, place
        assert said.count(reason) == 1, place
        assert SHARED[language] in said, place
        assert OPEN[language] in said, place
        before_open = said.split(OPEN[language])[0]
        assert SHARED[language] in before_open[-120:], place
        assert not re.search(FOREIGN[language], said), (place, re.search(FOREIGN[language], said))


@pytest.mark.parametrize("language", ["es", "en"])
def test_nights_and_meals_stand_with_their_dates_and_one_refusal_beside_them(client, workshop, language):
    sacm = person(workshop, "SACM", language)
    letter_for(sacm)
    for place, said in said_to(client, sacm, language).items():
        assert NIGHTS[language] in said, place
        assert MORNINGS[language] in said, place
        if place != "page":
            assert NO_FLIGHT[language] in said, place
        assert OPEN[language] not in said, place


@pytest.mark.parametrize("language", ["es", "en"])
def test_who_gets_everything_is_refused_nothing(client, workshop, language):
    belize = person(workshop, "BLZ", language)
    letter = letter_for(belize)
    assert (letter.content["not_paid"], letter.content["open_to_all"]) == ([], [])
    for place, said in said_to(client, belize, language).items():
        assert BORNE[language] not in said, place


def test_a_speaker_and_whoever_is_beyond_the_limit_may_use_what_everybody_uses(client, workshop):
    speaker = person(workshop, "BLZ", role=DelegateRole.SPEAKER, seat_number=None)
    Delegation.objects.filter(party__code="RNCOM").update(seat_limit=3)
    third = [person(workshop, "RNCOM") for _number in range(3)][-1]
    for delegate in Delegate.objects.all():
        letter_for(delegate)
    for delegate in (speaker, third):
        said = said_to(client, delegate, "en")["page"]
        assert said.count("Not covered for you") == 3  # in all, and by each payer
        assert f"{SHARED['en']} Mexican Ministry of the Interior {OPEN['en']}" in said


def test_staff_read_that_it_is_open_and_no_list_says_the_opposite(workshop):
    letter_for(person(workshop, "CAN"))
    office = signed_in(make_staff("secretariat"))
    said = text(office.get("/admin/logistics/entitlement/").content.decode())
    assert said.count("not entitled") == 4 + 2  # and in the filter and above the totals
    assert said.count("open to everybody") == 2
    assert said.count(OPEN["en"]) == 2
    host = signed_in(make_staff("host"))
    listed = host.get(reverse("admin:logistics_host_list", args=[workshop.slug, "interpretation"]))
    assert listed.status_code == 200
    said = text(listed.content.decode())
    assert "open to everyone in the room" in said
    assert not re.search("not paid for|[Pp]aid for by", said)


def test_the_nights_that_staff_decided_are_those_of_the_letter(workshop):
    sacm = person(workshop, "SACM")
    letter = letter_for(sacm)
    RoomStay.objects.create(delegate=sacm, nights=["2022-03-31", "2022-04-01"], reason="flight")
    assert is_outdated(letter)
    renew_letters(now=IN_TIME)
    renew_letters(now=LATER)
    new = InvitationLetter.objects.current().get()
    assert complete_letter(letter_id=new.pk, now=LATER)
    assert new.delegate.room_stay.nights
    new.refresh_from_db()
    assert new.content["benefits"][0]["when"] == "nights of 31 March and 1 April"
    mail = text(OutgoingMail.objects.get(kind="renewed").html)
    assert "Before: nights of 30 and 31 March (Mexican Ministry of the Interior)" in mail
    assert "Now: nights of 31 March and 1 April (Mexican Ministry of the Interior)" in mail


# ── A renewed letter ─────────────────────────────────────────────────────────────────────────────────────────────────

RENEWED = {
    "es": (
        "sigue vigente",
        "Boleto aéreo de ida y vuelta Antes: no se le cubre Ahora: 1 boleto de ida y vuelta "
        "(Organización Internacional para las Migraciones (OIM)) Motivo: CSM figura en la lista",
    ),
    "en": (
        "You are still registered",
        "Return air ticket Before: not paid for you Now: 1 return ticket "
        "(International Organization for Migration (IOM)) Why: SACM is on the payer’s list",
    ),
}


def renewed(now=LATER):
    renew_letters(now=now - SETTLED)
    assert renew_letters(now=now) == 1
    new = InvitationLetter.objects.current().get()
    assert complete_letter(letter_id=new.pk, now=now)
    return OutgoingMail.objects.get(kind="renewed")


def fly(workshop, *parties):
    """Everybody of these parties is on the list of flights now."""
    flight = Benefit.objects.get(workshop=workshop, code="air_ticket")
    flight.terms.update(parties=list(parties))
    decisions.change_benefit(benefit=flight, now=IN_TIME)


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_mail_of_a_renewed_letter_says_what_changed_from_what_to_what_and_why(workshop, language):
    letter_for(person(workshop, "SACM", language))
    fly(workshop, "SACM", "BLZ")
    mail = renewed()
    said = text(mail.html)
    for words in RENEWED[language]:
        assert words in said
    assert not re.search(FOREIGN[language], said)
    assert not re.search("has approved|aprobó", said + mail.subject)
    assert ("new invitation letter" if language == "en" else "nueva carta") in mail.subject


@pytest.mark.parametrize("language", ["es", "en"])
def test_what_is_lost_is_told_with_the_reason_against_it(workshop, language):
    letter_for(person(workshop, "BLZ", language))
    fly(workshop, "SACM")
    said = text(renewed().html)
    assert {
        "en": "Now: not paid for you Why: Belize is not on the payer’s list",
        "es": "Ahora: no se le cubre Motivo: Belice no figura en la lista",
    }[language] in said


def test_another_name_and_other_days_are_told(workshop):
    letter_for(person(workshop, "SACM", surnames="Smith"))
    Delegate.objects.update(surnames="Smyth")
    type(workshop).objects.update(ends_on=workshop.ends_on + timedelta(days=1))
    said = text(renewed().html)
    assert "Name Before: María José Smith Now: María José Smyth Why:" in said
    assert "Before: 31 March and 1 April 2022 Now: 31 March to 2 April 2022" in said


def test_a_letter_that_staff_renew_tells_their_reason_and_an_approval_after_all_is_an_approval(workshop):
    delegate = person(workshop, "SACM")
    letter_for(delegate)
    reissue_letter(delegate=delegate, by=staff(make_staff("secretariat")), reason="new wording", now=LATER)
    assert complete_letter(letter_id=InvitationLetter.objects.current().get().pk, now=LATER)
    said = text(OutgoingMail.objects.get(kind="renewed").html)
    assert "gives this reason: new wording" in said
    assert "are as they were" in said
    later = LATER + timedelta(hours=1)
    by = staff(make_staff("superuser"))
    services.take_back(delegate=delegate, by=by, reason="looked at again", now=later)
    delegate.refresh_from_db()
    letter_for(delegate, now=later + timedelta(hours=1))
    last = OutgoingMail.objects.filter(to=delegate.email).latest("pk")
    assert last.kind == "approved"


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_letter_of_an_earlier_version_of_the_portal_stays_current_and_can_be_read(
    client, workshop, language
):
    letter = letter_for(person(workshop, "SACM", language))
    old = dict(letter.content, format=2)
    for key in ("not_paid", "open_to_all"):
        del old[key]
    old["benefits"] = [{key: line[key] for key in ("name", "payer", "quantity")} for line in old["benefits"]]
    letter.content = old
    letter.save(update_fields=["content"])
    assert not is_outdated(letter)
    renew_letters(now=IN_TIME)
    assert renew_letters(now=LATER) == 0
    assert client.get(page(letter.delegate, "sign")).status_code == 200
    fly(workshop, "SACM")
    said = text(renewed().html)
    assert RENEWED[language][1] in said
    assert said.count({"en": "Before:", "es": "Antes:"}[language]) == 1


def test_words_about_a_benefit_are_no_change_of_it(workshop):
    letter = letter_for(person(workshop, "SACM"))
    for line in letter.content["benefits"]:
        line |= {"when": "worded otherwise", "reason": "said otherwise"}
    letter.content["not_paid"] = []
    assert not is_outdated(letter)
    letter.content["benefits"][0]["dates"] = ["2022-03-29", "2022-03-30"]
    assert is_outdated(letter)


def test_days_are_written_with_their_months():
    cases = {
        (date(2022, 3, 30),): ("30 March", "30 de marzo"),
        (date(2022, 3, 31), date(2022, 3, 29), date(2022, 3, 30)): (
            "29, 30 and 31 March",
            "29, 30 y 31 de marzo",
        ),
        (date(2022, 12, 31), date(2023, 1, 1)): (
            "31 December 2022 and 1 January 2023",
            "31 de diciembre de 2022 y 1 de enero de 2023",
        ),
        (): ("", ""),
    }
    for days, words in cases.items():
        for language, expected in zip(("en", "es"), words, strict=True):
            with translation.override(language):
                assert dates_in_words(days) == expected
