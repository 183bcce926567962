"""Signing otherwise than by a typed name: drawn on the page, or by hand on paper; and what becomes of both."""

import base64
import io
import zipfile
from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageDraw, ImageOps

from rcm_portal.files.storage import private_storage, read_private
from rcm_portal.models import AccessRecord, OutgoingMail
from registration import services
from registration.documents.acceptance_record import record_page
from registration.documents.data_export import own_data_zip
from registration.enums import Actor
from registration.exceptions import ReasonMissing
from registration.models import Acceptance, Delegate, SignatoryImage, SignedScan, Workshop
from registration.queries.progress import facts_by_delegate, with_progress
from registration.rules.todo import Owing, owed
from registration.services.letters.drawn_signatures import signature_picture
from registration.services.letters.issuing import reissue_letter
from registration.services.letters.scans import AlreadyAccepted, ScanDecided, refuse_scan
from registration.services.letters.signing import Origin, confirm_scan, decline_letter
from registration.services.retention import purge
from registration.services.transitions import By, staff
from tests.factories import DEADLINE, IN_TIME, DelegateFactory, DelegationFactory
from tests.registration.forms import PDF
from tests.registration.letters import letter_for, write_texts
from tests.registration.pages import page
from tests.sample_files import signature_png
from tests.strict import LintingClient

pytestmark = pytest.mark.django_db
ORIGIN = Origin("203.0.113.7", "Firefox", "es")
URI = "data:image/png;base64,"
PREFIXES = ("signatures", "scans", "letters", "sealed")


@pytest.fixture(autouse=True)
def _in_time():
    with time_machine.travel(IN_TIME, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def stored():
    """The private files of a prefix that this test stored."""
    before = {prefix: set(private_storage().keys(prefix)) for prefix in PREFIXES}
    return lambda prefix: set(private_storage().keys(prefix)) - before[prefix]


@pytest.fixture
def delegate():
    delegation = DelegationFactory()
    write_texts(delegation.workshop)
    return DelegateFactory(delegation=delegation)


@pytest.fixture
def letter(delegate):
    return letter_for(delegate)


@pytest.fixture
def officer():
    user = User.objects.create_user("officer", is_staff=True)
    user.groups.add(Group.objects.get(name="Executive Secretariat"))
    client = LintingClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    client.user = user
    return client


def drawn(content: bytes) -> str:
    return URI + base64.b64encode(content).decode()


def send_drawn(client, delegate, letter, uri: str, **further):
    data = {"answer": "accept", "sha256": letter.sha256, "drawn": uri, "agree": "on", **further}
    return client.post(page(delegate, "sign"), data)


def send_scan(client, delegate, letter, name="signed.pdf", content=PDF):
    data = {"answer": "scan", "sha256": letter.sha256, "scan": SimpleUploadedFile(name, content)}
    return client.post(page(delegate, "sign"), data)


def test_a_drawn_signature_accepts_and_is_kept_encrypted_and_small(client, delegate, letter):
    assert send_drawn(client, delegate, letter, drawn(signature_png())).status_code == 302
    acceptance = Acceptance.objects.get()
    assert (acceptance.method, acceptance.typed_name) == ("drawn", delegate.full_name)
    kept = read_private(acceptance.signature_key)
    assert acceptance.signature_sha256 == sha256(kept).hexdigest()
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.width <= 640, picture.info.get("exif")) == ("PNG", True, None)
    assert len(kept) < 10_000
    assert Delegate.objects.get().status == "confirmed"


@pytest.mark.parametrize(
    ("ink", "kept"),
    [
        ((50, 40, 129, 79), (46, 36, 134, 84)),
        ((0, 0, 199, 9), (0, 0, 200, 14)),
        ((190, 60, 199, 99), (186, 56, 200, 100)),
    ],
    ids=["inside", "at the top", "at the corner"],
)
def test_of_a_signature_its_ink_is_kept_with_a_narrow_margin_in_sixteen_greys(ink, kept):
    picture = Image.new("L", (200, 100), "white")
    ImageDraw.Draw(picture).rectangle(ink, fill=100)
    file = io.BytesIO()
    picture.save(file, "PNG")
    with Image.open(io.BytesIO(signature_picture(SimpleUploadedFile("s.png", file.getvalue())))) as found:
        assert found.size == (kept[2] - kept[0], kept[3] - kept[1])
        assert ImageOps.invert(found).getbbox() == (
            ink[0] - kept[0],
            ink[1] - kept[1],
            ink[2] + 1 - kept[0],
            ink[3] + 1 - kept[1],
        )
        assert set(found.tobytes()) == {85, 255}  # 100 is none of them


