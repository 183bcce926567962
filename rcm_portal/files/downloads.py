"""Handing out a file so that whatever is in it never runs or shows in the portal's own origin. Whoever calls has checked and
recorded."""

from typing import cast

from django.http import HttpResponse
from django.utils.http import content_disposition_header

POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


def attachment(content: bytes, *, name: str, media_type: str) -> HttpResponse:
    """`content` as a download called `name`: never sniffed for another type, sandboxed, and kept by nobody on the way."""
    response = picture(content, media_type=media_type)
    # (None is what an unnamed file to be shown would get.)
    response.headers["Content-Disposition"] = cast("str", content_disposition_header(True, name))
    return response


def picture(content: bytes, *, media_type: str) -> HttpResponse:
    """`content` for an <img> of our own pages; opened by itself it can do nothing either."""
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store, private"
    return response
