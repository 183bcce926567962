"""Private files as answers: decrypted, sandboxed, kept by nobody on the way. Whoever calls has checked and recorded."""

from django.http import HttpResponse

SANDBOX = "sandbox; default-src 'none'"


def private_file(content: bytes, media_type: str, filename: str) -> HttpResponse:
    """A download that no page can embed or run. `filename` is ours: ASCII letters, digits, dots and dashes."""
    response = _private(content, media_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def private_picture(content: bytes, media_type: str) -> HttpResponse:
    """A picture for an <img> of our own pages; opened by itself it can do nothing either."""
    response = _private(content, media_type)
    response["Content-Disposition"] = "inline"
    return response


def _private(content: bytes, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
