"""Mails for the tests of the outbox."""

from django.db import transaction

from rcm_portal.mail.writing import TOKEN_SENTINEL, queue_mail
from rcm_portal.output.urls_absolute import portal_url


def write_mail(**changed):
    """One queued mail from the tests' own template."""
    given = {
        "template": "mail_test/plain",
        "to": "ana@example.org",
        "language": "en",
        "context": {"name": "Ana", "link": portal_url(f"/en/w/my/{TOKEN_SENTINEL}/")},
        "kind": "test",
        "personal_token": "secret-token",
        **changed,
    }
    with transaction.atomic():
        return queue_mail(**given)
