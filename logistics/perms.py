"""Who may do what with benefits, tickets and rooms: a function a question. Who holds which permission:
rcm_portal/security/roles.py."""

from rcm_portal.perms import User


def may_see_flights(user: User) -> bool:
    """See for whom a ticket is bought, with what the ticket needs: only ticketed delegates, only ticketing fields.

    - IOM travel
    """
    return user.has_perm("logistics.view_flightentitlement")


def may_export_tickets(user: User) -> bool:
    """Download the ticket-purchase list, with passport numbers of those for whom a ticket is bought. Recorded.

    - IOM travel
    """
    return user.has_perm("logistics.export_tickets")


def may_import_tickets(user: User) -> bool:
    """Take the filled-in list back in, and record what became of a ticket.

    - IOM travel
    """
    return user.has_perm("logistics.import_tickets")


def may_see_host_lists(user: User) -> bool:
    """See the host's lists: who comes, when, with what needs, and who still needs a visa; no passport number, no birth
    date, no address.

    - Host
    - Executive Secretariat
    """
    return user.has_perm("logistics.view_hostworkshop")


def may_export_host_lists(user: User) -> bool:
    """Download the host's lists. Recorded.

    - Host
    - Executive Secretariat
    """
    return user.has_perm("logistics.export_host_lists")


def may_decide_rooms(user: User) -> bool:
    """Decide one guest's nights and room.

    - Host
    - Executive Secretariat
    """
    return user.has_perm("logistics.decide_room")


def may_change_rules(user: User) -> bool:
    """Change benefits, their scopes and limits, and try such a change first.

    - Executive Secretariat
    """
    return user.has_perm("logistics.change_benefit")


def may_see_entitlements(user: User) -> bool:
    """See who gets what, and why not.

    - Executive Secretariat
    """
    return user.has_perm("logistics.view_entitlement")


def may_override_entitlements(user: User) -> bool:
    """Grant or withdraw a benefit against the rule, with a reason and never past its limit.

    - Executive Secretariat
    """
    return user.has_perm("logistics.override_entitlement")


def may_confirm_entitlements(user: User) -> bool:
    """Confirm for the payer what they pay for.

    - Executive Secretariat
    """
    return user.has_perm("logistics.confirm_entitlement")
