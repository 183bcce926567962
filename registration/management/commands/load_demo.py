"""`manage.py load_demo`: demonstration delegates, said to be such, through the same services that real ones use."""

from datetime import date, timedelta
from io import BytesIO
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.utils import timezone
from PIL import Image, ImageDraw

from rcm_portal.uploads import check_upload
from registration import services
from registration.enums import Actor, LetterTextKey, Source
from registration.models import Delegate, Delegation, Workshop
from registration.queries.workshop_checks import letters_wait_for
from registration.services.stored_files import StoredCopy, store_copy
from registration.services.transitions import By

STAFF = By(Actor.SECRETARIAT)
INSTITUTION = {"es": "Dirección de demostración", "en": "Demonstration Directorate"}

# (party, given names, surnames, sex, language, level, head of delegation, address confirmed, passport copy, approved)
PEOPLE = [
    ("SLV", "Ana Sofía", "Martínez Peña", "F", "es", "senior_management", True, True, True, True),
    ("SLV", "José Luis", "Núñez de la O", "M", "es", "technical", False, True, True, False),
    ("GTM", "María José", "Xol Choc", "F", "es", "middle_management", True, True, True, True),
    ("HND", "Óscar", "Güell Ibáñez", "M", "es", "vice_minister", True, True, False, False),
    ("PAN", "Itzel", "Arosemena", "F", "es", "technical", False, False, True, False),
    ("CAN", "Siobhán", "O'Neill-Tremblay", "F", "en", "middle_management", True, True, True, True),
    ("MEX", "Citlali", "Hernández Öztürk", "F", "es", "senior_management", True, True, True, False),
    ("RNCOM", "Jean-Baptiste", "McDonald", "M", "en", "technical", False, True, True, True),
]


SIGNATORY = {
    (LetterTextKey.SIGNATORY_NAME, "es"): "Elena Ejemplo (persona ficticia)",
    (LetterTextKey.SIGNATORY_NAME, "en"): "Elena Ejemplo (fictitious)",
}


class Command(BaseCommand):
    help = "Adds demonstration delegates to a workshop; people added before are left as they are."

    def add_arguments(self, parser):
        parser.add_argument("workshop", nargs="?", default="imrf-2022")

    def handle(self, *args, workshop, **options):
        if not settings.DEBUG:
            raise CommandError("Demonstration delegates are for `make run` only.")
        try:
            held = Workshop.objects.get(slug=workshop)
        except Workshop.DoesNotExist:
            raise CommandError(f"There is no workshop “{workshop}”.") from None
        for text in letters_wait_for(
            held
        ):  # a fictitious signatory: no letter is issued with words in brackets
            text.text = SIGNATORY[text.key, text.language]
            text.save()
        before = Delegate.objects.filter(workshop=held).count()
        for person in PEOPLE:
            self._add(held, *person)
        added = Delegate.objects.filter(workshop=held).count() - before
        self.stdout.write(f"{added} demonstration delegates added to {workshop}.")

    def _add(
        self, workshop, party, given, surnames, sex, language, level, head, confirmed, has_copy, approved
    ):
        key = uuid5(NAMESPACE_URL, f"demonstration/{workshop.slug}/{party}/{surnames}")
        delegation = Delegation.objects.filter(workshop=workshop, party__code=party).first()
        if delegation is None or Delegate.objects.filter(form_key=key).exists():
            return
        now = timezone.now()
        delegate = services.register(
            delegation=delegation,
            details={
                "given_names": given,
                "surnames": surnames,
                "sex": sex,
                "language": language,
                "level": level,
                "head_of_delegation": head,
                "institution": INSTITUTION[language],
                "position": {"es": "Persona de demostración", "en": "Demonstration delegate"}[language],
                "email": f"{key.hex[:12]}@demonstration.example",
                "nationality": party if len(party) == 3 else "CRI",
                "date_of_birth": date(1980, 1 + key.int % 12, 1 + key.int % 28),
                "consent_at": now,
                "no_reimbursement_at": now if has_copy else None,
            },
            passport={
                "number": f"D{key.int % 10**7:07d}",
                "issuing_country": party if len(party) == 3 else "CRI",
                "expires_on": workshop.ends_on + timedelta(days=900),
            },
            copy=demonstration_copy() if has_copy else None,
            form_key=key,
            now=now,
            by=STAFF,
            source=Source.STAFF,
        )
        if confirmed:
            services.confirm_email(delegate=delegate, now=now)
        if approved:
            services.approve(delegate=delegate, by=STAFF, now=now)


def demonstration_copy() -> StoredCopy:
    """An image that says what it is, checked and stored like any upload."""
    picture = Image.new("RGB", (640, 420), "#e4edf3")
    ImageDraw.Draw(picture).text((180, 200), "DEMONSTRATION - NOT A PASSPORT", fill="#0b2f4a")
    content = BytesIO()
    picture.save(content, "PNG")
    return store_copy(check_upload(SimpleUploadedFile("demonstration.png", content.getvalue(), "image/png")))
