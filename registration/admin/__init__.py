from . import (  # noqa: F401 - registering is what importing them does
    batches,
    delegates,
    delegations,
    destruction_reports,
    letter_texts,
    letters,
    practical,
    reminders,
    scans,
    signatories,
    workshops,
)
