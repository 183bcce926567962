"""Ending the sessions of an account, and taking back what a session has shown, when a second factor goes."""

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest

# Who is signed in, and who has given the password and not yet the second factor.
OWNERS = (SESSION_KEY, _AUTHENTICATION_METHODS_USER_SESSION_KEY)


def end_sessions(account: object, *, but: HttpRequest | None = None) -> None:
    """Delete the sessions of an account (its primary key), all or all `but` that of a request.

    The table of sessions does not say whose they are, so each is opened: only staff have one, for eight hours. A request
    under way in an ended session cannot write it back: Django refuses to save a session whose row is gone.
    """
    ended = [
        row.pk
        for row in Session.objects.all()
        if str(account) in {str(row.get_decoded().get(name)) for name in OWNERS}
    ]
    kept = but.session.session_key if but is not None else None
    Session.objects.filter(pk__in=ended).exclude(pk=kept or "").delete()


def forget_factor(request: HttpRequest, factor: object) -> None:
    """Let the request's session no longer count as opened with this second factor (its primary key)."""
    shown = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
    left = [record for record in shown if not (record.get("method") == "mfa" and record.get("id") == factor)]
    if left != shown:
        request.session[AUTHENTICATION_METHODS_SESSION_KEY] = left
