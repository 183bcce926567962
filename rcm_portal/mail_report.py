"""What of a workshop's mail needs somebody: for the daily summary, the dashboard and the list of mails."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from .models import MailState, OutgoingMail, UndeliverableAddress

NOT_DELIVERED = (MailState.FAILED, MailState.REFUSED, MailState.STOPPED, MailState.MISSED)


@dataclass(frozen=True)
class MailReport:
    """`failed`: mails whose last result since the given instant was no delivery, the newest first; `marked`: every address
    of the workshop that does not work now, each with the mail that showed it; `standing`: how many mails are undelivered
    in all; `drafts`: how many wait to be released."""

    failed: list[OutgoingMail]
    marked: list[UndeliverableAddress]
    standing: int
    drafts: int


def mail_report(*, workshop: str, since: datetime) -> MailReport:
    """The report of the workshop with this slug, from the aware instant `since` on. Three queries."""
    mails = OutgoingMail.objects.filter(workshop=workshop, erased_at=None)
    failed = mails.filter(state__in=NOT_DELIVERED, settled_at__gte=since).defer("text", "html")
    states = dict(mails.order_by().values_list("state").annotate(Count("pk")))
    marked = UndeliverableAddress.objects.filter(mail__workshop=workshop).select_related("mail")
    return MailReport(
        failed=list(failed.order_by("-settled_at", "-pk")),
        marked=list(marked.defer("mail__text", "mail__html")),
        standing=sum(
            states.get(state, 0) for state in (MailState.FAILED, MailState.REFUSED, MailState.STOPPED)
        ),
        drafts=states.get(MailState.HELD, 0),
    )


def drafts_by_workshop() -> list[tuple[str, int]]:
    """Slug and number of drafts of each workshop that has any. One query."""
    held = OutgoingMail.objects.filter(state=MailState.HELD).order_by("workshop")
    return list(held.values_list("workshop").annotate(Count("pk")))