def test_the_record_of_a_drawn_acceptance_shows_it(client, delegate, letter):
    send_drawn(client, delegate, letter, drawn(signature_png()))
    acceptance = Acceptance.objects.get()
    added = record_page(acceptance)
    assert acceptance.signature_sha256 in added.words
    assert b"/Image" in added.pdf


@pytest.mark.parametrize(
    "uri",
    [
        "hello",
        URI + "%%%",
        URI + base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode(),
        URI + base64.b64encode(signature_png(ink=False)).decode(),
        URI + base64.b64encode(signature_png()[:400]).decode(),
        URI + "A" * 400_001,
        "data:image/svg+xml;base64," + base64.b64encode(signature_png()).decode(),
    ],
    ids=["text", "no base64", "svg", "empty", "cut off", "too large", "other type"],
)
def test_what_is_no_drawn_signature_is_refused_beside_the_field(client, delegate, letter, uri, stored):
    answer = send_drawn(client, delegate, letter, uri)
    assert answer.status_code == 400
    assert answer.context["form"].errors["drawn"]
    assert str(answer.context["form"].errors["drawn"][0]) in answer.content.decode()
    assert not Acceptance.objects.exists()
    assert stored("signatures") == set()


def test_what_was_drawn_is_kept_on_the_page_after_another_error(client, delegate, letter):
    uri = drawn(signature_png())
    answer = client.post(page(delegate, "sign"), {"answer": "accept", "sha256": letter.sha256, "drawn": uri})
    assert answer.status_code == 400
    assert uri in answer.content.decode()


def test_a_refused_acceptance_leaves_no_drawing_behind(client, delegate, letter, _in_time, stored):
    _in_time.move_to(DEADLINE)
    assert send_drawn(client, delegate, letter, drawn(signature_png())).status_code == 400
    assert stored("signatures") == set()


def test_a_scan_waits_for_staff_who_confirm_it(client, delegate, letter, officer):
    assert send_scan(client, delegate, letter).status_code == 302
    scan = SignedScan.objects.get()
    assert (scan.state, scan.at, scan.letter) == ("waiting", IN_TIME, letter)
    assert Delegate.objects.get().status == "approved"
    shown = client.get(page(delegate)).content.decode()
    assert "signed by hand was received" in shown
    mail = OutgoingMail.objects.get(kind="scan_received")
    assert mail.to == "secretariat@portal.test"
    assert not mail.attachments.exists()
    [facts] = facts_by_delegate(list(with_progress(Delegate.objects.all()))).values()
    assert Owing.LETTER not in {item.code for item in owed(facts)}

    address = reverse("admin:registration_signedscan_change", args=[scan.pk])
    assert letter.reference in officer.get(address).content.decode()
    file = officer.get(reverse("admin:registration_signedscan_file", args=[scan.pk]))
    assert file["Content-Disposition"].startswith("attachment")
    assert AccessRecord.objects.filter(user=officer.user, about=delegate.public_id).count() == 2
    officer.post(reverse("admin:registration_signedscan_confirm", args=[scan.pk]))
    acceptance = Acceptance.objects.get()
    assert (acceptance.method, acceptance.letter_sha256, acceptance.at) == ("scan", letter.sha256, IN_TIME)
    delegate.refresh_from_db()
    assert delegate.status == "confirmed"
    assert delegate.status_changes.last().by == officer.user
    assert OutgoingMail.objects.filter(kind="confirmed").exists()
    assert scan.sha256 in record_page(acceptance).words


