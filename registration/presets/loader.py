"""Loads a preset: checks the whole file, then writes it in one transaction or not at all."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from ..models import Delegation, IncomeClassification, Party, Workshop
from ..services.seat_limit import lock_delegations
from .mistakes import Mistakes
from .sections import sections
from .source import Preset, find, read_preset
from .writer import Report, Writer

# Kept across workshops: one workshop's file never takes them away from another.
SHARED = (Party, IncomeClassification)


def load_workshop(
    *, name_or_path: str, starts_on: date | None = None, overwrite: bool = False
) -> tuple[Workshop, Report]:
    """Load or update the workshop of a shipped preset or of the file at a path.

    `starts_on` moves the whole workshop so that its first day is that date (None: the file's own dates); `overwrite`
    also takes back what staff changed and removes what the file no longer names. Raises PresetNotFound, or PresetRefused
    with every mistake; nothing is written then.
    """
    return load(read_preset(find(name_or_path), starts_on=starts_on), overwrite=overwrite)


def load(preset: Preset, *, overwrite: bool = False) -> tuple[Workshop, Report]:
    """Write a preset that was read and checked. Raises PresetRefused with what the models or the database refuse."""
    mistakes = Mistakes()
    with transaction.atomic():
        lock_delegations(Delegation.objects.filter(workshop__slug=preset.workshop.slug))
        workshop = Workshop.objects.select_for_update().filter(slug=preset.workshop.slug).first()
        writer = Writer(mistakes=mistakes, overwrite=overwrite, workshop=workshop)
        for name, reader in sections().items():
            if name in preset.tables:
                writer.section = name
                reader.load(preset.tables[name], preset, writer)
                mistakes.stop_here(preset.name)
        writer.finish(shared=SHARED)
        _check_overlaps(preset, mistakes)
        mistakes.stop_here(preset.name)
    return writer.workshop, writer.report


def _check_overlaps(preset, mistakes: Mistakes) -> None:
    """No party of the file ends with two income groups on one day, whatever was in the database before."""
    index = {party.code: number for number, party in enumerate(preset.tables["parties"])}
    before = None
    rows = IncomeClassification.objects.filter(party__code__in=index).select_related("party")
    for row in rows.order_by("party__code", "valid_from"):
        if (
            before
            and before.party_id == row.party_id
            and (before.valid_to is None or row.valid_from <= before.valid_to)
        ):
            message = _("the period from %(day)s overlaps one that this party has in the database.")
            mistakes.add(
                f"parties[{index[row.party.code]}].income", message % {"day": row.valid_from}, row.party.code
            )
        before = row
