"""What was read in a passport's picture beside what was typed: letter by letter, for a person who compares."""

import re
from dataclasses import replace
from datetime import date
from html import unescape
from types import SimpleNamespace

import pytest
from django.urls import reverse

from rcm_portal.files.storage import save_private
from rcm_portal.models import AccessRecord
from rcm_portal.zone_reader import FIELDS
from registration.documents.links import my_token
from registration.models import Passport, PassportCopy
from registration.queries.passports.comparison import read_zone
from registration.queries.passports.reading import Looked, Reading, reading_of
from registration.rules.mrz import PassportFields
from registration.rules.names import letter_forms
from registration.rules.typed.letter_by_letter import letter_by_letter
from registration.rules.typed.zone_reading import ReadZone
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, PassportCopyFactory, PassportFactory
from tests.hostile_pdfs import scanned
from tests.registration import passports
from tests.registration.passports import with_wrong_digit, zone

TODAY = date(2022, 2, 10)


def read_as(lines: str = "", certain=FIELDS, names=True) -> ReadZone:
    first, second = (lines or zone()).splitlines()
    return ReadZone((first, second), frozenset(certain), names)


def reading(read: ReadZone, typed_zone="", kind="ordinary", **typed) -> Reading:
    fields = PassportFields(**{**passports.FIELDS, **typed})
    return reading_of(fields, kind, read_zone(typed_zone), read, today=TODAY)


def line(name: str, found: Reading):
    return next(line for line in found.lines if line.name == name)


def marked(runs) -> str:
    """Each text with what differs in brackets."""
    texts = (
        "".join(getattr(run, side) if run.same else f"[{getattr(run, side)}]" for run in runs)
        for side in ("typed", "read")
    )
    return " | ".join(texts)


@pytest.mark.parametrize(
    ("name", "typed", "printed", "shown"),
    [
        ("surnames", "Núñez Peña", "Núñez Pema", "Núñez Pe[ñ]a | NUNEZ PE[M]A"),
        ("surnames", "Núñez Peña", "Nunes Peña", "Núñe[z] Peña | NUNE[S] PENA"),
        ("surnames", "Núñez", "Núñez Peña", "Núñez[] | NUNEZ [PENA]"),
        ("given_names", "María José", "María", "María [José] | MARIA[]"),
        ("number", "P1234567", "P1234576", "P12345[67] | P12345[76]"),
        ("number", "p-1234567", "P123456", "p-123456[7] | P123456[]"),
        ("nationality", "BLZ", "BRZ", "B[L]Z · Belize | B[R]Z"),
        ("issuing_country", "BLZ", "GTM", "[BLZ] · Belize | [GTM] · Guatemala"),
        ("date_of_birth", date(1980, 2, 28), date(1980, 3, 28), "28 [February] 1980 | 28 [March] 1980"),
        ("sex", "F", "M", "[F (female)] | [M (male)]"),
        ("expires_on", date(2027, 5, 1), date(2027, 5, 7), "[1] May 2027 | [7] May 2027"),
    ],
)
def test_the_letters_that_differ_are_marked_and_no_others(name, typed, printed, shown):
    found = reading(read_as(zone(**{name: printed})), **{name: typed})
    assert marked(line(name, found).runs) == shown
    assert [each.name for each in found.lines if each.differs] == [name]
    assert not found.agrees


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Núñez Peña", "NUNXXEZ PENXXA"),
        ("Núñez-Peña", "Nunez Pena"),
        ("NUÑEZ PEÑA", "Nunezpena"),
        ("De la Cruz", "Delacruz"),
    ],
)
def test_forms_that_doc_9303_allows_are_no_difference(typed, printed):
    assert reading(read_as(zone(surnames=printed)), surnames=typed).agrees


@pytest.mark.parametrize(
    ("typed", "read", "shown"),
    [
        ("Müller", "MUELER", "Mül[l]er | MUEL[]er"),
        ("O'Neill-Díaz", "O NEILL DIAS", "O'Neill-Día[z] | O NEILL DIA[S]"),
        ("Straße", "STRASSE", "Straße | STRASSE"),
        ("", "ANA", "[] | [ANA]"),
        ("李", "LI", "[李] | [LI]"),
    ],
)
def test_each_letter_is_held_against_every_form_it_may_have(typed, read, shown):
    assert marked(letter_by_letter(typed, read, letter_forms)).upper() == shown.upper()


