"""Staff compare a passport copy with what was written, and record that they saw it."""

import io
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from PIL import Image

from rcm_portal.files import downloads
from rcm_portal.files.storage import save_private
from rcm_portal.models import AccessRecord, OutgoingMail
from rcm_portal.security.roles import EXECUTIVE_SECRETARIAT
from registration import services
from registration.models import Passport, PassportCopy, PendingUpload
from registration.services import passport_checks
from tests import accounts
from tests.factories import IN_TIME, DelegateFactory, PassportCopyFactory
from tests.hostile_images import photo
from tests.hostile_pdfs import blank, scanned, written
from tests.registration.passports import maria, zone

QUEUE = "/admin/registration/delegate/"


@pytest.fixture
def officer(belize):
    return accounts.signed_in(accounts.make_staff("secretariat", username="executive"))


@pytest.fixture
def delegate(belize):
    delegate = maria(belize, mrz=zone())
    PassportCopyFactory(delegate=delegate, key=save_private("passports", scanned()), pages=1)
    return delegate


def address(delegate, then="") -> str:
    return f"{QUEUE}{delegate.pk}/passport/{then}"


def seen_on(officer, delegate) -> str:
    return officer.get(address(delegate)).context["seen"]


def verify(officer, delegate):
    return officer.post(address(delegate, "verify/"), {"seen": seen_on(officer, delegate)}, follow=True)


def test_the_screen_shows_copy_fields_and_differences_side_by_side(officer, delegate):
    delegate.surnames = "Núñez Pérez"
    delegate.save()
    answer = officer.get(address(delegate))
    page = answer.content.decode()
    assert f'src="{address(delegate, "page/1/")}"' in page
    assert "P1234567" in page and "NUNEZ PENA" in page
    assert [line.name for line in answer.context["papers"].differences] == ["surnames"]
    assert "The surnames differ from the machine-readable zone." in page


def test_what_the_zone_contradicts_stands_under_the_zone(officer, delegate):
    assert "That verifies nothing by itself" in officer.get(address(delegate)).content.decode()
    passport = Passport.objects.get()
    passport.mrz = zone(surnames="Nunes Pena", given_names="Maria José")
    passport.save()
    page = officer.get(address(delegate)).content.decode()
    under = unescape(page.partition('class="papers-zone"')[2])
    assert "Its check digits are right, but it contradicts the form:" in under
    assert "The surnames differ from the machine-readable zone. Núñez Peña ≠ NUNES PENA" in under
    assert "That verifies nothing by itself" not in under
    assert "The zone writes another name than the form: NUNES PENA/MARIA JOSE" in page


def test_every_transliteration_that_icao_allows_agrees(officer, delegate):
    for lines in (zone(), zone(surnames="NUNXXEZ PENXXA")):
        Passport.objects.update(mrz="")
        passport = Passport.objects.get()
        passport.mrz = lines
        passport.save()
        assert officer.get(address(delegate)).context["papers"].differences == ()


def test_seen_and_agrees_is_recorded_with_who_and_when(officer, delegate):
    page = verify(officer, delegate).content.decode()
    passport = Passport.objects.get()
    assert (passport.verified_by.username, passport.verified_at) == ("executive", timezone.now())
    assert "Seen and agrees: executive, 10 February 2022, 12:00" in page


def test_a_valid_zone_alone_verifies_nothing(officer, delegate):
    officer.get(address(delegate))
    assert Passport.objects.get().verified_at is None


@pytest.mark.parametrize(
    "change",
    [
        {"details": {"surnames": "Peña Núñez"}},
        {"details": {"date_of_birth": date(1981, 2, 28)}},
        {"details": {"nationality": "GTM"}},
        {"details": {"sex": "X"}},
        {"passport": {"number": "P7654321"}},
        {"passport": {"issuing_country": "GTM"}},
        {"passport": {"expires_on": date(2028, 5, 1)}},
        {"passport": {"kind": "diplomatic"}},
        {"passport": {"mrz": ""}},
        {"copy": True},
    ],
    ids=str,
)
def test_a_later_change_of_person_or_passport_clears_it(officer, delegate, change):
    verify(officer, delegate)
    file_key = uuid4() if change.get("copy") else None
    if file_key:
        PendingUpload.objects.create(
            workshop=delegate.workshop,
            form_key=file_key,
            key=save_private("passports", b"x"),
            media_type="image/png",
            size=1,
            sha256="1" * 64,
        )
    services.update_details(
        delegate=delegate,
        details=change.get("details", {}),
        passport=change.get("passport", {}),
        file_key=file_key,
        now=timezone.now(),
    )
    passport = Passport.objects.get()
    assert (passport.verified_at, passport.verified_by) == (None, None)


