"""Staff accounts for tests, and signing in as people do."""

import secrets

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.contrib.auth.models import Group, User

from rcm_portal.security import roles
from tests.strict import LintingClient

PASSWORD = "correct horse battery staple"  # noqa: S105
GROUPS = {
    "secretariat": roles.EXECUTIVE_SECRETARIAT,
    "iom": roles.IOM_TRAVEL,
    "host": roles.HOST,
    "reception": roles.RECEPTION,
    "protection": roles.DATA_PROTECTION,
}


def make_staff(role: str = "secretariat", **fields) -> User:
    """An active staff account in the group of `role` (a key of GROUPS), or a superuser."""
    fields.setdefault("username", f"{role}-{secrets.token_hex(3)}")
    if role == "superuser":
        return User.objects.create_superuser(password=PASSWORD, **fields)
    user = User.objects.create_user(password=PASSWORD, is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=GROUPS[role]))
    return user


def signed_in(user: User) -> LintingClient:
    """A client with a session of the user, by password only."""
    client = LintingClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def sign_in(client, user: User, password: str = PASSWORD, **extra):
    """Send the staff sign-in form; returns the response."""
    return client.post("/admin/login/", {"username": user.get_username(), "password": password, **extra})


def add_authenticator_app(user: User) -> str:
    """Set up an authenticator app for the account; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str, *, at: float, digits: int = 6) -> str:
    """What the app shows at the instant `at` (seconds since 1970)."""
    return str(hotp_value(secret, int(at) // 30)).zfill(digits)
