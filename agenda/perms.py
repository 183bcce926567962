"""Who may do what with the agenda: a function a question. Who holds which permission: rcm_portal/security/roles.py."""

from rcm_portal.perms import User


def may_edit(user: User) -> bool:
    """Change the draft of the programme, which readers do not see.

    - Executive Secretariat
    """
    return user.has_perm("agenda.change_agendaitem")


def may_publish(user: User) -> bool:
    """Publish the draft as a new version, restore an old one, and draft the mails about it.

    - Executive Secretariat
    """
    return user.has_perm("agenda.publish_agenda")