def test_another_phone_number_leaves_it_standing(officer, delegate):
    verify(officer, delegate)
    services.update_details(
        delegate=delegate,
        details={"phone": "+52 55 1234 5678"},
        passport={"entry_basis": "passport"},
        now=timezone.now(),
    )
    assert Passport.objects.get().verified_at is not None


def test_nothing_is_verified_that_was_not_on_the_screen(officer, delegate):
    seen = seen_on(officer, delegate)
    services.update_details(delegate=delegate, details={"sex": "X"}, passport={}, now=timezone.now())
    answer = officer.post(address(delegate, "verify/"), {"seen": seen}, follow=True)
    assert "has changed something since you opened this page" in answer.content.decode()
    assert Passport.objects.get().verified_at is None


def test_a_passport_without_a_copy_cannot_be_verified(officer, delegate):
    PassportCopy.objects.all().delete()
    assert "There is nothing to compare yet" in verify(officer, delegate).content.decode()
    assert Passport.objects.get().verified_at is None


def test_a_passport_that_ends_before_the_workshop_cannot_be_verified(officer, delegate):
    Passport.objects.update(expires_on=date(2022, 3, 31))
    assert "expires before the workshop ends" in verify(officer, delegate).content.decode()


def test_a_verification_can_be_taken_back(officer, delegate):
    verify(officer, delegate)
    officer.post(address(delegate, "withdraw/"))
    assert Passport.objects.get().verified_at is None


def test_the_delegate_is_asked_to_correct_in_staffs_words(officer, delegate):
    verify(officer, delegate)
    answer = officer.post(address(delegate, "ask/"), {"text": "La foto está borrosa."}, follow=True)
    assert "told by e-mail" in answer.content.decode()
    mail = OutgoingMail.objects.get(kind="passport_unclear")
    assert mail.to == "maria@example.org" and "La foto está borrosa." in mail.text
    assert "edit/" in mail.text
    assert "1 de marzo de 2022" in mail.subject
    assert "a más tardar el 1 de marzo de 2022, 23:59 (hora de la Ciudad de México):" in mail.text
    assert Passport.objects.get().verified_at is None


@pytest.mark.parametrize("text", ["", "The number P1234567 is wrong", "p 123-4567 is wrong"])
def test_a_request_without_words_or_with_the_number_is_not_mailed(officer, delegate, text):
    assert officer.post(address(delegate, "ask/"), {"text": text}).status_code == 400
    assert not OutgoingMail.objects.exists()


# Pictures


def test_somebody_without_a_passport_is_asked_too(officer, delegate):
    Passport.objects.all().delete()
    passport_checks.ask_for_correction(delegate=delegate, text="Please send your passport.", now=IN_TIME)
    assert "Please send your passport." in OutgoingMail.objects.get(kind="passport_unclear").text


def test_a_pdf_is_shown_page_by_page_as_pictures(officer, delegate):
    PassportCopy.objects.all().delete()
    PassportCopyFactory(delegate=delegate, key=save_private("passports", written(blank(3))), pages=3)
    page = officer.get(address(delegate)).content.decode()
    assert page.count("<img src=") == 3
    answer = officer.get(address(delegate, "page/3/"))
    picture = Image.open(io.BytesIO(answer.content))
    assert (answer["Content-Type"], picture.format) == ("image/png", "PNG")
    assert max(picture.size) == 2000
    for number in (0, 4):
        assert officer.get(address(delegate, f"page/{number}/")).status_code == 404


def test_an_image_is_shown_as_it_was_stored(officer, delegate):
    PassportCopy.objects.all().delete()
    content = photo()
    PassportCopyFactory(delegate=delegate, key=save_private("passports", content), media_type="image/jpeg")
    answer = officer.get(address(delegate, "page/1/"))
    assert (answer["Content-Type"], answer.content) == ("image/jpeg", content)


def test_a_picture_can_do_nothing_and_is_kept_by_nobody(officer, delegate):
    answer = officer.get(address(delegate, "page/1/"))
    assert answer["Content-Security-Policy"] == downloads.POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_page_that_cannot_be_drawn_leaves_the_screen_standing(officer, delegate):
    PassportCopy.objects.all().delete()
    PassportCopyFactory(delegate=delegate, key=save_private("passports", b"%PDF-1.7 broken"))
    assert officer.get(address(delegate, "page/1/")).status_code == 404
    assert officer.get(address(delegate)).status_code == 200


# Rights and records


