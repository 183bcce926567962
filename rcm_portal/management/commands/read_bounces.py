"""`manage.py read_bounces`: one mail on standard input, as a mail server pipes it; see docs/operations.md."""

import logging
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from rcm_portal.mail.bounces import Outcome, read_bounce

log = logging.getLogger(__name__)

READ_AT_MOST = 2 * 1024 * 1024  # the report stands at the beginning; what is returned with it may be long


class Command(BaseCommand):
    help = (
        "Reads one mail from standard input. What a mail system returns marks the mail that came back, and its address where that is dead. "
        "Everything else is left alone. Ends with 75 (try later) when the database cannot be reached."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = read_bounce(raw=sys.stdin.buffer.read(READ_AT_MOST), now=timezone.now())
        except DatabaseError as error:
            log.warning("a bounce could not be read now: %s", type(error).__name__)
            sys.exit(os.EX_TEMPFAIL)
        log.info("bounce: %s", outcome.value)
        self.stdout.write(str(Outcome(outcome).label))
