"""Test data of logistics: the two payers, a flight for listed parties, rooms for middle-income countries."""

import factory
from factory.django import DjangoModelFactory

from logistics.enums import BenefitKind, Unit
from logistics.models import Benefit, Payer, ScopeTerm
from registration.enums import IncomeGroup, PartyKind
from tests.factories import WorkshopFactory


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
