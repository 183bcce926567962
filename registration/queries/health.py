"""What registration adds to the portal's health: letters that are not made, and a daily summary that did not go out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from rcm_portal.health import states
from rcm_portal.health.judging import Part, State
from rcm_portal.health.words import NOT_DONE, tell

from ..models import DailySummary, InvitationLetter, VisaLetter, Workshop

LETTERS_WAIT = timedelta(
    minutes=10
)  # a letter that could be made is made sooner; one that could not says why itself
SUMMARY_WAITS = timedelta(minutes=35)  # two rounds of the clock, and a little


def connect() -> None:
    """Make known what registration adds, and the words for it."""
    states.judges.register("registration", parts)
    tell(
        "letters",
        ill=_("Letters have been waiting to be made for too long."),
        repair=_("See in the log of the worker what hinders it; it goes on by itself once that is mended."),
        people=True,
        page="admin:registration_invitationletter_changelist",
    )
    tell(
        "summary",
        ill=_("Today’s summary for the Secretariat did not go out: please look at the lists themselves."),
        repair=NOT_DONE,
        people=True,
    )
    for name, ill in (
        ("sweep-letters", _("Letters that were not made at once are not made afterwards.")),
        ("tend-seats", _("Seats that became free are not offered to the waiting list.")),
        ("send-reminders", _("Reminders are not sent.")),
        ("send-summaries", _("Daily summaries for the Secretariat are not sent.")),
        ("purge-personal-data", _("Personal data whose time is over are not destroyed.")),
    ):
        tell(name, ill=ill, repair=NOT_DONE, people=True)


def parts(*, now: datetime, start: datetime) -> Iterable[Part]:
    """Letters and summaries of the workshops that are going on, in one query."""
    begun = {"problem": "", "created_at__lte": now - LETTERS_WAIT}
    letters = InvitationLetter.objects.unfinished().filter(workshop=OuterRef("pk"), **begun)
    consular = VisaLetter.objects.unfinished().filter(delegate__workshop=OuterRef("pk"), **begun)
    summaries = DailySummary.objects.filter(workshop=OuterRef("pk")).order_by("-day")
    workshops: Iterable[Any] = (
        Workshop.objects.going_on(now)
        .annotate(
            letter_since=Subquery(letters.order_by("created_at").values("created_at")[:1]),
            consular_since=Subquery(consular.order_by("created_at").values("created_at")[:1]),
            last_summary=Subquery(summaries.values("day")[:1]),
        )
        .order_by("pk")
    )
    waiting: list[datetime] = []
    missing: list[datetime] = []
    for workshop in workshops:
        if now - start > LETTERS_WAIT:
            waiting += filter(None, (workshop.letter_since, workshop.consular_since))
        due = workshop.summary_due(now)
        # Before its first summary a workshop may be a minute old.
        if (
            due
            and now - max(due, start) > SUMMARY_WAITS
            and workshop.last_summary
            and workshop.last_summary < due.date()
        ):
            missing.append(due)
    for name, since in (("letters", waiting), ("summary", missing)):
        yield Part(name, State.FAILED if since else State.OK, min(since, default=None))
