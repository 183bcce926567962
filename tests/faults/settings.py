"""Production's settings with a faster clock, for the processes of the fault tests: what takes minutes takes seconds."""

from rcm_portal.settings import *  # noqa: F403
from rcm_portal.settings import CELERY_BEAT_SCHEDULE

EMAIL_TIMEOUT = 1
SWEPT = ("pulse", "sweep-outbox", "sweep-letters", "send-reminders")
CELERY_BEAT_SCHEDULE = {name: {**CELERY_BEAT_SCHEDULE[name], "schedule": 1.0} for name in SWEPT}
