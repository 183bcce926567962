"""Who may do what with registrations: a function a question. Who holds which permission: rcm_portal/security/roles.py."""

from rcm_portal.perms import User


def may_see_registrations(user: User) -> bool:
    """See who registered, without passport numbers and copies.

    - Executive Secretariat
    """
    return user.has_perm("registration.view_delegate")


def may_add_registrations(user: User) -> bool:
    """Key in a registration that came by e-mail or on paper, after the deadline too, with a reason.

    - Executive Secretariat
    """
    return user.has_perm("registration.add_delegate")


def may_decide(user: User) -> bool:
    """Approve, reject, reopen, replace, move and merge registrations; seats and the waiting list; letters and scans.

    - Executive Secretariat
    """
    return user.has_perm("registration.decide_delegate")


def may_see_passports(user: User) -> bool:
    """See passport numbers and open passport copies. Each look is recorded, a download with its reason.

    IOM reads the number in the ticket-purchase list, of those for whom it buys, and never the copy.

    - Executive Secretariat
    """
    return user.has_perm("registration.view_passport_copy")


def may_verify_passports(user: User) -> bool:
    """Say that a passport was compared with what was typed, take that back, or ask for a correction.

    - Executive Secretariat
    """
    return may_see_passports(user) and user.has_perm("registration.verify_passport")


def may_check_in(user: User) -> bool:
    """See who is expected at the door (party and name on the badge) and tick arrivals off.

    - Reception
    - Executive Secretariat
    """
    return user.has_perm("registration.check_in")


def may_see_destruction_reports(user: User) -> bool:
    """See what was destroyed and what could not be.

    - Executive Secretariat
    - Data protection
    """
    return user.has_perm("registration.view_destructionreport")


def may_see_letters(user: User) -> bool:
    """See the invitation letters and what became of them.

    - Executive Secretariat
    """
    return user.has_perm("registration.view_invitationletter")


def may_see_scans(user: User) -> bool:
    """See letters that were signed by hand; to confirm one takes `may_decide`.

    - Executive Secretariat
    """
    return user.has_perm("registration.view_signedscan")


def may_see_reminders(user: User) -> bool:
    """See which reminders went out and which are still to come.

    - Executive Secretariat
    """
    return user.has_perm("registration.view_reminder")


def may_manage_reminders(user: User) -> bool:
    """Change rules for reminders, pause them, and send one by hand.

    - Executive Secretariat
    """
    return user.has_perm("registration.change_reminderrule")


def may_see_delegations(user: User) -> bool:
    """See the delegations with their seats and focal points.

    - Executive Secretariat
    """
    return user.has_perm("registration.view_delegation")


def may_change_delegations(user: User) -> bool:
    """Change seats and focal points of a delegation, send and revoke its link.

    - Executive Secretariat
    """
    return user.has_perm("registration.change_delegation")


def may_make_workshops(user: User) -> bool:
    """Make a workshop of another one or of a preset file, update one from its file, and save one as a file.

    - Executive Secretariat
    """
    return user.has_perm("registration.add_workshop")


def may_edit_practical(user: User) -> bool:
    """Change every part of the practical information, add and delete parts, and say who sees each.

    - Executive Secretariat
    """
    return user.has_perm("registration.change_practicalpart")


def may_edit_places(user: User) -> bool:
    """Change what hotel, venue and the way there say.

    - Executive Secretariat
    - Host
    """
    return user.has_perm("registration.change_places")


def may_tell_practical(user: User) -> bool:
    """Write the mails that tell delegates what changed in the practical information; to send them takes
    `rcm_portal.perms.may_send_mail_again`.

    - Executive Secretariat
    """
    return user.has_perm("registration.tell_practical")


def may_write(user: User) -> bool:
    """Write to delegates and focal points in one's own words, and keep texts for it. Where the workshop holds mails for
    review, to send the drafts takes `rcm_portal.perms.may_send_mail_again`.

    - Executive Secretariat
    """
    return user.has_perm("registration.write_message")


def may_set_up(user: User) -> bool:
    """Change the workshop itself, see what it still needs, and set a warning aside.

    - Executive Secretariat
    """
    return user.has_perm("registration.change_workshop")


def may_see_participants(user: User) -> bool:
    """See and take away the list of participants in protocol order: names, institutions and positions.

    - Executive Secretariat
    - Host
    """
    return user.has_perm("registration.view_participants")


def may_see_participants_contacts(user: User) -> bool:
    """Have their e-mail addresses and telephones in that list too.

    - Executive Secretariat
    """
    return may_see_participants(user) and may_see_registrations(user)
