"""`/healthz` says that this process answers, `/readyz` that everything it needs does."""

from django.http import HttpRequest, HttpResponse


def healthz(request: HttpRequest) -> HttpResponse:
    """200 as soon as the process can answer; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")
