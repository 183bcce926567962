"""What each group of staff may do: one table, written into the database after every migrate.

The table is the only truth: a permission added to or taken from a group in the admin lasts until the next deployment.
A person's own extra permissions are left alone. Names are "app.codename"; tests/test_roles.py says when one is unknown.
"""

from dataclasses import dataclass
from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.utils.translation import pgettext_lazy

EXECUTIVE_SECRETARIAT = "Executive Secretariat"
IOM_TRAVEL = "IOM travel"
HOST = "Host"
RECEPTION = "Reception"
DATA_PROTECTION = (
    "Data protection"  # the Secretariat's lead for it: who looked at what, and what was destroyed
)

# What the groups are called on pages; the rows of the database keep the keys.
NAMES = {
    EXECUTIVE_SECRETARIAT: pgettext_lazy("group of staff", "Executive Secretariat"),
    IOM_TRAVEL: pgettext_lazy("group of staff", "IOM travel"),
    HOST: pgettext_lazy("group of staff", "Host"),
    RECEPTION: pgettext_lazy("group of staff", "Reception"),
    DATA_PROTECTION: pgettext_lazy("group of staff", "Data protection"),
}


def name_of(key: str) -> str:
    """What a group is called in the active language; its own name where the portal did not make it."""
    return str(NAMES.get(key, key))


# The whole of the agenda's draft and documents; versions are written by publishing alone.
AGENDA_EDITOR = (
    "agenda.view_programme",
    "agenda.publish_agenda",
    *(
        f"agenda.{verb}_{model}"
        for model in ("agendaday", "agendaitem", "presenter", "countryslot", "roundtable", "agendadocument")
        for verb in ("view", "add", "change", "delete")
    ),
)

# Who comes, when and with what needs: no passport, no birth date, no decision about a registration.
HOST_LISTS = (
    "logistics.view_hostworkshop",
    "logistics.view_hostexport",
    "logistics.export_host_lists",
    "logistics.decide_room",
    "registration.view_participants",
)

PERMISSIONS: dict[str, tuple[str, ...]] = {
    EXECUTIVE_SECRETARIAT: (
        "registration.view_destructionreport",
        "portal.see_health",
        "portal.view_outgoingmail",
        "portal.view_undeliverableaddress",
        "portal.read_mail_text",
        "portal.send_mail_again",
        "registration.view_workshop",
        "registration.add_workshop",
        "registration.change_workshop",
        "registration.view_party",
        "registration.add_party",
        "registration.change_party",
        "registration.view_incomeclassification",
        "registration.add_incomeclassification",
        "registration.change_incomeclassification",
        "registration.view_delegation",
        "registration.add_delegation",
        "registration.change_delegation",
        "registration.view_delegate",
        "registration.add_delegate",
        "registration.change_delegate",
        "registration.decide_delegate",
        "registration.view_passport_copy",
        "registration.verify_passport",
        "registration.view_statuschange",
        "registration.view_invitationletter",
        "registration.view_acceptance",
        "registration.view_signedscan",
        "registration.view_batch",
        "registration.view_signatoryimage",
        "registration.add_signatoryimage",
        *AGENDA_EDITOR,
        "registration.view_lettertext",
        "registration.change_lettertext",
        "registration.view_practicalpart",
        "registration.add_practicalpart",
        "registration.change_practicalpart",
        "registration.delete_practicalpart",
        "registration.change_places",
        "registration.tell_practical",
        "registration.view_backgroundsection",
        "registration.add_backgroundsection",
        "registration.change_backgroundsection",
        "registration.delete_backgroundsection",
        "registration.view_reminder",
        "registration.view_reminderrule",
        "registration.add_reminderrule",
        "registration.change_reminderrule",
        "registration.check_in",
        "registration.view_message",
        "registration.write_message",
        "registration.view_savedtext",
        "registration.add_savedtext",
        "registration.change_savedtext",
        "registration.delete_savedtext",
        "logistics.view_payer",
        "logistics.add_payer",
        "logistics.change_payer",
        "logistics.view_benefit",
        "logistics.add_benefit",
        "logistics.change_benefit",
        "logistics.view_scopeterm",
        "logistics.add_scopeterm",
        "logistics.change_scopeterm",
        "logistics.delete_scopeterm",
        "logistics.view_entitlement",
        "logistics.override_entitlement",
        "logistics.confirm_entitlement",
        "logistics.view_rulechange",
        "logistics.view_travelrules",
        "logistics.add_travelrules",
        "logistics.change_travelrules",
        "logistics.view_airport",
        "logistics.add_airport",
        "logistics.change_airport",
        *HOST_LISTS,
    ),
    IOM_TRAVEL: (
        "logistics.view_flightentitlement",
        "logistics.view_ticketexport",
        "logistics.export_tickets",
        "logistics.import_tickets",
    ),
    HOST: (*HOST_LISTS, "registration.view_practicalpart", "registration.change_places"),
    RECEPTION: ("registration.check_in",),
    DATA_PROTECTION: (
        "portal.view_accessrecord",
        "portal.export_accessrecord",
        "registration.view_destructionreport",
    ),
}


@dataclass(frozen=True)
class Staff:
    """Anybody of one group, asked like a user what they may: for what is written to the group as a whole."""

    group: str

    def has_perm(self, perm: str, /) -> bool:
        """Whether the group holds the permission "app.codename"."""
        return perm in PERMISSIONS[self.group]


def install_groups(using: str, apps: Apps | None = None, **_signal: Any) -> None:
    """post_migrate of rcm_portal, which is the last app: make the groups and give each exactly its permissions.

    `flush` sends the signal too, without the `apps` of a migration.
    """
    apps = apps or installed
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:  # a partial migrate that has not reached auth yet
        return
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in permission_model.objects.using(using).select_related("content_type")
    }
    for name, wanted in PERMISSIONS.items():
        group, _created = group_model.objects.using(using).get_or_create(name=name)
        group.permissions.set([known[codename] for codename in wanted if codename in known])
