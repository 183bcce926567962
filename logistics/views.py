"""Public pages of logistics. Thin: what is shown is made in queries."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from registration.models import Workshop

from .queries import who_pays as who_pays_table


@require_safe
def who_pays(request: HttpRequest, slug: str) -> HttpResponse:
    """Every party and every benefit, with the reason and the clause."""
    workshop = get_object_or_404(Workshop, slug=slug, published=True)
    return render(
        request, "logistics/who_pays.html", {"workshop": workshop, "table": who_pays_table(workshop)}
    )
