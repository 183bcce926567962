"""A workshop that is unlike the shipped one says its own facts, and nothing of the shipped one's."""

from pathlib import Path

import pytest
from django.core.management import call_command

from registration.documents.links import my_token
from registration.models import Delegate, Workshop
from tests.registration.forms import filled_in

OTHER = Path(__file__).parent.parent / "presets" / "datos-2026.toml"
REGISTER = "/en/datos-2026/register/"


@pytest.fixture
def workshop(db, time_machine):
    time_machine.move_to("2026-08-01T12:00:00+00:00", tick=False)
    call_command("load_workshop", str(OTHER), verbosity=0)
    return Workshop.objects.get(slug="datos-2026")


def sent(**changes):
    given = {
        "delegation": "HND",
        "nationality": "HND",
        "passport_expiry": "2030-01-01",
        "no_reimbursement": None,
    }
    return filled_in(**{**given, **changes})


def test_where_nothing_is_said_of_tickets_nobody_is_asked_about_them(workshop, client):
    page = client.get(REGISTER)
    assert "no_reimbursement" not in page.context["form"].fields
    answer = client.post(REGISTER, sent())
    assert answer.status_code == 302, answer.context["form"].errors
    delegate = Delegate.objects.get()
    own = client.get(f"/en/datos-2026/my/{my_token(delegate)}/").content.decode()
    assert "reimburse" not in own


@pytest.mark.parametrize(("language", "words"), [("en", "Ask your ministry"), ("es", "Pida a su ministerio")])
def test_the_form_repeats_what_staff_wrote_of_level_and_tickets(workshop, client, language, words):
    workshop.participation_en, workshop.participation_es = (
        "Ask your ministry who comes.",
        "Pida a su ministerio.",
    )
    workshop.reimbursement_en = workshop.reimbursement_es = "Keep your receipts."
    workshop.save()
    page = client.get(REGISTER.replace("/en/", f"/{language}/")).content.decode()
    assert words in page and "Keep your receipts." in page


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("where", ["", "register/", "who-pays/", "agenda/"])
def test_no_public_page_names_a_payer_or_party_of_the_shipped_workshop(workshop, client, language, where):
    page = client.get(f"/{language}/datos-2026/{where}").content.decode()
    for name in ("IOM", "OIM", "SACM", "SEGOB", "Gobernación", "Ministry of the Interior", "Mexico City"):
        assert name not in page