def test_each_look_is_recorded_with_who_which_and_from_where(officer, delegate):
    officer.get(address(delegate))
    officer.get(address(delegate, "page/1/"))
    officer.get(address(delegate, "copy/?why=ticket"))
    records = AccessRecord.objects.order_by("pk")
    assert [(record.actor, record.action, record.subject) for record in records] == [
        ("executive", "view", f"passport particulars of {delegate.code}"),
        ("executive", "view", f"page 1 of the passport copy of {delegate.code}"),
        ("executive", "download", f"passport copy of {delegate.code}"),
    ]
    assert {(record.about, record.address, record.workshop) for record in records} == {
        (delegate.public_id, "127.0.0.1", "imrf-2022")
    }


def test_the_screen_that_asks_for_a_reason_is_a_look_too(officer, delegate):
    assert officer.get(address(delegate, "copy/")).status_code == 400
    record = AccessRecord.objects.get()
    assert (record.actor, record.action) == ("executive", "view")
    assert record.subject == f"passport particulars of {delegate.code}"


@pytest.mark.parametrize("then", ["page/1/", "copy/?why=compare"])
def test_a_look_is_recorded_also_when_the_file_is_gone(officer, delegate, then, settings):
    PassportCopy.objects.update(key="passports/00000000-0000-4000-8000-000000000000")
    officer.raise_request_exception = False
    assert officer.get(address(delegate, then)).status_code == 503
    assert AccessRecord.objects.count() == 1


def test_each_right_is_its_own(officer, delegate):
    group = Group.objects.get(name=EXECUTIVE_SECRETARIAT)
    group.permissions.remove(group.permissions.get(codename="verify_passport"))
    page = officer.get(address(delegate)).content.decode()
    assert "verify/" not in page
    for then in ("verify/", "withdraw/", "ask/"):
        assert officer.post(address(delegate, then)).status_code == 403
    group.permissions.remove(group.permissions.get(codename="view_passport_copy"))
    for then in ("", "page/1/", "copy/"):
        assert officer.get(address(delegate, then)).status_code == 403


def test_nothing_changes_by_looking(officer, delegate):
    for then in ("verify/", "withdraw/", "ask/"):
        assert officer.get(address(delegate, then)).status_code == 405


# The queue


def test_the_queue_flags_what_needs_a_look(officer, delegate, belize):
    Passport.objects.update(expires_on=date(2022, 9, 30))
    page = officer.get(QUEUE).content.decode()
    assert "passport to be compared" in page and "passport ends soon after the workshop" in page
    verify(officer, delegate)
    assert "passport to be compared" not in officer.get(QUEUE).content.decode()


@pytest.mark.parametrize("lacks", [{"number": ""}, {"expires_on": None}])
def test_a_copy_without_number_or_expiry_waits_for_no_comparison(officer, delegate, lacks):
    passport = Passport.objects.get()
    for name, value in lacks.items():
        setattr(passport, name, value)
    passport.save()
    assert "passport to be compared" not in officer.get(QUEUE).text
    assert not officer.get(QUEUE, {"passport": "unchecked"}).context["cl"].result_list
    assert "passports to compare" not in officer.get("/admin/").text
    screen = officer.get(address(delegate)).text
    assert "There is nothing to compare yet" in screen
    assert "data-key" not in screen and "to be compared with the copy" not in screen
    case = officer.get(f"{QUEUE}{delegate.pk}/change/")
    assert "to be compared with the copy" not in case.text and "copy held" in case.text
    offered = [case.context["next_step"], *case.context["other_steps"]]
    assert "Compare the passport" not in [str(each.label) for each in offered]


def test_the_queue_is_narrowed_to_what_waits_for_a_comparison(officer, delegate, belize):
    other = DelegateFactory(delegation=belize)
    found = [each.pk for each in officer.get(QUEUE, {"passport": "unchecked"}).context["cl"].result_list]
    assert found == [delegate.pk]
    assert [each.pk for each in officer.get(QUEUE, {"passport": "missing"}).context["cl"].result_list] == [
        other.pk
    ]
    verify(officer, delegate)
    assert not officer.get(QUEUE, {"passport": "unchecked"}).context["cl"].result_list
    assert officer.get(QUEUE, {"passport": "verified"}).context["cl"].result_count == 1


def test_the_screen_leads_to_the_next_passport(officer, delegate, belize):
    other = DelegateFactory(delegation=belize, submitted_at=delegate.submitted_at + timedelta(hours=1))
    PassportCopyFactory(delegate=other)
    page = officer.get(address(delegate)).content.decode()
    assert address(other) in page and "Next passport to compare (1 left)" in page


def test_the_screen_asks_for_a_constant_number_of_queries(officer, delegate, django_assert_num_queries):
    officer.get(address(delegate))
    with django_assert_num_queries(14):
        officer.get(address(delegate))
