"""`/metrics` for Prometheus: how each part is, as numbers. Nothing of any person."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from . import access
from .judging import State
from .readiness import known_parts

NUMBERS = {State.OK: 1, State.FAILED: 0}


class Parts(Collector):
    """Made anew for each answer from what /readyz knows; so it is right whichever web process is asked."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(
            "portal_part_up",
            "1 where the part works, 0 where it is ill, absent where nothing is known",
            labels=["part"],
        )
        ill = GaugeMetricFamily("portal_part_ill_seconds", "How long the part has been ill", labels=["part"])
        now = timezone.now()
        parts = known_parts()
        for part in parts:
            if part.state in NUMBERS:
                up.add_metric([part.name], NUMBERS[part.state])
            if part.since:
                ill.add_metric([part.name], (now - part.since).total_seconds())
        yield up
        yield ill
        values = {part.name: part.value for part in parts if part.value is not None}
        for part_name, name, about in (
            ("disk", "portal_disk_free_bytes", "Free space where PORTAL_VAR lies"),
            (
                "seal",
                "portal_seal_certificate_end_timestamp_seconds",
                "When the certificate of the seal ends",
            ),
        ):
            if part_name in values:
                yield GaugeMetricFamily(name, about, value=values[part_name])


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics for who carries METRICS_TOKEN or comes from METRICS_ADDRESSES: nobody where neither is set."""
    if not access.is_monitor(request):
        return HttpResponse("not for you\n", content_type="text/plain", status=403)
    registry = CollectorRegistry()
    registry.register(Parts())
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)
