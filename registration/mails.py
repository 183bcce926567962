"""Mails to delegates: each is a row written in the transaction that causes it."""

from datetime import datetime

from django.utils import translation

from rcm_portal.i18n import localized
from rcm_portal.mail import queue_mail
from rcm_portal.models import OutgoingMail
from rcm_portal.zones import zone_name

from .links import mailed_url, my_token
from .models import Delegate


def mail_delegate(
    kind: str,
    delegate: Delegate,
    *,
    now: datetime,
    attachments=(),
    hold: bool = False,
    not_after: datetime | None = None,
    **extra,
) -> OutgoingMail:
    """Write the mail `templates/registration/mail/<kind>` to a delegate in their language.

    `extra` are further plain values for the template; after `not_after` it is no longer sent. Must be called inside a
    transaction.
    """
    workshop = delegate.workshop
    language = delegate.language
    with translation.override(language):
        context = {
            "name": delegate.full_name,
            "code": delegate.code,
            "workshop": localized(workshop, "short_name"),
            "party": localized(delegate.delegation.party, "name"),
            "deadline": workshop.last_moment,
            "zone": zone_name(workshop),
            "contact_email": workshop.contact_email,
            "transfers": localized(workshop, "transfers"),
            "reimbursement": localized(workshop, "reimbursement"),
            "confirmation_hours": workshop.email_confirmation_hours,
            "my_url": mailed_url("my", delegate),
            "waiting": delegate.waiting_position,
            **extra,
        }
    return queue_mail(
        template=f"registration/mail/{kind}",
        kind=kind,
        to=delegate.email,
        language=language,
        context=context,
        workshop=workshop.slug,
        about=delegate.public_id,
        personal_token=my_token(delegate),
        attachments=attachments,
        hold=hold,
        not_after=not_after,
        reply_to=workshop.contact_email,
        zone=workshop.zone,
    )
