"""`manage.py load_demo_travel`: demonstration delegates who travel, through the same services that real ones use.

Two have done everything that a ticket waits for; one travels with a ticket of their own. `load_demo` comes before.
"""

from datetime import timedelta

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand
from django.utils import timezone

from logistics.enums import FlightPlan, Meal, Seat
from logistics.models import Airport, TravelNeed
from logistics.services.travel_needs import save_needs
from registration import services
from registration.enums import Actor
from registration.models import Delegate, InvitationLetter, Workshop
from registration.services.letters.issuing import complete_letter
from registration.services.letters.signing import Origin, accept_letter
from registration.services.passport_checks import fingerprint
from registration.services.transitions import By

STAFF = By(Actor.SECRETARIAT)
# (party, surnames, airport, meal) of whom a ticket can be bought
READY = [("SLV", "Martínez Peña", "SAL", ""), ("GTM", "Xol Choc", "GUA", Meal.VLML)]
OWN = ("RNCOM", "McDonald")


class Command(BaseCommand):
    help = "Gives demonstration delegates their travel data, and two of them all that a ticket waits for."

    def add_arguments(self, parser):
        parser.add_argument("workshop", nargs="?", default="imrf-2022")

    def handle(self, *args, workshop, **options):
        if not settings.DEBUG:
            raise CommandError("Demonstration delegates are for `make run` only.")
        held = Workshop.objects.filter(slug=workshop).first()
        if held is None:
            raise CommandError(f"There is no workshop “{workshop}”.")
        now = timezone.now()
        for party, surnames, airport, meal in READY:
            if delegate := self._open(held, party, surnames):
                self._accept(delegate, now)
                self._verify(delegate, now)
                self._travel(delegate, airport, meal, now)
        if delegate := self._open(held, *OWN):
            needs = {
                "flight_plan": FlightPlan.OWN,
                "own_arrival_flight": "CM140",
                "own_departure_flight": "CM141",
            }
            save_needs(
                delegate=delegate, needs=needs, details={}, passport={}, sensitive_consent=False, now=now
            )

    @staticmethod
    def _open(workshop: Workshop, party: str, surnames: str) -> Delegate | None:
        """The demonstration delegate, while nothing is known of their journey."""
        return Delegate.objects.filter(
            workshop=workshop,
            delegation__party__code=party,
            surnames=surnames,
            email__endswith="@demonstration.example",
            approved_at__isnull=False,
            travel_need__isnull=True,
        ).first()

    @staticmethod
    def _accept(delegate: Delegate, now) -> None:
        letter = InvitationLetter.objects.current().get(delegate=delegate)
        complete_letter(letter_id=letter.pk, now=now)
        letter.refresh_from_db()
        origin = Origin(address=None, user_agent="demonstration", language=delegate.language)
        accept_letter(
            delegate=delegate,
            sha256=letter.sha256,
            typed_name=letter.content["addressee"]["name"],
            agreed=True,
            origin=origin,
            now=now,
        )

    @staticmethod
    def _verify(delegate: Delegate, now) -> None:
        seen = fingerprint(delegate, delegate.passport, delegate.passport_copy)
        services.verify_passport(delegate=delegate, seen=seen, by=STAFF, now=now)

    @staticmethod
    def _travel(delegate: Delegate, code: str, meal: str, now) -> TravelNeed:
        workshop = delegate.workshop
        airport = Airport.objects.get(workshop=workshop, code=code)
        needs = {
            "flight_plan": FlightPlan.PAYER,
            "departure_airport": airport.code,
            "arrive_from": workshop.starts_on - timedelta(days=1),
            "return_by": workshop.ends_on + timedelta(days=1),
            "seat": Seat.NSSA,
            "meal": meal,
            "contact_consent": True,
        }
        return save_needs(
            delegate=delegate, needs=needs, details={}, passport={}, sensitive_consent=bool(meal), now=now
        )
