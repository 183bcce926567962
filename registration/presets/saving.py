"""Writes a workshop as a preset file, and makes a new one of it by loading that under another address."""

from dataclasses import dataclass, field
from datetime import date

import tomli_w
from django.db import transaction
from django.utils.translation import gettext as _

from .. import questions
from ..models import Delegation, Party, Workshop
from .loader import load
from .mistakes import Mistakes
from .sections import sections
from .source import FORMAT, Preset, read_content
from .writer import Report


def saved_workshop(workshop: Workshop) -> bytes:
    """The workshop as a preset file, which loads again into the same rows.

    Raises PresetRefused with what stands in the way: staff may have left something that no file may say.
    """
    content = _toml(_document(workshop))
    read_content(content, Preset(workshop.slug))
    return content


@dataclass(frozen=True)
class NewWorkshop:
    """What a new workshop does not take over from the one that it is made of."""

    slug: str
    name: dict[str, str]  # by language
    short_name: dict[str, str]
    starts_on: date
    focal_points: bool = False


@dataclass(frozen=True)
class Made:
    """What was made, or would be: `income` says who gains and loses by the income groups of the new first day."""

    workshop: Workshop
    report: Report
    income: list[str] = field(default_factory=list)
    focal_points: int = 0


def make_from(*, source: Workshop, new: NewWorkshop, dry_run: bool = False) -> Made:
    """A workshop with the rules of `source`, moved to another first day; unpublished. All of it in one transaction.

    Nobody's personal data come along, except, where asked for, focal points, each to be confirmed. A dry run makes it
    and takes everything back. Raises PresetRefused, also where the address is taken.
    """
    with transaction.atomic():
        data = _document(source, afresh=True)
        data["workshop"] |= {"slug": new.slug, "name": new.name, "short_name": new.short_name}
        preset = Preset(new.slug, starts_on=new.starts_on, published=False, own_income=False)
        read_content(_toml(data), preset)
        if Workshop.objects.filter(slug=new.slug).exists():
            mistakes = Mistakes()
            mistakes.add("workshop.slug", _("Another workshop has this address."))
            mistakes.stop_here(new.slug)
        workshop, report = _loaded(preset)
        copied = _copy_focal_points(source, workshop) if new.focal_points else 0
        income = [
            line for answer in questions.income_changes for line in answer(before=source, after=workshop)
        ]
        transaction.set_rollback(dry_run)
    return Made(workshop, report, income, copied)


def take_in(*, content: bytes, name: str, starts_on: date | None = None, dry_run: bool = False) -> Made:
    """Load the content of a file: a workshop that is not there yet is made unpublished, one that is there is updated.

    What staff changed is kept. A dry run takes everything back. Raises PresetRefused.
    """
    with transaction.atomic():
        preset = read_content(content, Preset(name, starts_on=starts_on, published=False))
        workshop, report = _loaded(preset)
        transaction.set_rollback(dry_run)
    return Made(workshop, report)


def _loaded(preset: Preset) -> tuple[Workshop, Report]:
    try:
        return load(preset)
    except OverflowError:
        mistakes = Mistakes()
        mistakes.add(
            "workshop.starts_on", _("from this first day a date lies outside the calendar."), preset.starts_on
        )
        mistakes.stop_here(preset.name)
        raise


def _document(workshop: Workshop, *, afresh: bool = False) -> dict:
    data = {name: section.save(workshop, afresh=afresh) for name, section in sections().items()}
    return {"format": FORMAT} | {name: each for name, each in data.items() if each is not None}


def _toml(data: dict) -> bytes:
    """One text over several lines where that keeps every character: a text typed in a browser has other line ends."""
    text = tomli_w.dumps(data)
    return (text if "\\r" in text else tomli_w.dumps(data, multiline_strings=True)).encode()


def known_focal_points(source: Workshop) -> dict[int, Delegation | Party]:
    """Who is the focal point of each party that `source` invites: the delegation's, or who was the party's last."""
    named = source.delegations.select_related("party")
    found: dict[int, Delegation | Party] = {}
    for row in named:
        holder = row if row.focal_point_name or row.focal_point_email else row.party
        if holder.focal_point_name or holder.focal_point_email:
            found[row.party_id] = holder
    return found


def _copy_focal_points(source: Workshop, workshop: Workshop) -> int:
    """Names and addresses of the delegations that are invited again, marked as not confirmed. Says how many."""
    known = known_focal_points(source)
    rows = list(workshop.delegations.filter(party__in=known))
    columns = ("focal_point_name", "focal_point_email", "focal_point_language")
    for row in rows:
        for column in columns:
            setattr(row, column, getattr(known[row.party_id], column) or getattr(row, column))
        row.focal_point_to_confirm = True
    Delegation.objects.bulk_update(rows, [*columns, "focal_point_to_confirm"])
    return len(rows)