def test_a_refused_scan_is_told_with_its_reason_and_can_be_sent_again(client, delegate, letter, officer):
    send_scan(client, delegate, letter)
    scan = SignedScan.objects.get()
    refuse = reverse("admin:registration_signedscan_refuse", args=[scan.pk])
    assert officer.post(refuse, {"reason": " "}).status_code == 400
    assert officer.post(refuse, {"reason": "The second page is missing"}).status_code == 302
    mail = OutgoingMail.objects.get(kind="scan_refused")
    assert mail.to == delegate.email
    assert "The second page is missing" in mail.text
    assert "The second page is missing" in client.get(page(delegate)).content.decode()
    assert "The second page is missing" in client.get(page(delegate, "sign")).content.decode()
    assert send_scan(client, delegate, letter).status_code == 302
    assert list(SignedScan.objects.order_by("pk").values_list("state", flat=True)) == ["refused", "waiting"]


def test_a_newer_scan_takes_the_place_of_the_one_that_waits(client, delegate, letter):
    send_scan(client, delegate, letter)
    send_scan(client, delegate, letter, "photo.png", signature_png())
    assert list(SignedScan.objects.order_by("pk").values_list("state", flat=True)) == ["replaced", "waiting"]


def test_signing_online_while_a_scan_waits_is_accepted_and_the_scan_waits_no_more(
    client, delegate, letter, officer
):
    send_scan(client, delegate, letter)
    assert send_drawn(client, delegate, letter, drawn(signature_png())).status_code == 302
    assert Delegate.objects.get().status == "confirmed"
    scan = SignedScan.objects.get()
    assert (scan.state, scan.decided_at, scan.decided_by) == ("settled", IN_TIME, None)
    shown = officer.get(reverse("admin:registration_signedscan_change", args=[scan.pk])).content.decode()
    assert "accepted online" in shown
    answer = officer.post(reverse("admin:registration_signedscan_confirm", args=[scan.pk]), follow=True)
    assert "decided about this scan meanwhile: not needed" in answer.content.decode()


def test_a_scan_beside_an_acceptance_online_waits_for_nobody(client, delegate, letter, officer):
    """Both were taken before the one settled the other."""
    send_scan(client, delegate, letter)
    send_drawn(client, delegate, letter, drawn(signature_png()))
    SignedScan.objects.update(state="waiting", decided_at=None)
    scan = SignedScan.objects.get()
    listed = officer.get(reverse("admin:registration_signedscan_changelist"), {"state": "waiting"})
    assert listed.context["cl"].result_count == 0
    look = officer.get(reverse("admin:registration_signedscan_change", args=[scan.pk]))
    assert not look.context["may_decide"]
    for name, sent in (("confirm", {}), ("refuse", {"reason": "Unreadable"})):
        address = reverse(f"admin:registration_signedscan_{name}", args=[scan.pk])
        assert "This letter is accepted already." in officer.post(address, sent, follow=True).content.decode()
    assert not OutgoingMail.objects.filter(kind="scan_refused").exists()


def test_what_is_accepted_cannot_be_declined(client, delegate, letter):
    """As it happens where two pages are open: the acceptance is there when the other one comes to the lock."""
    send_drawn(client, delegate, letter, drawn(signature_png()))
    with pytest.raises(AlreadyAccepted):
        decline_letter(delegate=delegate, sha256=letter.sha256, reason="x", origin=ORIGIN, now=IN_TIME)
    assert not OutgoingMail.objects.filter(kind="declined").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [("signed.pdf", b"not a pdf"), ("signed.docx", b"PK"), ("signed.pdf", b"")],
)
def test_a_scan_passes_the_checks_of_every_upload(client, delegate, letter, name, content, stored):
    answer = send_scan(client, delegate, letter, name, content)
    assert answer.status_code == 400
    assert answer.context["scan_form"].errors["scan"]
    assert not SignedScan.objects.exists()
    assert stored("scans") == set()


def test_scans_count_against_the_quota(client, delegate, letter, stored):
    Workshop.objects.update(uploads_per_delegate=1)
    assert send_scan(client, delegate, letter).status_code == 302
    answer = send_scan(client, delegate, letter)
    assert answer.status_code == 400
    assert "as many scans as are allowed" in answer.content.decode()
    assert len(stored("scans")) == 1


