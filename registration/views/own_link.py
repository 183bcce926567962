"""Asking for one's own link again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from rcm_portal.security.client_address import limited_address
from rcm_portal.security.ratelimits import allow

from .. import services
from ..forms.pages import LinkForm
from ..rules.typed.emails import email_key
from ..services.drafts import offer_earlier
from .public import published_workshop


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, slug: str) -> HttpResponse:
    """Mail somebody their own link; the answer is the same for a known and an unknown address."""
    workshop = published_workshop(slug)
    now = timezone.now()
    form = LinkForm(request.POST or None, registration_open=workshop.is_open(now))
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        if not allow("link", limited_address(request)):
            return render(request, "429.html", status=429)
        if allow("link to", email_key(email)):  # past the limit: the same answer, without one more mail
            sent = services.send_link(workshop=workshop, email=email)
            if not sent and form.cleaned_data.get("earlier"):
                offer_earlier(workshop=workshop, email=email, language=translation.get_language(), now=now)
        return redirect("registration:link_sent", slug)
    status = 400 if form.is_bound else 200
    return render(request, "registration/link.html", {"workshop": workshop, "form": form}, status=status)


@require_safe
def link_sent(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "registration/link_sent.html", {"workshop": published_workshop(slug)})
