"""One racer of SEAT-3, run as a process of its own: `python -m tests.acceptance.race prepare | register N DIR | count`."""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

import time_machine  # noqa: E402
from django.core.management import call_command  # noqa: E402

from registration.models import Delegate  # noqa: E402
from tests.factories import IN_TIME, DelegationFactory  # noqa: E402
from tests.registration.forms import REGISTER, filled_in  # noqa: E402
from tests.strict import LintingClient  # noqa: E402


def register(number: str, meeting_place: str) -> int:
    place = Path(meeting_place)
    (place / f"ready-{number}").touch()
    while not (place / "go").exists():
        time.sleep(0.001)
    with time_machine.travel(IN_TIME):
        return LintingClient().post(REGISTER, filled_in(email=f"racer{number}@example.org")).status_code


match sys.argv[1:]:
    case ["prepare"]:
        call_command("migrate", verbosity=0)
        DelegationFactory()
    case ["register", number, meeting_place]:
        print(json.dumps(register(number, meeting_place)))
    case ["count"]:
        print(json.dumps(sorted(Delegate.objects.values_list("seat_number", flat=True))))
