from . import (  # noqa: F401 - registering is what importing them does
    batches,
    delegates,
    delegations,
    destruction,
    letter_texts,
    letters,
    reminders,
    scans,
    signatories,
    workshops,
)
