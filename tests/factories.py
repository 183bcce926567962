"""Test data of registration: a workshop in 2022 with Belize (two seats), Canada and RNCOM (no limit)."""

from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import factory
from factory.django import DjangoModelFactory

from registration.enums import DelegateStatus, ParticipationLevel, PartyKind, Sex
from registration.models import (
    Delegate,
    Delegation,
    Nomination,
    Party,
    Passport,
    PassportCopy,
    RegistrationDraft,
    Workshop,
)

MEXICO_CITY = ZoneInfo("America/Mexico_City")
DEADLINE = datetime(2022, 3, 2, tzinfo=MEXICO_CITY)
IN_TIME = datetime(2022, 2, 10, 12, tzinfo=MEXICO_CITY)


class PartyFactory(DjangoModelFactory):
    class Meta:
        model = Party
        django_get_or_create = ["code"]

    code = factory.Sequence(lambda number: f"P{number:02d}")
    kind = PartyKind.MEMBER_COUNTRY
    name_es = factory.LazyAttribute(lambda party: f"País {party.code}")
    name_en = factory.LazyAttribute(lambda party: f"Country {party.code}")


class WorkshopFactory(DjangoModelFactory):
    class Meta:
        model = Workshop
        django_get_or_create = ["slug"]

    slug = "imrf-2022"
    name_es = "Segundo taller preparatorio"
    name_en = "Second preparation workshop"
    short_name_es = "II Taller preparatorio FEMI"
    short_name_en = "II IMRF Preparation Workshop"
    organiser_es = "Secretaría Ejecutiva de la CRM"
    organiser_en = "RCM Executive Secretariat"
    contact_email = "secretariat@portal.test"
    venue_es = "Secretaría de Gobernación"
    venue_en = "Ministry of the Interior"
    city_es = "Ciudad de México"
    city_en = "Mexico City"
    zone_label_es = "hora de la Ciudad de México"
    zone_label_en = "Mexico City time"
    transfers_es = "No habrá traslados entre el aeropuerto y el hotel ni dinero para ellos."
    transfers_en = "There are no airport transfers and no money for them."
    reimbursement_es = "La OIM compra los boletos directamente; no se reembolsan los que usted compre."
    reimbursement_en = "IOM buys the tickets directly; tickets you buy yourself are not reimbursed."
    starts_on = date(2022, 3, 31)
    ends_on = date(2022, 4, 1)
    time_zone = "America/Mexico_City"
    deadline = DEADLINE
    letter_prefix = "CRM/ST/IMRF-II/2022"


class DelegationFactory(DjangoModelFactory):
    class Meta:
        model = Delegation
        django_get_or_create = ["workshop", "party"]

    workshop = factory.SubFactory(WorkshopFactory)
    party = factory.SubFactory(PartyFactory, code="BLZ", name_es="Belice", name_en="Belize")
    seat_limit = 2


class PassportFactory(DjangoModelFactory):
    class Meta:
        model = Passport

    number = factory.Sequence(lambda number: f"P{number:07d}")
    issuing_country = "BLZ"
    expires_on = date(2027, 5, 1)


class PassportCopyFactory(DjangoModelFactory):
    class Meta:
        model = PassportCopy

    key = factory.Sequence(lambda number: f"passports/00000000-0000-4000-8000-{number:012d}")
    media_type = "application/pdf"
    size = 1000
    sha256 = "0" * 64


class DelegateFactory(DjangoModelFactory):
    """A confirmed address and a complete passport; `status` decides the seat as the workflow would."""

    class Meta:
        model = Delegate
        skip_postgeneration_save = True

    delegation = factory.SubFactory(DelegationFactory)
    workshop = factory.SelfAttribute("delegation.workshop")
    status = DelegateStatus.SUBMITTED
    level = ParticipationLevel.TECHNICAL
    given_names = "María José"
    # In the order in which they are made, so that no test hangs on how many were made before.
    surnames = factory.Sequence(
        lambda number: "Núñez " + f"{number:05d}".translate(str.maketrans("0123456789", "ABCDEFGHIJ"))
    )
    institution = "Ministry of Immigration"
    position = "Director"
    email = factory.Sequence(lambda number: f"delegate{number}@example.org")
    language = "es"
    nationality = "BLZ"
    date_of_birth = date(1980, 2, 28)
    sex = Sex.FEMALE
    submitted_at = IN_TIME
    email_confirmed_at = IN_TIME
    consent_at = IN_TIME
    no_reimbursement_at = IN_TIME
    passport = factory.RelatedFactory(PassportFactory, factory_related_name="delegate")

    @factory.lazy_attribute
    def seat_number(self):
        if self.status in (DelegateStatus.WAITLISTED, DelegateStatus.REJECTED, DelegateStatus.CANCELLED):
            return None
        return Delegate.objects.filter(delegation=self.delegation, seat_number__isnull=False).count() + 1


class NominationFactory(DjangoModelFactory):
    class Meta:
        model = Nomination

    delegation = factory.SubFactory(DelegationFactory)
    name = "Rosa Pérez"
    email = factory.Sequence(lambda number: f"nominated{number}@example.org")
    language = "es"
    at = IN_TIME
    expires_at = factory.SelfAttribute("delegation.workshop.deadline")


class RegistrationDraftFactory(DjangoModelFactory):
    class Meta:
        model = RegistrationDraft

    workshop = factory.SubFactory(WorkshopFactory)
    form_key = factory.LazyFunction(uuid4)
    email = factory.Sequence(lambda number: f"later{number}@example.org")
    language = "es"
    data = '{"surnames": ["Pérez"]}'
    saved_at = IN_TIME
