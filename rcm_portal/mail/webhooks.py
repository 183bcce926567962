"""What a mail provider reports over HTTP of mails that did not arrive; optional, by MAIL_WEBHOOK.

django-anymail reads the providers' forms and refuses requests that are not signed, or not authorised, with our secret.
What a report means is judged as for mails that come back (bounces.py), by the receiving server's own words.
"""

import json
import logging
from importlib import import_module
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from .bounces import take_return
from .returns import MESSAGE_ID, MESSAGE_IDS, Report, Return, plain_address
from .sending import POSTMARK

if TYPE_CHECKING:
    from anymail.signals import AnymailTrackingEvent

log = logging.getLogger(__name__)

# Those that return our Message-ID: anymail's view, and what our secret is to it: "name:password" of the request
# (RFC 7617), or the key of its signature.
PROVIDERS = {
    "brevo": ("anymail.webhooks.brevo", "BrevoTrackingWebhookView", "webhook_secret"),
    "mailgun": ("anymail.webhooks.mailgun", "MailgunTrackingWebhookView", "webhook_signing_key"),
    POSTMARK: ("anymail.webhooks.postmark", "PostmarkTrackingWebhookView", "webhook_secret"),
}
NOT_DELIVERED = ("bounced", "rejected", "failed")  # anymail's words


@csrf_exempt
def returned(request: HttpRequest) -> HttpResponse:
    """Take a provider's report. 404 where none is set, 400 where it is not the provider's or cannot be read, 503 while the
    database is away, so that the provider tries again."""
    if settings.MAIL_WEBHOOK not in PROVIDERS or not settings.MAIL_WEBHOOK_SECRET:
        raise Http404
    from anymail.exceptions import AnymailWebhookValidationFailure  # noqa: PLC0415 - only where a provider is set
    from anymail.signals import tracking  # noqa: PLC0415 - only where a provider is set

    tracking.connect(take_event)
    module, name, secret = PROVIDERS[settings.MAIL_WEBHOOK]
    view = getattr(import_module(module), name)(**{secret: settings.MAIL_WEBHOOK_SECRET})
    view.setup(request)
    try:
        response: HttpResponse = view.dispatch(request)
    except AnymailWebhookValidationFailure:
        log.warning("a report that is not the mail provider's was refused")
        return HttpResponseBadRequest()
    except DatabaseError as error:
        log.warning("a report of the mail provider could not be taken now: %s", type(error).__name__)
        return HttpResponse(status=503)
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ImproperlyConfigured,
    ) as error:  # another form
        log.warning("a report of the mail provider could not be read: %s", type(error).__name__)
        return HttpResponseBadRequest()
    return response


def take_event(event: "AnymailTrackingEvent", **_kwargs: object) -> None:
    """One event of a report: what did not arrive is marked as if it had come back."""
    if event.event_type not in NOT_DELIVERED:
        return
    raw = json.dumps(event.esp_event, default=str, ensure_ascii=False)
    answer = " ".join(str(event.mta_response or "").split())
    # The provider's own description guesses at the cause, so it says nothing of an address.
    report = Report(
        action="failed",
        status="",
        words=answer.removeprefix("smtp;").strip() or str(event.description or event.event_type),
        addresses=frozenset({plain_address(str(event.recipient or ""))} - {""} if answer else ()),
    )
    ids = dict.fromkeys(match[0] for match in MESSAGE_ID.finditer(raw))
    outcome = take_return(
        returned=Return([f"<{each}>" for each in list(ids)[:MESSAGE_IDS]], [report]), now=timezone.now()
    )
    log.info("report of the mail provider: %s", outcome.value)
