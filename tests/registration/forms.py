"""What a delegate sends with the registration form."""

from datetime import date
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

REGISTER = "/en/imrf-2022/register/"

# The smallest file that a PDF parser takes whole.
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\nxref\n0 4\n0000000000 65535 f \n"
    b"0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n"
)


def passport_file(name="passport.pdf", content=PDF, media_type="application/pdf"):
    return SimpleUploadedFile(name, content, media_type)


def filled_in(**changes) -> dict:
    """A complete form for Belize; `changes` replace values, None leaves a field out."""
    data = {
        "delegation": "BLZ",
        "given_names": "María José",
        "surnames": "Núñez Peña",
        "institution": "Ministry of Immigration",
        "position": "Director of Migration",
        "level": "technical",
        "email": "maria@example.org",
        "language": "es",
        "passport": passport_file(),
        "passport_number": "P1234567",
        "nationality": "BLZ",
        "date_of_birth": "1980-02-28",
        "sex": "F",
        "passport_expiry": "2027-05-01",
        "consent": "on",
        "no_reimbursement": "on",
        "form_key": str(uuid4()),
        **changes,
    }
    return {name: value for name, value in data.items() if value is not None}


# Who somebody is, as the services take it.
DETAILS = {
    "given_names": "Rosa",
    "surnames": "Pérez",
    "email": "rosa@example.org",
    "institution": "Ministry",
    "position": "Director",
    "language": "en",
    "nationality": "BLZ",
    "level": "technical",
}


def person(number: int) -> dict:
    """Who somebody else is, for forms that one browser sends for several people."""
    return {"surnames": f"Person {'ABCDEFGHIJ'[number]}", "passport_number": f"P777000{number}"}


def edited(delegate, **changes):
    """The form as the page shows it to this delegate, with `changes`."""
    passport = delegate.passport
    return filled_in(
        **{
            "surnames": delegate.surnames,
            "given_names": delegate.given_names,
            "email": delegate.email,
            "date_of_birth": str(delegate.date_of_birth),
            "passport": None,
            "passport_later": "on",
            "passport_number": passport.number,
            "passport_expiry": str(passport.expires_on or date(2027, 5, 1)),
            "issuing_country": passport.issuing_country,
            **changes,
        }
    )
