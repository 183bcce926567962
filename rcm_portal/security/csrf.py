"""The answer to a form without its token: the browser has lost the portal's cookies, or another site sent it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from ..fetch_redirects import SHOWS_AGAIN

OTHER_SITE = ("Origin", "Referer")  # how Django's reasons begin where the form came from elsewhere


@never_cache
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say so; where the page can show a form as it was sent (`tells_scripts_where`), offer that, with a token that counts.

    Nothing is done with what was sent: it goes back to the page, which shows it and takes it in when it is sent again.
    """
    view = request.resolver_match.func if request.resolver_match else None
    shown_again = getattr(view, SHOWS_AGAIN, False) and not reason.startswith(OTHER_SITE)
    kept = []
    if shown_again:
        for name, texts in request.POST.lists():
            if name not in ("csrfmiddlewaretoken", "purpose"):
                kept += [(name, text) for text in texts]
    return render(request, "403_csrf.html", {"kept": kept}, status=403)
