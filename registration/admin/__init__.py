from . import (  # noqa: F401 - registering is what importing them does
    batches,
    delegates,
    delegations,
    destruction_reports,
    letters,
    practical,
    reminders,
    scans,
    setup,
    signatories,
    workshops,
    writing,
)
