"""One racer of SEAT-3, run as a process of its own: `python -m tests.acceptance.race prepare | register N COUNT DIR | count`."""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from concurrent.futures import ThreadPoolExecutor  # noqa: E402

import time_machine  # noqa: E402
from django.core.management import call_command  # noqa: E402

from registration.models import Delegate  # noqa: E402
from tests.factories import IN_TIME, DelegationFactory  # noqa: E402
from tests.registration.forms import REGISTER, filled_in  # noqa: E402
from tests.strict import LintingClient  # noqa: E402


def register(racer: str, count: int, meeting_place: str) -> list[int]:
    """What `count` forms of this racer were answered, all sent at once as soon as every racer is ready."""
    place = Path(meeting_place)
    (place / f"ready-{racer}").touch()
    while not (place / "go").exists():
        time.sleep(0.001)

    def send(number: int) -> int:
        return (
            LintingClient().post(REGISTER, filled_in(email=f"racer{racer}.{number}@example.org")).status_code
        )

    with time_machine.travel(IN_TIME), ThreadPoolExecutor(count) as pool:
        return list(pool.map(send, range(count)))


match sys.argv[1:]:
    case ["prepare"]:
        call_command("migrate", verbosity=0)
        DelegationFactory()
    case ["register", racer, count, meeting_place]:
        print(json.dumps(register(racer, int(count), meeting_place)))
    case ["count"]:
        print(json.dumps(sorted(Delegate.objects.values_list("seat_number", flat=True))))
