"""Who may do what with the shared modules' pages: a function a question. Who holds which permission: security/roles.py."""

from typing import Protocol


class User(Protocol):
    """Whoever is asked about: a user, or a group of staff for whom a summary is written."""

    def has_perm(self, perm: str, /) -> bool:
        """Whether they hold the permission "app.codename"."""


def may_see_mails(user: User) -> bool:
    """See to whom which mail was written and what became of it.

    - Executive Secretariat
    """
    return user.has_perm("portal.view_outgoingmail")


def may_read_mail_text(user: User) -> bool:
    """Read what a mail says. The personal link in it does not work for the reader.

    - Executive Secretariat
    """
    return user.has_perm("portal.read_mail_text")


def may_send_mail_again(user: User) -> bool:
    """Send a mail again, release a draft, and say that an address works again.

    - Executive Secretariat
    """
    return user.has_perm("portal.send_mail_again")


def may_see_undeliverable_addresses(user: User) -> bool:
    """See which addresses refused a mail for good.

    - Executive Secretariat
    """
    return user.has_perm("portal.view_undeliverableaddress")


def may_export_access_records(user: User) -> bool:
    """Download who looked at what personal data.

    - Data protection
    """
    return user.has_perm("portal.export_accessrecord")


def may_see_health(user: User) -> bool:
    """See which parts of the portal are ill where that keeps people's mails, letters and files from them.

    - Executive Secretariat
    """
    return user.has_perm("portal.see_health")


def may_run_portal(user: User) -> bool:
    """See every part that is ill, and what to do on the server: superusers alone."""
    return user.has_perm("portal.run_portal")


def may_see_accounts(user: User) -> bool:
    """See the accounts of staff: superusers alone, who may whatever there is."""
    return user.has_perm("auth.view_user")
