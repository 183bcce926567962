"""The workshop as calendar files (RFC 5545), for the mail that confirms a delegate and for one that ends it: one file with one
event for each of its days.

They are published, not a request (RFC 5546, 3.2.1): the answer to the invitation is the accepted letter, and no calendar may
ask for another. One event a file, because Outlook takes a file with several for a new calendar or ignores all but the first
([MS-STANOICAL] 2.2.175), and the events that one CANCEL takes away must share their UID (RFC 5546, 3.2.5). For the same
reason nothing that names a whole calendar (X-WR-…) is in them.
"""

from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, vCalAddress, vUri

from rcm_portal.mail.writing import message_domain
from rcm_portal.output.dates import day_in_words
from rcm_portal.output.i18n import localized
from rcm_portal.output.urls_absolute import portal_url

from ..enums import PracticalAudience
from ..models import Delegate, Workshop
from ..queries.practical import street_of
from ..questions import workshop_hours

PRODUCT = "-//Regional Conference on Migration//RCM Workshop Portal//EN"
METHOD = {False: "PUBLISH", True: "CANCEL"}  # by whether the days are cancelled


def calendar_files(
    delegate: Delegate, *, now: datetime, cancelled: bool = False
) -> list[tuple[str, str, str]]:
    """Name, media type and text of the files that a mail brings, one for each day of the delegate's workshop, in order.

    In the delegate's language, by the clock of the workshop's zone; with the hours of the published agenda where there is
    one, else as whole days. `now` is an aware instant: a file that is sent again later replaces the earlier one of its
    day, and a `cancelled` one takes its event away (RFC 5546, 3.2.5).
    """
    workshop, language = delegate.workshop, delegate.language
    hours: dict[date, tuple[datetime, datetime]] = {}
    for answer in workshop_hours:
        hours.update(answer(workshop=workshop) or {})
    count = (workshop.ends_on - workshop.starts_on).days + 1
    street = street_of(workshop, {PracticalAudience.PUBLIC, PracticalAudience.APPROVED})
    files = []
    with translation.override(language):
        for number in range(1, count + 1):
            event = _event(delegate, number, count, hours, now, cancelled, street)
            day = workshop.starts_on + timedelta(days=number - 1)
            name = f"{workshop.slug} {day_in_words(day, language)}.ics"
            text = _file(event, workshop if day in hours else None, METHOD[cancelled])
            files.append((name, f"text/calendar; method={METHOD[cancelled]}", text))
    return files


def _file(event: Event, zone_of: Workshop | None, method: str) -> str:
    """The event alone, with the rules of a zone in which it has hours."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if zone_of:
        # The whole year, so that the zone's rules around the workshop are all in the file.
        spans = {
            "first_date": date(zone_of.starts_on.year, 1, 1),
            "last_date": date(zone_of.ends_on.year + 1, 1, 1),
        }
        calendar.add_component(Timezone.from_tzinfo(zone_of.zone, **spans))
    calendar.add_component(event)
    return calendar.to_ical().decode()


def _event(
    delegate: Delegate, number: int, count: int, hours, now: datetime, cancelled: bool, street: str
) -> Event:
    workshop = delegate.workshop
    day = workshop.starts_on + timedelta(days=number - 1)
    event = Event()
    event.add("uid", f"{uuid5(NAMESPACE_URL, f'{delegate.public_id}/{number}')}@{message_domain()}")
    event.add("dtstamp", now)
    event.add("sequence", int(now.timestamp()) // 60 + cancelled)  # higher also within the minute
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    title = localized(workshop, "short_name")
    if count > 1:
        title = _("%(workshop)s, day %(number)d of %(count)d") % {
            "workshop": title,
            "number": number,
            "count": count,
        }
    event.add("summary", title)
    if day in hours:
        begins, ends = (instant.astimezone(workshop.zone) for instant in hours[day])
        event.add("dtstart", begins)
        event.add("dtend", ends)
    else:
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
    place = (localized(workshop, "venue"), street, localized(workshop, "city"))
    event.add("location", ", ".join(filter(None, place)))
    event.add("description", localized(workshop, "name"))
    event.add("url", vUri(portal_url(reverse("registration:landing", args=[workshop.slug]))))
    organiser = vCalAddress(f"mailto:{workshop.contact_email}")
    organiser.params["CN"] = localized(workshop, "organiser")
    event.add("organizer", organiser)
    event.add("transp", "OPAQUE")
    return event
