"""Pages that everybody may read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from ..models import Workshop
from ..signals import collect, landing_panels


def published_workshop(slug: str) -> Workshop:
    return get_object_or_404(Workshop.objects.select_related("host", "presidency"), slug=slug, published=True)


@require_safe
def workshops(request: HttpRequest) -> HttpResponse:
    listed = Workshop.objects.filter(published=True)
    return render(request, "registration/workshop_list.html", {"workshops": listed, "now": timezone.now()})


@require_safe
def landing(request: HttpRequest, slug: str) -> HttpResponse:
    workshop = published_workshop(slug)
    now = timezone.now()
    panels = sorted(collect(landing_panels, Workshop, workshop=workshop), key=lambda panel: panel.order)
    context = {"workshop": workshop, "now": now, "registration_open": workshop.is_open(now), "panels": panels}
    return render(request, "registration/landing.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "registration/privacy.html")
