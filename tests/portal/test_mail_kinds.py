"""The list of mails names their kinds as people do."""

from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from rcm_portal.mail.kinds import name_of
from tests.sources import BASE_DIR

from .mails import write_mail

# Templates whose kind is written in another way than their file.
WRITTEN = {
    "refund": "ticket-refund",
    "passenger_changed": "ticket-passenger-changed",
    "changes": "agenda-changes",
}


def kind_of(subject: Path) -> str:
    stem = subject.name.removesuffix(".subject.txt")
    return WRITTEN.get(stem) or (stem.replace("_", "-") if stem.startswith("ticket_") else stem)


def test_every_mail_that_the_portal_writes_has_a_name_in_spanish():
    kinds = {kind_of(subject) for subject in BASE_DIR.glob("templates/*/mail/*.subject.txt")}
    assert len(kinds) > 35
    with translation.override("es"):
        assert {kind for kind in kinds if name_of(kind) == kind} == set()


@pytest.mark.django_db
@pytest.mark.usefixtures("mail_templates")
def test_the_filter_offers_the_kinds_there_are_by_name_and_keeps_the_others_away(admin_client):
    sealed, other = write_mail(kind="sealed", to="one@example.org"), write_mail(to="two@example.org")
    address = reverse("admin:portal_outgoingmail_changelist")
    page = admin_client.get(address, headers={"accept-language": "es"}).content.decode()
    assert "carta sellada" in page
    assert "approved" not in page
    page = admin_client.get(address, {"kind": "sealed"}).content.decode()
    assert sealed.to in page
    assert other.to not in page
    shown = admin_client.get(reverse("admin:portal_outgoingmail_change", args=[sealed.pk])).content.decode()
    assert "sealed letter" in shown
