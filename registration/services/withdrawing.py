"""A delegate withdraws: the registration is cancelled, and everything personal about it is destroyed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone, translation

from rcm_portal.mail.writing import queue_mail
from rcm_portal.output.i18n import localized

from ..enums import Actor
from ..models import Delegate
from ..rules.workflow import Verb, possible
from .erasing import destroy_person
from .seat_limit import cancel
from .transitions import DELEGATE


@transaction.atomic
def withdraw(*, delegate: Delegate, now: datetime) -> None:
    """Cancel, where the workshop is not over, and destroy what the record of the meeting does not need.

    A last mail says so to the address that is destroyed with the rest; the daily purge takes it when it has left.
    """
    workshop = delegate.workshop
    over = timezone.localdate(now, workshop.zone) > workshop.ends_on
    if not over and Verb.CANCEL in possible(delegate.status, Actor.DELEGATE):
        delegate = cancel(delegate=delegate, by=DELEGATE, now=now)
    to, language, code = delegate.email, delegate.language, delegate.code
    destroy_person(delegate=delegate, now=now)
    with translation.override(language):
        queue_mail(
            template="registration/mail/withdrawn",
            kind="withdrawn",
            to=to,
            language=language,
            context={
                "workshop": localized(workshop, "short_name", language),
                "code": code,
                "contact_email": workshop.contact_email,
                "over": over,
            },
            workshop=workshop.slug,
            about=delegate.public_id,
            reply_to=workshop.contact_email,
            zone=workshop.zone,
        )
