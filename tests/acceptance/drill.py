"""Steps of the restore drill, in a process of the portal with production's settings: `python -m tests.acceptance.drill STEP…`.

A step is a name, or a name and what it is given, as in `approve:second@example.org` and `manage:backup /tmp/x`. The last line
printed is a JSON list with what each step found. The clock stands in February 2022, when registration is open.
"""

import json
import os
import sys
from hashlib import sha256
from io import StringIO

import django
import time_machine

SECOND, THIRD = "second@example.org", "third@example.org"
NUMBER = "P7654321"


def build() -> dict:
    """One of everything, its letter made, and two delegates who wait for approval; two people give one passport number."""
    from registration.models import InvitationLetter, Passport
    from registration.services.letters.issuing import complete_letter
    from tests import factories
    from tests.acceptance import world as worlds
    from tests.registration.letters import name_the_signatory

    world = worlds.build()
    name_the_signatory()
    for number, email in enumerate((SECOND, THIRD)):
        delegation = factories.DelegationFactory(
            workshop=world.workshop, party__code=("MEX", "PAN")[number], seat_limit=2
        )
        factories.DelegateFactory(delegation=delegation, email=email)
    for passport in Passport.objects.filter(delegate__email__in=(SECOND, THIRD)):
        passport.number = NUMBER
        passport.save()
    letter = InvitationLetter.objects.get()
    complete_letter(letter_id=letter.pk, now=factories.IN_TIME)
    letter.refresh_from_db()
    return {"sha256": letter.sha256, "number": letter.number, "reference": letter.reference}


def approve(email: str) -> dict:
    """Approve one of the waiting delegates, as the Secretariat does, and make the letter."""
    from registration.models import Delegate
    from registration.services import approve as decide
    from registration.services.letters.issuing import complete_letter
    from registration.services.transitions import staff
    from tests.factories import IN_TIME

    delegate = Delegate.objects.get(email=email)
    decide(delegate=delegate, by=staff(None), now=IN_TIME)
    letter = delegate.letters.get()
    complete_letter(letter_id=letter.pk, now=IN_TIME)
    return {"number": letter.number, "version": letter.version}


def renew() -> dict:
    """A new version of the first letter."""
    from django.db import transaction

    from registration.models import InvitationLetter
    from registration.services.letters.issuing import create_letter
    from tests.factories import IN_TIME

    first = InvitationLetter.objects.order_by("number", "version").first()
    with transaction.atomic():
        letter = create_letter(delegate=first.delegate, now=IN_TIME)
    return {"number": letter.number, "version": letter.version}


def mails() -> dict:
    """Message-ID and state of every mail."""
    from rcm_portal.models import OutgoingMail

    return dict(OutgoingMail.objects.values_list("message_id", "state"))


def manage(words: str) -> str:
    """What a management command said; the message of one that fails."""
    from django.core.management import CommandError, call_command

    said = StringIO()
    try:
        call_command(*words.split(), stdout=said)
    except CommandError as error:
        return f"{said.getvalue()}{error}"
    return said.getvalue()


def send() -> dict:
    from rcm_portal.mail.sending import sweep

    return {"tried": sweep()}


def look() -> dict:
    """What people see: pages, the letter by its personal link, the passport on the officer's screen, readiness."""
    from django.contrib.auth.models import User
    from django.urls import reverse

    from rcm_portal.files.storage import read_private
    from rcm_portal.health import readiness
    from rcm_portal.models import OutgoingMail
    from registration.documents.links import my_token
    from registration.models import InvitationLetter, Passport, PassportCopy
    from tests import accounts
    from tests.acceptance.world import SLUG
    from tests.registration.forms import PDF
    from tests.strict import LintingClient, body_of

    client = LintingClient(raise_request_exception=False)
    letter = InvitationLetter.objects.filter(rendered_at__isnull=False).earliest("number")
    link = f"/es/{SLUG}/my/{my_token(letter.delegate)}/letter.pdf"
    officer = accounts.signed_in(User.objects.get(username="secretariat"))
    officer.raise_request_exception = False
    screen = reverse("admin:registration_delegate_passport", args=[letter.delegate_id])
    passport = letter.delegate.passport
    for _try in range(5):  # a first look at a bucket loads boto3, which a loaded machine may not do in time
        readiness.forget()
        ready = client.get("/readyz")
        if ready.status_code == 200:
            break
    return {
        "ready": ready.status_code,
        "parts": {
            name: state for name, state in ready.json().items() if name not in ("broker", "beat", "worker")
        },
        "home": client.get("/en/").status_code,
        "letter": sha256(body_of(client.get(link))).hexdigest(),
        "verified": client.get(f"/verify/{letter.code}/").status_code,
        "on_screen": passport.number in officer.get(screen).content.decode(),
        "copy": read_private(PassportCopy.objects.get().key) == PDF,
        "same_number": Passport.objects.filter(
            number_index=Passport.objects.get(delegate__email=SECOND).number_index
        ).count(),
        "same": Passport.objects.get(delegate__email=THIRD).number,
        "subject": OutgoingMail.objects.exclude(text="").earliest("pk").text != "",
        "letters": sorted(map(list, InvitationLetter.objects.values_list("number", "version"))),
    }


STEPS = {step.__name__: step for step in (build, approve, renew, mails, manage, send, look)}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rcm_portal.settings")
    django.setup()
    from tests.factories import IN_TIME

    with time_machine.travel(IN_TIME, tick=False):
        found = []
        for word in sys.argv[1:]:
            name, _colon, given = word.partition(":")
            found.append(STEPS[name](*([given] if given else [])))
        print(json.dumps(found))


if __name__ == "__main__":
    main()
