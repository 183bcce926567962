"""The page that an approved delegate may keep on a phone and open without a connection, and the service worker of it alone.

Nothing is kept by itself: static/js/my-workshop.js registers the worker when somebody presses "Keep on this phone". What is
kept, and until when, is told in docs/data-protection.md.
"""

import hashlib
import json
from datetime import datetime, time, timedelta

from csp.constants import SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from ..documents.badges import entrance_qr
from ..documents.practical import told
from ..enums import APPROVED
from ..models import Delegate, Workshop
from ..queries.practical import parts_for
from ..questions import kept_panels
from .delegate import own_page

DAYS_AFTER = 7  # the last day of the workshop, or with the person's data, if that is sooner
# What the page is made of; a test compares it with the page.
FILES = (
    "css/tokens.css",
    "css/base.css",
    "css/portal.css",
    "css/my-workshop.css",
    "js/my-workshop.js",
    "img/icons.svg",
    "img/favicon.svg",
    "img/favicon-32.png",
    "img/favicon-180.png",
)


def kept_until(workshop: Workshop) -> datetime:
    """The first instant at which no phone keeps the page any longer."""
    end = datetime.combine(workshop.ends_on + timedelta(days=DAYS_AFTER + 1), time.min, tzinfo=workshop.zone)
    return min(end, workshop.archived_from)


def cache_name(page: str) -> str:
    """The name of the phone's cache for the page at this path, without its version: the personal link is not in it."""
    return f"my-workshop {salted_hmac('registration.views.my_workshop', page).hexdigest()[:16]}"


@csp_replace({"worker-src": [SELF]})  # this page alone may have one
@require_safe
@own_page
def my_workshop(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """Name, code, agenda, venue, hotel and contact; whoever is not approved, or no longer, is led to the own page."""
    workshop, now = delegate.workshop, timezone.now()
    if delegate.status not in APPROVED:
        return redirect("registration:my", workshop.slug, token)
    panels = filter(None, (answer(delegate=delegate) for answer in kept_panels))
    context = {
        "workshop": workshop,
        "delegate": delegate,
        "messages": (),  # a message may name an address: it waits for a page that nobody keeps
        "now": now,
        "qr": entrance_qr(delegate),
        "panels": sorted(panels, key=lambda panel: panel.order),
        "practical": told(workshop, parts_for(delegate)),
        "may_keep": now < kept_until(workshop),
        "kept_until": kept_until(workshop),
        "cache": cache_name(request.path),
        "worker": reverse("registration:my_workshop_worker", args=[workshop.slug, token]),
    }
    return render(request, "registration/my_workshop.html", context)


@require_safe
@own_page
def worker(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    """The service worker. It stands under the page's own address, so that its scope can be no wider than this page.

    It changes with any file of the page, and a changed one replaces the worker and the cache on the phone.
    """
    if delegate.status not in APPROVED:
        raise Http404
    page = reverse("registration:my_workshop", args=[delegate.workshop.slug, token])
    source = static("js/my-workshop-worker.js")
    files = [static(name) for name in FILES]
    kept = {
        "page": page,
        "files": files,
        "cache": cache_name(page),
        "version": hashlib.sha256(" ".join([source, *files]).encode()).hexdigest()[:12],
        "until": int(kept_until(delegate.workshop).timestamp() * 1000),
    }
    lines = f"self.KEPT = {json.dumps(kept)};\nimportScripts({json.dumps(source)});\n"
    return HttpResponse(lines, content_type="text/javascript; charset=utf-8")
