"""Test data of logistics: the two payers, a flight for listed parties, rooms for middle-income countries."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from logistics.enums import BenefitKind, Unit
from logistics.models import Benefit, Payer, ScopeTerm, TravelNeed
from registration.enums import IncomeGroup, PartyKind
from registration.models import Acceptance, InvitationLetter, Passport, PassportCopy
from tests.factories import PassportCopyFactory, WorkshopFactory


class PayerFactory(DjangoModelFactory):
    class Meta:
        model = Payer
        django_get_or_create = ["code"]

    code = "IOM"
    name_es = "Organización Internacional para las Migraciones"
    name_en = "International Organization for Migration"


class BenefitFactory(DjangoModelFactory):
    class Meta:
        model = Benefit
        django_get_or_create = ["workshop", "code"]

    workshop = factory.SubFactory(WorkshopFactory)
    payer = factory.SubFactory(PayerFactory)
    code = "air_ticket"
    kind = BenefitKind.AIR_TICKET
    name_es = "Boleto aéreo de ida y vuelta"
    name_en = "Return air ticket"
    unit = Unit.RETURN_TICKET
    limit = 2
    clause_es = "Financiamiento del evento, párrafo 3"
    clause_en = "Event funding, paragraph 3"
    position = 2


class ScopeTermFactory(DjangoModelFactory):
    class Meta:
        model = ScopeTerm

    benefit = factory.SubFactory(BenefitFactory)
    position = factory.Sequence(lambda number: number)


def flight(workshop, parties=("BLZ", "RNCOM"), **facts):
    """A flight for the listed parties."""
    benefit = BenefitFactory(workshop=workshop, **facts)
    ScopeTermFactory(benefit=benefit, parties=list(parties))
    return benefit


def room(workshop, **facts):
    """Two nights for middle-income Member Countries."""
    payer = PayerFactory(
        code="SEGOB", name_es="Secretaría de Gobernación", name_en="Ministry of the Interior"
    )
    values = {
        "payer": payer,
        "code": "accommodation",
        "kind": BenefitKind.ACCOMMODATION,
        "name_es": "Alojamiento (2 noches)",
        "name_en": "Accommodation (2 nights)",
        "unit": Unit.NIGHT,
        "quantity": 2,
        "position": 1,
    }
    benefit = BenefitFactory(workshop=workshop, **{**values, **facts})
    ScopeTermFactory(
        benefit=benefit,
        kinds=[PartyKind.MEMBER_COUNTRY],
        income_groups=[IncomeGroup.LOWER_MIDDLE, IncomeGroup.UPPER_MIDDLE],
    )
    return benefit


READY_AT = datetime(2022, 2, 20, 12, tzinfo=UTC)


def ready(person, *, but=frozenset(), at=READY_AT, **travel):
    """Everything that the purchase of a ticket waits for, except what `but` names; `travel` are fields of TravelNeed."""
    if "copy" not in but and not PassportCopy.objects.filter(delegate=person).exists():
        PassportCopyFactory(delegate=person)
    if "passport" not in but:
        Passport.objects.filter(delegate=person).update(verified_at=at)
    if "travel" not in but:
        place = {"departure_airport": "BZE", "departure_city": "Belize City", "answered_at": at}
        TravelNeed.objects.update_or_create(delegate=person, defaults={**place, **travel})
    if "letter" not in but:
        accepted(person, at)
    return person


def accepted(person, at):
    """The delegate's acceptance of a letter."""
    number = InvitationLetter.objects.filter(workshop=person.workshop).count() + 1
    letter = InvitationLetter.objects.filter(delegate=person).first() or InvitationLetter(
        delegate=person, workshop=person.workshop, number=number, reference=f"LETTER/{number:03d}"
    )
    letter.language, letter.accept_by, letter.sha256 = person.language, at, "1" * 64
    letter.rendered_at, letter.key = at, f"letters/00000000-0000-4000-8000-{number:012d}"
    letter.save()
    return Acceptance.objects.create(
        letter=letter,
        letter_version=letter.version,
        letter_sha256=letter.sha256,
        typed_name=person.full_name,
        at=at,
        language=person.language,
    )