def test_what_is_certain_and_the_same_agrees():
    found = reading(read_as())
    assert found.agrees and [each.name for each in found.lines if not each.agrees] == []
    assert reading(read_as(), typed_zone=zone()).agrees


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_one_field_that_is_not_certain_is_enough_to_disagree(field):
    found = reading(read_as(certain=FIELDS - {field}))
    assert [each.name for each in found.lines if not each.certain] == [field]
    assert not found.agrees


@pytest.mark.parametrize(
    ("read", "typed"),
    [
        (read_as(names=False), {}),
        (read_as(with_wrong_digit(zone(), 43)), {}),
        (read_as(), {"surnames": "李"}),  # nothing can be told
        (read_as(), {"issuing_country": ""}),
        (read_as(), {"number": ""}),
        (read_as(), {"expires_on": None}),
        (read_as(), {"typed_zone": zone(number="P1234568")}),
        (read_as(), {"kind": "diplomatic"}),
        (read_as(zone().replace("P<", "PD", 1)), {}),
    ],
    ids=["names", "digit", "script", "issuer", "number", "expiry", "typed zone", "type", "letter"],
)
def test_nothing_that_is_missing_or_doubtful_agrees(read, typed):
    assert not reading(read, **typed).agrees


@pytest.mark.parametrize(
    ("letter", "kind", "differs"),
    [("<", "ordinary", False), ("P", "ordinary", False), ("D", "diplomatic", False), ("S", "official", False)]
    + [("O", "official", False), ("D", "ordinary", True), ("<", "diplomatic", True)],
)
def test_the_letter_after_p_is_held_against_the_type(letter, kind, differs):
    assert line("kind", reading(read_as(zone().replace("P<", f"P{letter}", 1)), kind=kind)).differs == differs


def test_lines_that_are_no_passports_zone_are_not_shown():
    assert reading(read_as(zone().replace("P<", "V<", 1))) is None


# On the screen


@pytest.fixture
def officer(belize):
    return accounts.signed_in(accounts.make_staff("secretariat", username="executive"))


@pytest.fixture
def delegate(belize):
    delegate = DelegateFactory(
        delegation=belize, given_names="María José", surnames="Núñez Peña", passport=None
    )
    PassportFactory(delegate=delegate, number="P1234567")
    read_copy(delegate, read_as())
    return delegate


def read_copy(delegate, read: ReadZone | None) -> None:
    PassportCopy.objects.filter(delegate=delegate).delete()
    key = save_private("passports", scanned())
    PassportCopyFactory(delegate=delegate, key=key, zone_read=read.as_text if read else "")


def screen(client, delegate, language="en") -> tuple[str, Looked]:
    client.cookies["django_language"] = language
    answer = client.get(f"/admin/registration/delegate/{delegate.pk}/passport/")
    return unescape(answer.content.decode()), answer.context["looked"]


def focused(page: str) -> list[str]:
    """What the script gives the focus to: the words of the button, or the heading of the row."""
    found = re.findall(r'data-focus>\s*(?:<th scope="row">)?\s*([^<]*)<', page)
    return [words.strip() for words in found]


LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])


@LANGUAGES
def test_where_all_agrees_one_key_is_enough_and_a_person_presses_it(officer, delegate, language):
    page, _looked = screen(officer, delegate, language)
    assert focused(page) == [{"en": "Seen and agrees, next", "es": "Visto y conforme, siguiente"}[language]]
    assert "<mark>" not in page and "data-look-first" not in page
    assert page.index("papers-decide") < page.index("papers-table")  # the button beside the picture
    assert Passport.objects.get().verified_at is None
    if language == "en":
        assert "That verifies nothing: compare it with the picture." in page
        assert "Read by the portal: compare" in page and "<kbd>Enter</kbd>" in page


@LANGUAGES
def test_what_differs_is_marked_said_and_focused_and_no_key_confirms_it(officer, delegate, language):
    read_copy(delegate, read_as(zone(surnames="Núñez Pema", number="P1234568")))
    page, _looked = screen(officer, delegate, language)
    assert "Núñez Pe<mark>ñ</mark>a" in page and "NUNEZ PE<mark>M</mark>A" in page
    assert "P123456<mark>7</mark>" in page and "P123456<mark>8</mark>" in page
    assert focused(page) == [{"en": "Surnames", "es": "Apellidos"}[language]]
    assert "data-look-first" in page
    if language == "en":
        assert '<strong>differs</strong><span class="visually-hidden">: typed “ñ”, read “M”</span>' in page
        assert "something differs from what was typed, and is marked" in page


