"""The Secretariat's daily summary: what came in, what waits, what is late, which mails failed. Once a day per workshop."""

import logging
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone, translation

from rcm_portal.mail.writing import queue_mail
from rcm_portal.output.dates import day_in_words
from rcm_portal.output.i18n import localized
from rcm_portal.security import roles
from rcm_portal.staff import home as desks

from ..enums import DelegateStatus, SummaryTo
from ..models import DailySummary, Delegate, StatusChange, Workshop

log = logging.getLogger(__name__)
NAMED = 25  # people named in one mail; of the others it says how many


def send_summaries(*, now: datetime) -> int:
    """Write the summaries of every workshop whose hour has come today; the number of mails.

    Whoever runs at the same time finds the day's row. One workshop that fails stops no other and is tried again.
    """
    sent = 0
    for workshop in Workshop.objects.going_on(now):
        if workshop.summary_due(now) is None:
            continue
        try:
            sent += _send_once(workshop, now)
        except Exception:
            log.exception("daily summary of workshop %s failed", workshop.slug)
    return sent


@transaction.atomic
def _send_once(workshop: Workshop, now: datetime) -> int:
    today = timezone.localdate(now, workshop.zone)
    row, made = DailySummary.objects.get_or_create(workshop=workshop, day=today, defaults={"at": now})
    if not made:
        return 0
    last = DailySummary.objects.filter(workshop=workshop, day__lt=today).order_by("-day").first()
    since = last.at if last else now - timedelta(days=1)
    end_of_day = datetime.combine(today + timedelta(days=1), time.min, tzinfo=workshop.zone)
    language = workshop.summary_language
    with translation.override(language):
        context = summary(workshop, since=since, now=now)
    if not context["something"] and not workshop.summary_when_empty:
        return 0
    addresses = recipients(workshop)
    for address in addresses:
        queue_mail(
            template="registration/mail/summary",
            kind="summary",
            to=address,
            language=language,
            context=context,
            workshop=workshop.slug,
            reply_to=workshop.contact_email,
            zone=workshop.zone,
            not_after=end_of_day,
        )
    DailySummary.objects.filter(pk=row.pk).update(mails=len(addresses))
    return len(addresses)


def recipients(workshop: Workshop) -> list[str]:
    """The addresses the summary goes to: the officers', or the workshop's contact where none of them has one."""
    if workshop.summary_to == SummaryTo.NOBODY:
        return []
    found: Iterable[str] = ()
    if workshop.summary_to == SummaryTo.OFFICERS:
        officers = get_user_model().objects.filter(
            groups__name=roles.EXECUTIVE_SECRETARIAT, is_active=True, is_staff=True
        )
        found = officers.exclude(email="").values_list("email", flat=True)
    return sorted({address.strip() for address in found}) or [workshop.contact_email]


def summary(workshop: Workshop, *, since: datetime, now: datetime) -> dict:
    """What one summary says, as plain values in the active language: names and parties, counts and links, no passport."""
    items = desks.items(
        desks.Desk(now=now, user=roles.Staff(roles.EXECUTIVE_SECRETARIAT), workshop=workshop.slug)
    )
    new = Delegate.objects.filter(
        workshop=workshop, submitted_at__gt=since, submitted_at__lte=now, purged_at=None
    )
    ended = StatusChange.objects.filter(
        delegate__workshop=workshop, to_status=DelegateStatus.CANCELLED, at__gt=since, at__lte=now
    ).exclude(from_status=DelegateStatus.CANCELLED)
    people = [_line(each) for each in new.select_related("delegation__party").order_by("submitted_at", "pk")]
    left = [
        _line(each.delegate)
        for each in ended.filter(delegate__purged_at=None)
        .select_related("delegate__delegation__party")
        .order_by("at", "pk")
    ]
    parts = {
        tone.value: [_count(item) for item in items if item.count and item.tone == tone]
        for tone in desks.Tone
    }
    return {
        "workshop": localized(workshop, "short_name"),
        "today": day_in_words(timezone.localdate(now, workshop.zone)),
        "new": people[:NAMED],
        "new_count": len(people),
        "new_more": max(0, len(people) - NAMED),
        "left": left[:NAMED],
        "left_count": len(left),
        "left_more": max(0, len(left) - NAMED),
        **parts,
        "home_url": f"{settings.PORTAL_BASE_URL}/admin/",
        "something": bool(people or left or desks.something_to_say(items)),
        "todo_count": sum(item.count for item in items if item.tone == desks.Tone.TODO),
    }


def _line(delegate: Delegate) -> dict:
    return {
        "name": delegate.full_name or delegate.code,
        "party": localized(delegate.delegation.party, "name"),
    }


def _count(item: desks.Item) -> dict:
    return {"count": item.count, "label": str(item.label), "url": f"{settings.PORTAL_BASE_URL}{item.url}"}
