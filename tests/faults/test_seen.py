"""Real processes that are killed: the staff's home page, readiness and metrics say so within a minute."""

import time

from django.utils import timezone

from rcm_portal.health import judging, readiness
from rcm_portal.health.words import WORDS
from rcm_portal.models import Heartbeat
from rcm_portal.models.health import note_start
from tests.portal.mails import write_mail

TOKEN = "the-token-of-the-monitor"


def seen(client, part: str) -> tuple[bool, bool, bool]:
    """Whether the home page, readiness and the metrics say that the part is ill."""
    readiness.forget()
    metrics = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    home = client.get("/admin/").text
    ready = client.get("/readyz").json()
    return str(WORDS.get(part).ill) in home, ready[part] == "failed", f'{{part="{part}"}} 0.0' in metrics


def test_a_killed_worker_and_a_killed_clock_are_seen_within_a_minute(portal, admin_client, settings):
    settings.METRICS_TOKEN = TOKEN
    note_start(timezone.now())
    worker, clock = portal.worker(), portal.clock()
    portal.ready(worker, clock)
    pulses = {judging.CLOCK, judging.QUEUE, judging.WORKER, judging.TASKS}
    portal.wait(lambda: pulses <= set(Heartbeat.objects.values_list("pk", flat=True)), "four pulses")
    assert [seen(admin_client, part) for part in ("worker", "beat")] == [(False,) * 3] * 2
    worker.kill()
    clock.kill()
    killed = time.monotonic()
    write_mail()
    portal.wait(
        lambda: all(all(seen(admin_client, part)) for part in ("worker", "beat")), "that both are dead"
    )
    took = time.monotonic() - killed
    assert 20 < took < 60, f"it took {took:.0f} s"
    portal.ready(portal.worker("next"), portal.clock("next-beat"))
    portal.wait(
        lambda: not any(any(seen(admin_client, part)) for part in ("worker", "beat")), "that both are back"
    )
