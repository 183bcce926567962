"""Practical information: hotel, venue and the rest, who sees which part, and how a part is said. Pure.

A part in which staff are still to write something ("[Name of the hotel]") is shown to nobody until they have.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _

from rcm_portal.output.i18n import localized

from ..enums import PracticalAudience, PracticalKind
from .letter_placeholders import paragraphs, stand_ins

# What each kind of part holds; `name` and the like are texts in both languages, the others are the same in both.
TEXTS = ("name", "for_whom", "entrance", "floor", "bring", "text")
HOLDS = {
    PracticalKind.HOTEL: ("name", "address", "phone", "check_in", "check_out", "for_whom", "text"),
    PracticalKind.VENUE: ("address", "entrance", "floor", "bring", "text"),
    PracticalKind.GETTING_THERE: ("text",),
    PracticalKind.EMERGENCY: ("text",),
    PracticalKind.INTERNET: ("text",),
    PracticalKind.DRESS: ("text",),
    PracticalKind.WEATHER: ("text",),
}
# The host knows these places and edits them too.
OF_THE_HOST = (PracticalKind.HOTEL, PracticalKind.VENUE, PracticalKind.GETTING_THERE)
EVERYBODY = frozenset({PracticalAudience.PUBLIC.value})


@dataclass(frozen=True)
class Part:
    """One part as plain data; times are "15:00"."""

    kind: str
    audience: str
    address: str = ""
    phone: str = ""
    check_in: str = ""
    check_out: str = ""
    name_es: str = ""
    name_en: str = ""
    for_whom_es: str = ""
    for_whom_en: str = ""
    entrance_es: str = ""
    entrance_en: str = ""
    floor_es: str = ""
    floor_en: str = ""
    bring_es: str = ""
    bring_en: str = ""
    text_es: str = ""
    text_en: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a part: what it is, what it says, and where it leads (tel:), if anywhere."""

    label: str
    text: str
    url: str = ""


@dataclass(frozen=True)
class Told:
    """A part in the active language. `map_url` opens the phone's own map, `web_map_url` one in the browser."""

    kind: str
    title: str
    lines: tuple[Line, ...]
    paragraphs: tuple[str, ...]
    map_url: str = ""
    web_map_url: str = ""


def still_to_write(part: Part) -> dict[str, list[str]]:
    """The words in square brackets that staff are still to replace, by the name of the field."""
    found = {name: stand_ins(value) for name, value in asdict(part).items()}
    return {name: words for name, words in found.items() if words}


def shown(parts: Iterable[Part], audiences: Collection[str]) -> tuple[Part, ...]:
    """What somebody in these audiences sees, in order: nothing that is not written yet."""
    order = PracticalKind.values
    visible = [part for part in parts if part.audience in audiences and not still_to_write(part)]
    return tuple(sorted(visible, key=lambda part: order.index(part.kind)))


def address_of(part: Part, city: str, also_called: Collection[str] = ()) -> str:
    """The address as a map finds it: with the city, if it does not name it in either language."""
    known = part.address.casefold()
    named = any(name.casefold() in known for name in (city, *also_called) if name)
    return part.address if named or not city else f"{part.address}, {city}"


def in_words(part: Part, *, city: str, also_called: Collection[str] = (), transfers: str = "") -> Told:
    """The part in the active language. `city` is the workshop's, with its names in both languages; `transfers` is the
    workshop's own sentence, said with the way there."""
    address = part.address and address_of(part, city, also_called)
    rows = (
        (_("Name"), localized(part, "name"), ""),
        (_("Address"), address, ""),
        (_("Telephone"), part.phone, phone_url(part.phone)),
        (_("Check-in from"), part.check_in, ""),
        (_("Check-out by"), part.check_out, ""),
        (_("For whom"), localized(part, "for_whom"), ""),
        (_("Entrance"), localized(part, "entrance"), ""),
        (_("Floor"), localized(part, "floor"), ""),
        (_("Please bring"), localized(part, "bring"), ""),
    )
    words = [line for line in localized(part, "text").splitlines() if line.strip()]
    if part.kind == PracticalKind.GETTING_THERE:
        words = [*words, *paragraphs(transfers)]
    place = ""
    if address:
        # A hotel is found by its name too; the street alone can be in another town.
        name = part.name_es or part.name_en
        place = ", ".join(filter(None, (name, address)))
    return Told(
        kind=part.kind,
        title=str(PracticalKind(part.kind).label),
        lines=tuple(Line(label, text, url) for label, text, url in rows if text),
        paragraphs=tuple(words),
        map_url=f"geo:0,0?q={quote(place)}" if place else "",
        web_map_url=f"https://www.openstreetmap.org/search?{urlencode({'query': place})}" if place else "",
    )


def phone_url(phone: str) -> str:
    """tel: (RFC 3966) of a number as people write it."""
    digits = "".join(char for char in phone if char.isdigit())
    return f"tel:{'+' if phone.strip().startswith('+') else ''}{digits}" if digits else ""


def as_data(parts: Iterable[Part]) -> list[dict[str, str]]:
    """Parts as JSON data, to be kept with what people were told."""
    return [asdict(part) for part in parts]


def from_data(rows: Iterable[Mapping[str, str]]) -> tuple[Part, ...]:
    """Parts that were kept; a column that did not exist then is empty."""
    known = {field.name for field in fields(Part)}
    return tuple(Part(**{name: value for name, value in row.items() if name in known}) for row in rows)


def changed(
    before: Iterable[Part], now: Iterable[Part], audiences: Collection[str]
) -> tuple[list[Part], list[str]]:
    """What somebody in these audiences sees otherwise than before: parts that are new or say something else, and the
    kinds of those that are gone. Whether a part changed its audience is nothing to them."""

    def seen(parts: Iterable[Part]) -> dict[str, dict[str, str]]:
        return {part.kind: asdict(part) | {"audience": ""} for part in shown(parts, audiences)}

    old, new = seen(before), seen(now)
    differing = [part for part in shown(now, audiences) if old.get(part.kind) != new[part.kind]]
    return differing, [kind for kind in old if kind not in new]
