"""The agenda for machines: agenda.json (schema in static/schema/agenda-1.json) and schema.org data in the page."""

import json

from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from rcm_portal.output.i18n import localized
from rcm_portal.output.urls_absolute import portal_url

from ..models import AgendaVersion
from ..rules import timing
from ..rules.structure import Agenda, Day, Item

SCHEMA = "schema/agenda-1.json"
STATUS = {True: "tentative", False: "final"}


def agenda_json(workshop, version: AgendaVersion, agenda: Agenda, names: dict[str, str]) -> dict:
    """The published agenda as JSON data, every text in both languages; `names` are those of approved delegates."""
    return {
        "$schema": portal_url(static(SCHEMA)),
        "workshop": {"slug": workshop.slug, **_texts(workshop, "name", "venue", "city")},
        "timeZone": agenda.time_zone,
        "version": {
            "number": version.number,
            "status": STATUS[version.tentative],
            "publishedAt": version.published_at.isoformat(),
            **_texts(version, "note"),
        },
        "days": [_day(agenda, day, names) for day in agenda.days],
        "objectives": [
            {"number": objective.number, **_texts(objective, "title", "short")}
            for objective in agenda.objectives
        ],
    }


def _texts(obj, *names: str) -> dict:
    """Each text as {"es": …, "en": …}; what is missing is null, never filled from the other language."""
    return {name: {code: getattr(obj, f"{name}_{code}") or None for code in ("es", "en")} for name in names}


def _instant(agenda: Agenda, instant) -> str | None:
    return agenda.local(instant).isoformat() if instant else None


def _day(agenda: Agenda, day: Day, names: dict[str, str]) -> dict:
    counted = timing.numbers(day)
    return {
        "date": day.date.isoformat(),
        **_texts(day, "title"),
        "announced": {
            "from": f"{day.announced_start:%H:%M}" if day.announced_start else None,
            "until": f"{day.announced_end:%H:%M}" if day.announced_end else None,
        },
        "items": [_item(agenda, item, counted.get(item.key), names) for item in day.items],
    }


def _item(agenda: Agenda, item: Item, number: int | None, names: dict[str, str]) -> dict:
    return {
        "key": item.key,
        "uid": item.uid,
        "number": number,
        "kind": item.kind,
        "startsAt": _instant(agenda, item.starts_at),
        "endsAt": _instant(agenda, item.ends_at),
        **_texts(item, "title", "heading", "description", "place"),
        "presenters": [
            {
                "party": {"code": each.party, "name": _texts(each, "party_name")["party_name"]}
                if each.party
                else None,
                "person": each.person or names.get(each.delegate) or None,
                **_texts(each, "organisation", "role"),
            }
            for each in item.speakers
        ],
        "countries": [
            {
                "code": turn.slot.party,
                **_texts(turn.slot, "name"),
                "startsAt": _instant(agenda, turn.starts_at),
                "minutes": turn.minutes,
            }
            for turn in timing.turns(item)
        ],
        "roundtables": [
            {"number": table.number, **_texts(table, "title"), "objectives": list(table.objectives)}
            for table in item.tables
        ],
    }


def linked_data(workshop, agenda: Agenda, language: str) -> SafeString:
    """schema.org Event data of the workshop and its items, safe inside a script element of type application/ld+json."""
    page = portal_url(reverse("agenda:page", args=[workshop.slug]))
    place = {
        "@type": "Place",
        "name": localized(workshop, "venue", language),
        "address": {"@type": "PostalAddress", "addressLocality": localized(workshop, "city", language)},
    }
    common = {
        "location": place,
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "inLanguage": ["es", "en"],
    }
    data = {
        "@context": "https://schema.org",
        "@type": "Event",
        "@id": page,
        "name": localized(workshop, "name", language),
        "url": page,
        "startDate": workshop.starts_on.isoformat(),
        "endDate": workshop.ends_on.isoformat(),
        "organizer": {"@type": "Organization", "name": localized(workshop, "organiser", language)},
        **common,
        "subEvent": [
            {
                "@type": "Event",
                "@id": f"{page}#item-{item.key}",
                "name": localized(item, "title", language),
                "startDate": _instant(agenda, item.starts_at),
                **({"endDate": _instant(agenda, item.ends_at)} if item.ends_at else {}),
                **common,
            }
            for item in agenda.items
        ],
    }
    text = json.dumps(data, ensure_ascii=False)
    for sign, escaped in (
        ("<", "\\u003C"),
        (">", "\\u003E"),
        ("&", "\\u0026"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(sign, escaped)
    return mark_safe(text)
