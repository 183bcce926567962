"""agenda.ics: one event per item, by the icalendar library (RFC 5545, with the subscription properties of RFC 7986).

An event keeps its UID for the item's whole life. SEQUENCE was settled when the version was published and rises with every
change that a calendar shows; items that are gone stay in the file as CANCELLED, so that calendars drop them.
"""

from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar, Event, Timezone, vDuration, vUri

from rcm_portal.output.i18n import localized
from rcm_portal.output.urls_absolute import portal_url
from registration.queries.practical import street_of

from ..models import AgendaVersion
from ..rules import timing, wording
from ..rules.structure import Agenda, Item

PRODUCT = "-//Regional Conference on Migration//RCM Workshop Portal//EN"
REFRESH = timedelta(hours=1)


def calendar(
    workshop, version: AgendaVersion, agenda: Agenda, languages: tuple[str, ...], names: dict[str, str]
) -> bytes:
    """The calendar file in one language, or in both, the first one leading ("Comida / Lunch")."""
    result = Calendar()
    result.add("prodid", PRODUCT)
    result.add("version", "2.0")
    result.add("calscale", "GREGORIAN")
    result.add("method", "PUBLISH")
    with override(languages[0]):
        address = portal_url(reverse("agenda:calendar", args=[workshop.slug]))
        page = portal_url(reverse("agenda:page", args=[workshop.slug]))
    name = _both(lambda language: localized(workshop, "short_name", language), languages)
    for key in ("name", "x-wr-calname"):
        result.add(key, name)
    result.add("x-wr-timezone", agenda.time_zone)
    result.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    result.add("x-published-ttl", vDuration(REFRESH))
    result.add("source", vUri(address), parameters={"VALUE": "URI"})
    result.add("url", vUri(page))
    dates = [agenda.local(item.starts_at).date() for item in (*agenda.items, *agenda.cancelled)]
    # The whole of each year, so that the zone's rules around the workshop are all in the file.
    first, last = date(min(dates).year, 1, 1), date(max(dates).year + 1, 1, 1)
    result.add_component(Timezone.from_tzinfo(agenda.zone, first_date=first, last_date=last))
    street = street_of(workshop)
    counted = {key: number for day in agenda.days for key, number in timing.numbers(day).items()}
    for item in agenda.items:
        status = "TENTATIVE" if version.tentative else "CONFIRMED"
        result.add_component(
            _event(
                workshop, version, agenda, item, languages, names, status, page, counted.get(item.key), street
            )
        )
    for item in agenda.cancelled:
        result.add_component(
            _event(workshop, version, agenda, item, languages, {}, "CANCELLED", page, None, street)
        )
    return result.to_ical()


def _both(text, languages: tuple[str, ...]) -> str:
    """The text in the languages, once where they agree."""
    found = []
    for language in languages:
        with override(language):
            words = text(language)
        if words and words not in found:
            found.append(words)
    return " / ".join(found)


def _event(
    workshop,
    version,
    agenda: Agenda,
    item: Item,
    languages,
    names,
    status: str,
    page: str,
    number,
    street: str,
) -> Event:
    event = Event()
    event.add("uid", item.uid)
    event.add("sequence", item.sequence)
    event.add("dtstamp", version.published_at)
    event.add("last-modified", version.published_at)
    event.add("status", status)
    event.add("dtstart", agenda.local(item.starts_at))
    if item.ends_at:
        event.add("dtend", agenda.local(item.ends_at))
    title = _both(lambda language: localized(item, "title", language), languages)
    event.add("summary", f"{number}. {title}" if number else title)
    place = _both(
        lambda language: ", ".join(
            filter(
                None,
                (
                    localized(item, "place", language),
                    localized(workshop, "venue", language),
                    street,
                    localized(workshop, "city", language),
                ),
            )
        ),
        languages,
    )
    event.add("location", place)
    description = "\n\n".join(_description(agenda, item, language, names) for language in languages).strip()
    if description:
        event.add("description", description)
    event.add("url", vUri(f"{page}#item-{item.key}"))
    event.add("transp", "OPAQUE")
    return event


def _description(agenda: Agenda, item: Item, language: str, names: dict[str, str]) -> str:
    with override(language):
        lines = [localized(item, "description")]
        lines += [wording.speaker_words(speaker, names) for speaker in item.speakers]
        lines += [
            f"{wording.clock(agenda, turn.starts_at)} {localized(turn.slot, 'name')}"
            for turn in timing.turns(item)
        ]
        for table in item.tables:
            numbers = ", ".join(map(str, table.objectives))
            label = _("Roundtable %(number)d") % {"number": table.number}
            lines.append(f"{label} ({numbers}): {localized(table, 'title')}")
        return "\n".join(filter(None, lines))
