"""How many officials each delegation may send, in words, and who is expected of it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import ngettext

from ...enums import PartyKind


@dataclass(frozen=True)
class Invited:
    """A delegation as the public page knows it: its party's name, kind and seat limit, and who is expected (or "")."""

    name: str
    kind: str
    seat_limit: int | None
    expected: str = ""


def limits_in_words(invited: Iterable[Invited]) -> list[str]:
    """A sentence for each limit: "At most 2 officials of each Member Country may register." Delegations without one have
    none. Where only some Member Countries have the limit, or others have it too, they are named."""
    invited = list(invited)
    members = {each.name for each in invited if each.kind == PartyKind.MEMBER_COUNTRY}
    sentences = []
    for limit in sorted({each.seat_limit for each in invited if each.seat_limit is not None}):
        names = [each.name for each in invited if each.seat_limit == limit]
        if members and members <= set(names):
            sentences.append(
                ngettext(
                    "At most %(limit)d official of each Member Country may register.",
                    "At most %(limit)d officials of each Member Country may register.",
                    limit,
                )
                % {"limit": limit}
            )
            names = [name for name in names if name not in members]
        if names:
            sentence = ngettext(
                "At most %(limit)d official of each of these delegations may register: %(names)s.",
                "At most %(limit)d officials of each of these delegations may register: %(names)s.",
                limit,
            )
            sentences.append(sentence % {"limit": limit, "names": ", ".join(names)})
    return sentences