@LANGUAGES
def test_where_nothing_was_read_it_says_so_and_all_is_as_before(officer, delegate, language):
    read_copy(delegate, None)
    page, looked = screen(officer, delegate, language)
    assert looked.reading is None and focused(page) == []
    assert "data-look-first" not in page and 'value="next"' in page
    if language == "en":
        assert "The portal has read nothing in this copy: compare it by eye." in page
        assert "Read by the portal" not in page


@LANGUAGES
def test_a_copy_that_no_worker_has_read_yet_is_not_called_unreadable(officer, delegate, language, settings):
    read_copy(delegate, None)
    PassportCopy.objects.update(zone_read=None)
    yet, never = {
        "en": ("The portal has not read this copy yet", "The portal has read nothing in this copy"),
        "es": ("El portal todavía no ha leído esta copia", "El portal no ha leído nada en esta copia"),
    }[language]
    page, _looked = screen(officer, delegate, language)
    assert yet in page and never not in page
    settings.PASSPORT_READER = False
    page, _looked = screen(officer, delegate, language)
    assert never in page and yet not in page


def test_what_is_not_certain_is_shown_as_such(officer, delegate):
    read_copy(delegate, read_as(certain=FIELDS - {"sex"}))
    page, looked = screen(officer, delegate)
    assert not looked.agrees and focused(page) == []
    assert page.count("<em>not sure</em>") == 1 and "not sure of everything" in page


def test_a_typed_zone_is_held_against_the_picture_letter_by_letter(officer, delegate):
    read_copy(delegate, read_as(zone(surnames="Núñez Pema")))
    delegate.surnames = "Núñez Pema"
    delegate.save()
    passport = Passport.objects.get()
    passport.mrz = zone(surnames="Núñez Pema").replace("PEMA", "PEMO")
    passport.save()
    page, _looked = screen(officer, delegate)
    assert "P<BLZNUNEZ<PEM<mark>A</mark><<" in page
    assert "Line 1 differs: typed “O”, read “A”" in page


def test_a_misprinted_zone_is_said(officer, delegate):
    read_copy(delegate, read_as(with_wrong_digit(zone(), 43)))
    page, looked = screen(officer, delegate)
    assert "A check digit is wrong in what was read" in page and looked.first_difference == "zone"


@pytest.mark.parametrize(
    "changed",
    [
        {"expires_on": date(2022, 4, 10)},  # soon after the workshop
        {"verified_at": IN_TIME},
        {"mrz": zone(surnames="Pérez")},
    ],
    ids=str,
)
def test_another_warning_takes_the_one_key_away(officer, delegate, changed):
    if "expires_on" in changed:
        read_copy(delegate, read_as(zone(**changed)))
    passport = Passport.objects.get()
    for name, value in changed.items():
        setattr(passport, name, value)
    passport.save()
    assert "Seen and agrees, next" not in focused(screen(officer, delegate)[0])


def test_who_needs_a_visa_or_has_no_clear_name_is_looked_at_longer(officer, delegate):
    looked = screen(officer, delegate)[1]
    assert looked.agrees
    assert not replace(looked, entry=SimpleNamespace(flagged=True)).agrees
    for warned in ({"differs": True}, {"unknown": ("李",)}, {"too_long": True}):
        assert not replace(looked, ticket_name=replace(looked.ticket_name, **warned)).agrees


def test_the_look_stays_one_record_and_the_queries_stay(officer, delegate, django_assert_num_queries):
    screen(officer, delegate)
    AccessRecord.objects.all().delete()
    with django_assert_num_queries(14):
        screen(officer, delegate)
    assert AccessRecord.objects.count() == 1


def test_what_was_read_is_shown_nowhere_else(client, delegate, officer):
    read_copy(delegate, read_as(zone(surnames="Otra Persona")))
    assert "OTRA PERSONA" in re.sub("</?mark>", "", screen(officer, delegate)[0])
    for role in ("iom", "host", "reception"):
        other = accounts.signed_in(accounts.make_staff(role))
        assert other.get(f"/admin/registration/delegate/{delegate.pk}/passport/").status_code == 403
    own = reverse("registration:my", args=[delegate.workshop.slug, my_token(delegate)])
    pages = [client.get(address) for address in (own, f"{own}passport/")]
    pages += [officer.get(f"/admin/registration/delegate/{end}") for end in ("", f"{delegate.pk}/change/")]
    for page in pages:
        assert page.status_code == 200
        assert not re.search(
            "OTRA.PERSONA|Read by the portal", unescape(page.content.decode()), re.IGNORECASE
        )
