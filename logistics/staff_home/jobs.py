"""The ways to the pages of logistics, by what people come to do."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from rcm_portal.staff import jobs
from rcm_portal.staff.jobs import Job, Way

from .. import perms


@jobs.ways.answer("logistics")
def ways(user: Any) -> list[Way]:
    """What the user may open of logistics."""
    found: list[Way] = []

    def add(may: bool, job: Job, label: str, name: str, *pages: str) -> None:
        if may:
            own = tuple(f"logistics_{page}" for page in pages)
            found.append(Way(job, label, reverse(f"admin:logistics_{name}"), own))

    changes = perms.may_change_rules(user)
    add(perms.may_see_entitlements(user), Job.BENEFITS, _("Who gets what"), "entitlement_changelist")
    add(changes, Job.BENEFITS, _("Benefits and their rules"), "benefit_changelist")
    add(changes, Job.BENEFITS, _("What if …?"), "whatif_choose", "whatif")
    add(changes, Job.BENEFITS, _("What changed for whom"), "rulechange_changelist")
    add(changes, Job.BENEFITS, _("Payers"), "payer_changelist")

    own = ("ticket_import", "ticket_changes")
    add(perms.may_see_flights(user), Job.TICKETS, _("Tickets"), "flightentitlement_changelist", *own)
    add(perms.may_export_tickets(user), Job.TICKETS, _("Lists that went out"), "ticketexport_changelist")

    own = ("host_lists", "host_list", "host_room")
    add(perms.may_see_host_lists(user), Job.ROOMS, _("Lists for the host"), "hostworkshop_changelist", *own)
    add(perms.may_export_host_lists(user), Job.ROOMS, _("Lists that went out"), "hostexport_changelist")

    add(changes, Job.SET_UP, _("Travel and entry rules"), "travelrules_changelist")
    add(changes, Job.SET_UP, _("Airports"), "airport_changelist")
    return found