def test_the_scans_of_others_do_not_count_against_ones_own_quota(client, delegate, letter):
    Workshop.objects.update(uploads_per_delegate=1)
    other = DelegateFactory(delegation=delegate.delegation, seat_number=2)
    assert send_scan(client, other, letter_for(other)).status_code == 302
    assert send_scan(client, delegate, letter).status_code == 302
    assert send_scan(client, delegate, letter).status_code == 400


def test_a_scan_whose_row_is_gone_cannot_be_decided_about(client, delegate, letter):
    send_scan(client, delegate, letter)
    scan = SignedScan.objects.get()
    SignedScan.objects.all().delete()
    with pytest.raises(ScanDecided) as refused:
        refuse_scan(scan=scan, by=staff(None), reason="x", now=IN_TIME)
    assert refused.value.scan is None and str(refused.value.message)


def test_scans_are_rate_limited(client, delegate, letter, settings):
    settings.RATE_LIMITS = True
    statuses = {send_scan(client, delegate, letter, content=b"x").status_code for _time in range(21)}
    assert statuses == {400, 429}


def test_a_scan_after_the_date_is_refused_but_one_in_time_may_be_confirmed_later(
    client, delegate, letter, officer, _in_time
):
    send_scan(client, delegate, letter)
    _in_time.move_to(DEADLINE + timedelta(days=2))
    late = send_scan(client, delegate, letter)
    assert late.status_code == 400
    assert "secretariat@portal.test" in late.content.decode()
    confirm_scan(scan=SignedScan.objects.get(), by=staff(officer.user), now=DEADLINE + timedelta(days=2))
    assert Acceptance.objects.get().at == IN_TIME


def test_a_scan_of_a_void_letter_is_decided_no_more(client, delegate, letter):
    send_scan(client, delegate, letter)
    scan = SignedScan.objects.get()
    with pytest.raises(ReasonMissing):
        refuse_scan(scan=scan, by=staff(None), reason="", now=IN_TIME)
    reissue_letter(delegate=delegate, by=staff(None), reason="Dates", now=IN_TIME)
    for decide in (
        lambda: confirm_scan(scan=scan, by=staff(None), now=IN_TIME),
        lambda: refuse_scan(scan=scan, by=staff(None), reason="x", now=IN_TIME),
    ):
        with pytest.raises(ScanDecided):
            decide()
    assert not Acceptance.objects.exists()


def test_two_officers_make_one_decision(client, delegate, letter):
    send_scan(client, delegate, letter)
    scan = SignedScan.objects.get()
    confirm_scan(scan=scan, by=By(Actor.SECRETARIAT), now=IN_TIME)
    with pytest.raises(ScanDecided):
        refuse_scan(scan=scan, by=By(Actor.SECRETARIAT), reason="x", now=IN_TIME)


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_of_scans_takes_a_constant_number_of_queries(
    client, officer, delegate, number, django_assert_num_queries
):
    delegate.delegation.seat_limit = 4
    delegate.delegation.save()
    for one in DelegateFactory.create_batch(number, delegation=delegate.delegation):
        send_scan(client, one, letter_for(one))
    with django_assert_num_queries(8):
        shown = officer.get(reverse("admin:registration_signedscan_changelist"))
    assert len(shown.context["cl"].result_list) == number


def test_drawing_and_scan_are_in_ones_own_data_and_are_destroyed_on_schedule(
    client, delegate, letter, stored, django_capture_on_commit_callbacks
):
    send_scan(client, delegate, letter)
    send_drawn(client, delegate, letter, drawn(signature_png()))
    delegate.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(own_data_zip(delegate, now=IN_TIME))) as archive:
        files = {name.split("-", 1)[1]: name for name in archive.namelist() if name.startswith("files/")}
        assert archive.read(files["acceptance.png"]).startswith(b"\x89PNG")
        assert archive.read(files["signedscan.pdf"]).startswith(b"%PDF")
    over = IN_TIME + timedelta(days=365)
    with time_machine.travel(over, tick=False), django_capture_on_commit_callbacks(execute=True):
        done = purge(now=over)
    assert [place for place in done.left if "/" not in place] == []  # files go with the commit, just now
    assert done.destroyed["signatures"] == 2
    for prefix in PREFIXES:
        assert stored(prefix) == set()
    assert not SignedScan.objects.exists()


