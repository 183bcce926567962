"""The one order in which parties stand wherever they are listed, and the groups in which they are chosen. Pure.

Source: the Secretariat's note: Member Countries first, in the order of their Spanish names in both languages; then the
organisations.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from django.utils.translation import gettext_lazy as _

from rcm_portal.search.folding import sort_key

from ...enums import PartyKind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Choice = TypeVar("Choice")

LONGEST = 400  # a folded name may be longer than the name: ﷺ is eighteen letters
COUNTRIES, ORGANISATIONS = _("Member Countries"), _("Organisations")


def party_order(kind: str, name_es: str) -> str:
    """A text by which parties of this kind and Spanish name are sorted, here and by every database alike: a digit is
    before the letters in every collation, where a space may count for nothing."""
    folded, _name = sort_key(name_es, "es")
    return f"{int(kind != PartyKind.MEMBER_COUNTRY)} {folded}".replace(" ", "0")[:LONGEST]


def party_group(kind: str) -> "StrOrPromise":
    """The heading under which a party of this kind stands."""
    return COUNTRIES if kind == PartyKind.MEMBER_COUNTRY else ORGANISATIONS


def grouped(
    choices: Iterable[Choice], kind_of: Callable[[Choice], str]
) -> "list[tuple[StrOrPromise, list[Choice]]]":
    """Choices, which stand in the order of their parties, under the headings of the two groups; no empty heading."""
    groups: dict[str, tuple[StrOrPromise, list[Choice]]] = {}
    for choice in choices:
        title = party_group(kind_of(choice))
        groups.setdefault(str(title), (title, []))[1].append(choice)
    return list(groups.values())
