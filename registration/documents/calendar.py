"""The workshop as a calendar file (RFC 5545), for the mail that confirms a delegate and for one that ends it: one event for
each of its days.

It is published, not a request (RFC 5546): the answer to the invitation is the accepted letter, and no calendar may ask
for another.
"""

from datetime import date, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, vCalAddress, vUri

from rcm_portal.mail.writing import message_domain
from rcm_portal.output.i18n import localized
from rcm_portal.output.urls_absolute import portal_url

from ..models import Delegate
from ..questions import workshop_hours

PRODUCT = "-//Regional Conference on Migration//RCM Workshop Portal//EN"
METHOD = {False: "PUBLISH", True: "CANCEL"}  # by whether the days are cancelled


def calendar_file(delegate: Delegate, *, now: datetime, cancelled: bool = False) -> tuple[str, str, str]:
    """Name, media type and text of the file that a mail brings."""
    text = workshop_calendar(delegate, now=now, cancelled=cancelled)
    return f"{delegate.workshop.slug}.ics", f"text/calendar; method={METHOD[cancelled]}", text


def workshop_calendar(delegate: Delegate, *, now: datetime, cancelled: bool = False) -> str:
    """The days of the delegate's workshop, in their language, by the clock of the workshop's zone.

    With the hours of the published agenda where there is one, else as whole days. `now` is an aware instant: a calendar
    that is sent again later replaces the earlier one, and a `cancelled` one takes its events away (RFC 5546, 3.2.5).
    """
    workshop, language = delegate.workshop, delegate.language
    hours: dict[date, tuple[datetime, datetime]] = {}
    for answer in workshop_hours:
        hours.update(answer(workshop=workshop) or {})
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", METHOD[cancelled])
    calendar.add("x-wr-timezone", workshop.time_zone)
    year = workshop.starts_on.year
    # The whole year, so that the zone's rules around the workshop are all in the file.
    spans = {"first_date": date(year, 1, 1), "last_date": date(workshop.ends_on.year + 1, 1, 1)}
    calendar.add_component(Timezone.from_tzinfo(workshop.zone, **spans))
    count = (workshop.ends_on - workshop.starts_on).days + 1
    with translation.override(language):
        for number in range(1, count + 1):
            calendar.add_component(_event(delegate, number, count, hours, now, cancelled))
    return calendar.to_ical().decode()


def _event(delegate: Delegate, number: int, count: int, hours, now: datetime, cancelled: bool) -> Event:
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
    event.add(
        "location", ", ".join(filter(None, (localized(workshop, "venue"), localized(workshop, "city"))))
    )
    event.add("description", localized(workshop, "name"))
    event.add("url", vUri(portal_url(reverse("registration:landing", args=[workshop.slug]))))
    organiser = vCalAddress(f"mailto:{workshop.contact_email}")
    organiser.params["CN"] = localized(workshop, "organiser")
    event.add("organizer", organiser)
    event.add("transp", "OPAQUE")
    return event
