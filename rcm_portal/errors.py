"""Error pages: in the reader's language, in the portal's look, and without a word about what went wrong inside."""

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template import loader
from django.utils import translation
from django.views import defaults

RETRY_AFTER_SECONDS = 600

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 when the reason is that the request was too large."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return defaults.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500 in the portal's look; where that look is what fails, as without collected static files, a page that needs
    nothing but itself."""
    try:
        return defaults.server_error(request)
    except Exception:
        logger.exception("the error page itself failed")
        return HttpResponseServerError(loader.render_to_string("500_bare.html"))


def too_large(request: HttpRequest) -> HttpResponse:
    """413, also before any other middleware has chosen the language."""
    language = translation.get_language_from_request(request, check_path=True)
    with translation.override(language):
        text = {"limit_megabytes": settings.UPLOAD_MAX_BYTES // (1024 * 1024)}
        return render(request, "413.html", text, status=413)


def file_unavailable(request: HttpRequest) -> HttpResponse:
    """503: the row is there, its file is gone or no key opens it, which staff find in the log and on their pages."""
    return render(request, "file_unavailable.html", status=503)


def too_many_requests(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """429; further arguments are those of django-axes, which calls this for a locked sign-in."""
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
