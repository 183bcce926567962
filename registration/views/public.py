"""Pages that everybody may read."""

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from rcm_portal.process_cache import Page, as_read, kept_page

from ..documents.links import LinkEnded
from ..documents.practical import told
from ..models import BackgroundSection, Workshop
from ..queries.invited import invited_to
from ..queries.practical import parts_of
from ..questions import landing_panels
from ..rules.listing.invited import limits_in_words
from ..rules.practical import EVERYBODY, shown

WORKSHOPS_ON_A_PAGE = 20


def published_workshop(slug: str) -> Workshop:
    return get_object_or_404(Workshop.objects.select_related("host", "presidency"), slug=slug, published=True)


def link_ended(request: HttpRequest, ended: LinkEnded) -> HttpResponse:
    """What whoever holds a genuine link that opens nothing any more is told: why, and what to do."""
    workshop = ended.workshop
    context = {
        "workshop": workshop,
        "why": ended.why,
        "registration_open": workshop.is_open(timezone.now()),
    }
    return render(request, "registration/link_ended.html", context, status=410)


@require_safe
def workshops(request: HttpRequest) -> HttpResponse:
    """Those to come and those that were, the latest first, some on each page."""
    pages = Paginator(Workshop.objects.filter(published=True), WORKSHOPS_ON_A_PAGE)
    shown = pages.get_page(request.GET.get("page"))
    return render(request, "registration/workshop_list.html", {"workshops": shown, "now": timezone.now()})


@require_safe
def landing(request: HttpRequest, slug: str) -> HttpResponse:
    """The workshop's page: the same for all, and kept as bytes while nothing on it changes."""
    return kept_page(request, ("landing", slug), lambda: _landing(request, slug))


def _landing(request: HttpRequest, slug: str) -> Page:
    """The page as it stands; 404 where no workshop is published under `slug`."""
    has_background = Exists(BackgroundSection.objects.filter(workshop=OuterRef("pk")))
    workshops = Workshop.objects.annotate(has_background=has_background)
    workshop = get_object_or_404(workshops, slug=slug, published=True)
    now = timezone.now()
    invited, parts = invited_to(workshop), shown(parts_of(workshop), EVERYBODY)
    is_open = workshop.is_open(now)
    answers = (answer(workshop=workshop) for answer in landing_panels)
    panels = sorted(filter(None, answers), key=lambda panel: panel.order)

    def body() -> bytes:
        context = {
            "workshop": workshop,
            "now": now,
            "registration_open": is_open,
            "panels": panels,
            "limits": limits_in_words(invited),
            "expected": [each for each in invited if each.expected],
            "practical": told(workshop, parts),
        }
        return render(request, "registration/landing.html", context).content

    until = now.replace(second=0, microsecond=0)  # the time that is left is said in minutes
    made_of = (as_read(workshop), workshop.has_background, invited, parts, until, is_open, tuple(panels))
    return Page(made_of, body)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is held about whom and how long; the addresses of those who answer are those of the workshops of now."""
    workshops = Workshop.objects.going_on(timezone.now()).order_by("starts_on")
    return render(request, "registration/privacy.html", {"workshops": workshops})
