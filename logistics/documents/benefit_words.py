"""What somebody is told of their benefits, in words: how much and when; what has the same reason stands together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rcm_portal.output.i18n import and_list, localized
from registration.models import Delegate
from registration.questions import LetterBenefit
from registration.rules.listing.grouping import together

from ..enums import Unit
from ..queries.entitlements import DelegateBenefit, benefits_of
from ..queries.who_pays import Cell, Row
from ..rules.stays import when_in_words


def quantity_in_words(quantity: int, unit: str) -> str:
    """ "2 nights" in the active language; a service, which nobody counts, is just included."""
    words = {
        Unit.NIGHT: ngettext("%(count)d night", "%(count)d nights", quantity),
        Unit.MEAL: ngettext("%(count)d meal", "%(count)d meals", quantity),
        Unit.RETURN_TICKET: ngettext("%(count)d return ticket", "%(count)d return tickets", quantity),
        Unit.DAY: ngettext("%(count)d day", "%(count)d days", quantity),
        Unit.SERVICE: _("included"),
    }
    return words[unit].replace("%(count)d", str(quantity))


@dataclass(frozen=True)
class BenefitGroup:
    """Benefits of one payer with one answer, one reason and one clause. `dated` are names with their days."""

    answer: str  # paid, not_needed, open, not_paid
    names: str
    payer: str
    reason: str
    clause: str
    dated: tuple[tuple[str, str], ...]


def groups_of(lines: Iterable[DelegateBenefit]) -> list[BenefitGroup]:
    """What one delegate is told, in the active language."""
    found = []
    for (answer, payer, reason, clause), group in (
        (_key(group[0]), group) for group in together(lines, _key)
    ):
        named = [
            (localized(line.benefit, "name"), when_in_words(line.benefit.unit, line.dates)) for line in group
        ]
        names = and_list(name for name, _when in named)
        dated = tuple((name, when) for name, when in named if when) if answer == "paid" else ()
        found.append(BenefitGroup(answer, names, payer, reason, clause, dated))
    return found


def _key(line: DelegateBenefit) -> tuple[str, str, str, str]:
    if line.granted:
        answer = "paid" if line.needed else "not_needed"
    else:
        answer = "open" if line.open_to_all else "not_paid"
    payer, clause = localized(line.benefit.payer, "name"), localized(line.benefit, "clause")
    return answer, payer, line.reason, clause


def answer_for(row: Row) -> list[str]:
    """What is paid for one party, what is not and what is open to all, as sentences in the active language: one for
    each payer and reason."""
    groups = together(row.cells, lambda cell: (cell.benefit.payer_id, cell.people, cell.reason))
    return [_answer(cells) for cells in sorted(groups, key=lambda cells: _place(cells[0]))]


def _place(cell: Cell) -> int:
    return 2 if cell.open_to_all else 0 if cell.covered else 1


def _answer(cells: list[Cell]) -> str:
    first, names = cells[0], [localized(cell.benefit, "name") for cell in cells]
    values = {"payer": localized(first.benefit.payer, "name"), "people": first.people, "reason": first.reason}
    if first.open_to_all:
        return f"{and_list(names)}: {first.reason}"
    if not first.covered:
        words = _("Not covered, and borne by the institution: %(what)s. %(reason)s")
        return words % {**values, "what": and_list(names)}
    dated = [
        f"{name}: {cell.benefit.when}" if cell.benefit.when else name
        for name, cell in zip(names, cells, strict=True)
    ]
    words = _("%(payer)s pays for %(people)s of the delegation at most: %(what)s. %(reason)s")
    return words % {**values, "what": "; ".join(dated)}


def letter_benefits(*, delegates: Sequence[Delegate], language: str) -> dict[int, list[LetterBenefit]]:
    """The benefits of letters, in the letter's language."""
    with translation.override(language):
        found = benefits_of(delegates, language)
        return {pk: [_letter_line(line, language) for line in lines] for pk, lines in found.items()}


def _letter_line(line: DelegateBenefit, language: str) -> LetterBenefit:
    benefit = line.benefit
    return LetterBenefit(
        name=localized(benefit, "name", language),
        payer=localized(benefit.payer, "name", language),
        quantity=quantity_in_words(benefit.quantity, benefit.unit),
        granted=line.granted,
        reason=line.reason,
        code=benefit.code,
        dates=line.dates,
        when=when_in_words(benefit.unit, line.dates),
        open_to_all=line.open_to_all,
    )
