"""How values of the database are put into the data of a preset file, and which parties it names."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model, Prefetch

from ..enums import PartyKind
from ..models import IncomeClassification, Party, PresetRecord, Workshop
from .sections import sections
from .writer import LANGUAGES


def filled(**values: Any) -> dict[str, Any]:
    """A table of the file without the keys that would say nothing; False and 0 say something."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {}) or value is False}


def both(row: Model, name: str) -> dict[str, str]:
    """The bilingual text of `<name>_es` and `<name>_en`, without a language in which it is empty."""
    return {code: text for code in LANGUAGES if (text := getattr(row, f"{name}_{code}"))}


def local(moment: datetime | None, zone) -> datetime | None:
    """An instant by the workshop's clock, with its offset from UTC."""
    return moment and moment.astimezone(zone)


def most_common(values: Iterable[Any]) -> Any:
    """What is said once for all of them; among as many of each, the first."""
    return Counter(values).most_common(1)[0][0]


def named_parties(workshop: Workshop) -> list[Party]:
    """The parties that the workshop's sections name or its own file named, Member Countries first."""
    codes = set().union(*(reader.parties(workshop) for reader in sections().values()))
    prefix = f"{Party._meta.label}:"
    records = PresetRecord.objects.filter(workshop=workshop, key__startswith=prefix)
    codes |= {key.removeprefix(prefix) for key in records.values_list("key", flat=True)}
    periods = Prefetch("income_groups", IncomeClassification.objects.order_by("valid_from"))
    kinds = PartyKind.values
    rows = Party.objects.filter(code__in=codes).prefetch_related(periods)
    return sorted(rows, key=lambda party: (kinds.index(party.kind), party.code))


def source_of_all(parties: list[Party]) -> str:
    """The source that most income groups have."""
    return most_common([row.source for party in parties for row in party.income_groups.all()] or [""])
