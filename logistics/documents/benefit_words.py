"""What somebody is told of their benefits, in words: how much and when; what has the same reason stands together."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rcm_portal.output.i18n import and_list, localized
from registration.models import Delegate
from registration.questions import LetterBenefit
from registration.rules.listing.grouping import together

from ..enums import SHARED_KINDS, BenefitKind, Unit
from ..queries.entitlements import DelegateBenefit, benefits_of
from ..queries.who_pays import Cell, Row
from ..rules.stays import dates_in_words, when_in_words


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


@dataclass(frozen=True)
class BenefitCard:
    """What one delegate gets, in short: what each payer bears, what is theirs and not needed, what is not paid for them."""

    paid: tuple[tuple[str, str], ...]  # payer, what
    not_needed: str
    not_paid: str


def card_of(lines: Iterable[DelegateBenefit]) -> BenefitCard:
    """The card, in the active language. What everybody in the room uses is not listed as somebody's own."""
    own = [line for line in lines if line.benefit.kind not in SHARED_KINDS]
    paid = together(
        [line for line in own if line.granted and line.needed],
        lambda line: localized(line.benefit.payer, "name"),
    )
    return BenefitCard(
        paid=tuple(
            (localized(group[0].benefit.payer, "name"), _listed(map(in_short, group))) for group in paid
        ),
        not_needed=_listed(in_short(line) for line in own if line.granted and not line.needed),
        not_paid=_listed(in_short(line) for line in own if not line.granted and not line.open_to_all),
    )


def in_short(line: DelegateBenefit) -> str:
    """ "2 nights (30 and 31 March)", "2 breakfasts", "return flight"; what has no kind of its own by its name."""
    benefit = line.benefit
    number = len(line.dates) or benefit.quantity
    match benefit.kind:
        case BenefitKind.ACCOMMODATION:
            days = dates_in_words(map(dt.date.fromisoformat, line.dates))
            nights = quantity_in_words(number, Unit.NIGHT)
            return f"{nights} ({days})" if days else nights
        case BenefitKind.BREAKFAST:
            words = ngettext("%(count)d breakfast", "%(count)d breakfasts", number)
        case BenefitKind.LUNCH:
            words = ngettext("%(count)d lunch", "%(count)d lunches", number)
        case BenefitKind.DINNER:
            words = ngettext("%(count)d dinner", "%(count)d dinners", number)
        case BenefitKind.AIR_TICKET if benefit.unit == Unit.RETURN_TICKET:
            return _("return flight")
        case _:
            return localized(benefit, "name")
    return words.replace("%(count)d", str(number))


def _listed(words: Iterable[str]) -> str:
    """As the start of a line: "Return flight, 2 breakfasts"."""
    text = ", ".join(words)
    return text[:1].upper() + text[1:]


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
