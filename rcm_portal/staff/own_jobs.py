"""The ways to the pages that belong to no app of the workshop: the outbox, accounts, and who looked at what."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from .. import perms
from . import jobs
from .jobs import Job, Way


@jobs.ways.answer("portal")
def ways(user: Any) -> list[Way]:
    """What the user may open of the portal's own."""
    found = (
        (perms.may_see_mails(user), Job.MAILS, _("Mails"), "portal_outgoingmail"),
        (
            perms.may_see_undeliverable_addresses(user),
            Job.MAILS,
            _("Addresses that do not work"),
            "portal_undeliverableaddress",
        ),
        (perms.may_see_accounts(user), Job.SET_UP, _("Staff accounts"), "auth_user"),
        (
            perms.may_export_access_records(user),
            Job.PROTECTION,
            _("Who looked at what"),
            "portal_accessrecord",
        ),
    )
    return [Way(job, label, reverse(f"admin:{name}_changelist")) for may, job, label, name in found if may]
