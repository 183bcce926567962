"""What the outbox tells the staff's home page: mails that were not delivered, addresses that do not work, and drafts."""

from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import perms
from ..models import MailState, OutgoingMail, UndeliverableAddress
from . import home as desks

TROUBLE = (MailState.FAILED, MailState.REFUSED, MailState.STOPPED)


@desks.waiting.answer("portal.mails")
def mails(desk: desks.Desk) -> list[desks.Item]:
    """Undelivered mails and drafts by workshop, in one query."""
    if not perms.may_see_mails(desk.user):
        return []
    counts = (
        OutgoingMail.objects.filter(state__in=(*TROUBLE, MailState.HELD))
        .order_by()
        .values_list("workshop", "state")
        .annotate(number=Count("pk"))
    )
    labels = {
        MailState.REFUSED: (80, _("mails not delivered"), desks.Tone.FAILED),
        MailState.STOPPED: (82, _("mails kept back: the address does not work"), desks.Tone.FAILED),
        MailState.FAILED: (81, _("mails that failed and will be tried again"), desks.Tone.FAILED),
        MailState.HELD: (30, _("drafts to look at and release"), desks.Tone.TODO),
    }
    found = []
    for workshop, state, number in counts:
        order, label, tone = labels[state]
        query = urlencode({"workshop": workshop, "state__exact": state})
        url = f"{reverse('admin:portal_outgoingmail_changelist')}?{query}"
        found.append(desks.Item(workshop, order, label, number, url, tone))
    return found


@desks.waiting.answer("portal.addresses")
def addresses(desk: desks.Desk) -> list[desks.Item]:
    """Addresses that do not work, by the workshop of the mail that showed it; one query."""
    if not perms.may_see_undeliverable_addresses(desk.user):
        return []
    counts = (
        UndeliverableAddress.objects.order_by().values_list("mail__workshop").annotate(number=Count("pk"))
    )
    page = reverse("admin:portal_undeliverableaddress_changelist")
    label = _("addresses that do not work")
    return [
        desks.Item(
            slug, 79, label, number, f"{page}?{urlencode({'mail__workshop': slug})}", desks.Tone.FAILED
        )
        for slug, number in counts
    ]
