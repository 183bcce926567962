"""Passport copies and signed letters as offices and telephones send them, through the pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from rcm_portal.files.storage import read_private
from registration.models import Delegate, PassportCopy
from tests.hostile_heics import heic
from tests.hostile_images import photo, png, saved
from tests.hostile_images import picture as drawn
from tests.hostile_pdfs import password_to_open, scanned, with_picture
from tests.rcm_portal.test_office_files import lossless, shape
from tests.registration.forms import REGISTER, filled_in

NO_TYPE, ANY = "application/octet-stream", "text/html"
TAKEN = {
    "jfif": ("pasaporte.jfif", photo, "image/jpeg", "image/jpeg"),
    "no ending": ("image", photo, NO_TYPE, "image/jpeg"),
    "a name with dots": ("Pasaporte Ana M. Pérez", photo, NO_TYPE, "image/jpeg"),
    "png as jpg": ("a.jpg", png, "image/jpeg", "image/png"),
    "jpeg as png": ("a.png", photo, "image/png", "image/jpeg"),
    "jpeg as heic": ("IMG_1.HEIC", photo, "image/heic", "image/jpeg"),
    "any content type": ("a.jpg", photo, ANY, "image/jpeg"),
    "no end marker": ("a.jpg", lambda: photo()[:-2], "image/jpeg", "image/jpeg"),
    "heic": ("IMG_0001.HEIC", heic, "image/heic", "image/jpeg"),
    "heic as jpg": ("IMG_0001.jpg", heic, "image/jpeg", "image/jpeg"),
    "bom": ("a.pdf", lambda: b"\xef\xbb\xbf" + scanned(), "application/pdf", "application/pdf"),
    "pdf of no type": ("a.pdf", scanned, "", "application/pdf"),
    "headers": (
        "a.pdf",
        lambda: b"Content-Type: application/pdf\r\n\r\n" + scanned(),
        ANY,
        "application/pdf",
    ),
    "no end": ("a.pdf", lambda: scanned()[: scanned().rindex(b"%%EOF")], NO_TYPE, "application/pdf"),
    "no trailer": ("a.pdf", lambda: scanned()[: scanned().rindex(b"trailer")], NO_TYPE, "application/pdf"),
    "linear, no end": ("a.pdf", lambda: shape("linear")[:-6], NO_TYPE, "application/pdf"),
    "owner's password": ("a.pdf", lambda: shape("owner 6"), NO_TYPE, "application/pdf"),
    "picture without its end": ("a.pdf", lambda: with_picture(photo()[:-2]), NO_TYPE, "application/pdf"),
    "a4 at 600": ("a.pdf", lambda: lossless(4960, 7016, 1), NO_TYPE, "application/pdf"),
    "six pages at 300": ("a.pdf", lambda: lossless(2480, 3508, 6), NO_TYPE, "application/pdf"),
}


@pytest.mark.parametrize(("name", "make", "content_type", "kept_as"), TAKEN.values(), ids=TAKEN)
def test_a_copy_that_viewers_open_registers_and_is_kept_clean(
    name, make, content_type, kept_as, client, belize
):
    file = SimpleUploadedFile("a", make(), content_type)
    file._name = name  # as the browser sends it
    assert client.post(REGISTER, filled_in(passport=file)).status_code == 302
    copy = PassportCopy.objects.get()
    kept = read_private(copy.key)
    assert copy.media_type == kept_as
    assert kept.startswith(
        {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG", "application/pdf": b"%PDF-"}[kept_as]
    )
    assert b"SECRET" not in kept and b"/Encrypt" not in kept


REFUSED = {
    "webp": (
        "a.webp",
        lambda: saved(drawn(), "WEBP"),
        "take a screenshot of it",
        "haga una captura de pantalla",
    ),
    "gif": (
        "a.gif",
        lambda: saved(drawn(), "GIF"),
        "take a screenshot of it",
        "haga una captura de pantalla",
    ),
    "bmp": (
        "a.bmp",
        lambda: saved(drawn(), "BMP"),
        "take a screenshot of it",
        "haga una captura de pantalla",
    ),
    "tiff": (
        "a.tif",
        lambda: saved(drawn(), "TIFF"),
        "take a screenshot of it",
        "haga una captura de pantalla",
    ),
    "webp as jpg": (
        "a.jpg",
        lambda: saved(drawn(), "WEBP"),
        "save it again as PDF, JPEG or PNG",
        "guárdelo de nuevo",
    ),
    "broken heic": ("a.heic", lambda: heic()[:-900], "Most Compatible", "Más compatible"),
    "too many bytes": (
        "a.jpg",
        lambda: photo() + bytes(24 * 2**20),
        "take a screenshot of it",
        "captura de pantalla",
    ),
    "a4 at 1200": ("a.pdf", lambda: lossless(9920, 14_031, 1), "300 dots per inch", "300 puntos por pulgada"),
    "password": (
        "a.pdf",
        password_to_open,
        "save a copy without protection",
        "Guarde una copia sin protección",
    ),
}


@pytest.mark.parametrize(("name", "make", "english", "spanish"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_what_to_do_in_both_languages_and_keeps_what_was_typed(
    name, make, english, spanish, client, belize
):
    content = make()
    for address, words in ((REGISTER, english), (REGISTER.replace("/en/", "/es/"), spanish)):
        answer = client.post(address, filled_in(passport=SimpleUploadedFile(name, content)))
        assert answer.status_code == 400
        form = answer.context["form"]
        assert list(form.errors) == ["passport"]
        assert words in form.errors["passport"][0]
        assert "Núñez Peña" in answer.content.decode()
    assert not Delegate.objects.exists() and not PassportCopy.objects.exists()