def test_the_signatorys_signature_stands_in_new_letters_and_passes_the_upload_checks(officer, delegate):
    address = reverse("admin:registration_signatoryimage_add")
    workshop = delegate.workshop
    for name, content in (("s.png", b"x"), ("s.pdf", PDF), ("s.png", signature_png(ink=False))):
        upload = SimpleUploadedFile(name, content)
        assert officer.post(address, {"workshop": workshop.pk, "picture": upload}).status_code in (200, 400)
        assert not SignatoryImage.objects.exists()
    before = letter_for(delegate)
    upload = SimpleUploadedFile("s.png", signature_png())
    assert officer.post(address, {"workshop": workshop.pk, "picture": upload}).status_code == 302
    image = SignatoryImage.objects.get()
    assert image.uploaded_by == officer.user
    shown = officer.get(reverse("admin:registration_signatoryimage_picture", args=[image.pk]))
    assert shown.content == read_private(image.key)
    after = letter_for(DelegateFactory(delegation=delegate.delegation))
    assert (before.content["signatory"]["image"], after.content["signatory"]["image"]) == ("", image.key)
    assert b"/Image" in read_private(after.key)
    assert len(read_private(after.key)) < 60_000
    page_of_it = LintingClient().get(page(after.delegate, "sign")).content.decode()
    assert "Signature of" in page_of_it or "Firma de" in page_of_it


def test_a_new_signature_leaves_issued_letters_theirs(officer, delegate):
    address = reverse("admin:registration_signatoryimage_add")
    for _time in range(2):
        officer.post(
            address,
            {"workshop": delegate.workshop_id, "picture": SimpleUploadedFile("s.png", signature_png())},
        )
    assert SignatoryImage.objects.filter(retired_at__isnull=True).count() == 1
    first = SignatoryImage.objects.order_by("pk").first()
    assert first.retired_at == IN_TIME
    assert read_private(first.key)


def test_a_dropped_file_is_compared_by_its_hash_and_stored_nowhere(client, delegate, letter, stored):
    address = reverse("verify", args=[letter.code])
    pdf = read_private(letter.key)
    services.take_back(delegate=delegate, by=staff(None), reason="x", now=IN_TIME)
    second = letter_for(delegate)
    before = {prefix: stored(prefix) for prefix in PREFIXES}

    def compared(content, code):
        answer = client.post(
            reverse("verify", args=[code]), {"file": SimpleUploadedFile("x.pdf", content, "application/pdf")}
        )
        return answer.context["compared"][0]

    assert compared(pdf, letter.code) == "same"
    assert compared(pdf, second.code) == "other"
    assert compared(pdf + b"\n", letter.code) == "different"
    assert letter.sha256 in client.get(address).content.decode()  # for the browser's own comparison
    assert {prefix: stored(prefix) for prefix in PREFIXES} == before
    empty = client.post(address, {})
    assert empty.status_code == 400
    assert empty.context["form"].errors["file"]
    assert client.post(reverse("verify", args=["2" * 26]), {}).status_code == 404


def test_verifying_is_rate_limited(client, letter, settings):
    settings.RATE_LIMITS = True
    address = reverse("verify", args=[letter.code])
    assert {client.get(address).status_code for _time in range(121)} == {200, 429}


def test_the_address_of_the_person_is_recorded_with_a_scan(client, delegate, letter):
    client.post(
        page(delegate, "sign"),
        {"answer": "scan", "sha256": letter.sha256, "scan": SimpleUploadedFile("a.pdf", PDF)},
        headers={"user-agent": "Firefox"},
        REMOTE_ADDR="203.0.113.9",
    )
    scan = SignedScan.objects.get()
    assert (scan.address, scan.user_agent) == ("203.0.113.9", "Firefox")
