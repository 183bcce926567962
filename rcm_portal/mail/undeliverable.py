"""Addresses that do not work: marked by a refusal or a bounce, left in peace until staff say that they work again."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower

from ..models import AddressFault, MailState, OutgoingMail, UndeliverableAddress

WAITING = (MailState.QUEUED, MailState.FAILED)


def marked(addresses: Iterable[str]) -> dict[str, UndeliverableAddress]:
    """Those of `addresses` that are marked, by the address in lower case. One query."""
    wanted = {address.lower() for address in addresses if address}
    return {mark.address: mark for mark in UndeliverableAddress.objects.filter(address__in=wanted)}


def is_marked(address: str) -> bool:
    return UndeliverableAddress.objects.filter(address=address.lower()).exists()


@transaction.atomic
def mark(*, mail: OutgoingMail, fault: AddressFault, reason: str, now: datetime) -> UndeliverableAddress:
    """Mark the address of `mail`, and stop every other mail that waits for it. Doing it again keeps the first mark.

    `reason` is the other server's answer, without the address in it.
    """
    found, _new = UndeliverableAddress.objects.get_or_create(
        address=mail.to.lower(),
        defaults={"fault": fault, "reason": reason[:300], "marked_at": now, "mail": mail},
    )
    others = _mails_to([mail.to]).filter(state__in=WAITING).exclude(pk=mail.pk)
    others.update(state=MailState.STOPPED, next_try_at=None, lease_key=None, settled_at=now)
    return found


def _mails_to(addresses: Iterable[str]) -> QuerySet[OutgoingMail]:
    wanted = [address.lower() for address in addresses]
    return OutgoingMail.objects.alias(lower_to=Lower("to")).filter(lower_to__in=wanted, erased_at=None)


def unmark(addresses: Iterable[str]) -> int:
    """Take the marks away; returns how many. What was stopped waits for staff to send it again."""
    wanted = {address.lower() for address in addresses}
    done, _by_model = UndeliverableAddress.objects.filter(address__in=wanted).delete()
    return done


def stopped_mails(addresses: Iterable[str]) -> list[int]:
    """What the marks kept from these addresses: stopped mails, and those whose refusal or return marked them."""
    mails = _mails_to(addresses)
    stopped = mails.filter(state=MailState.STOPPED).values_list("pk", flat=True)
    causes = mails.filter(state=MailState.REFUSED, marks__isnull=False).values_list("pk", flat=True)
    return sorted({*stopped, *causes})


def forget(mail_ids: Iterable[int], addresses: Iterable[str]) -> None:
    """Remove the marks that those mails caused and those of the addresses, because the person's data are destroyed."""
    UndeliverableAddress.objects.filter(mail__in=list(mail_ids)).delete()
    unmark(addresses)
