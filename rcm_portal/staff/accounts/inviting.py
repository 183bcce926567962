"""Staff accounts: an invitation by mail, a new password by mail, and telling the owner of an account of a new password.

The links are signed tokens, each purpose with a salt of its own, and nothing of them is stored. The token's version is a
digest of what the link's use changes (the password, the last sign-in) and of what would make it wrong (the address), so
each serves once. Neither touches a second factor.
"""

import logging
import re
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast
from uuid import UUID

from allauth.core import context
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from ...mail.kinds import NAMES
from ...mail.writing import TOKEN_SENTINEL, queue_mail
from ...models import StaffProfile
from ...output.urls_absolute import portal_url
from ...security import tokens
from ...security.known_devices import sign_in_name
from ...security.sessions import end_sessions

logger = logging.getLogger(__name__)

INVITATION = "staff invitation"
NEW_PASSWORD = "staff password"  # noqa: S105 - the purpose of a token
INVITATION_LASTS = timedelta(days=7)
NEW_PASSWORD_LASTS = timedelta(hours=2)
LONGEST_NAME = 150

NAMES.register("invitation", _("invitation of a colleague"))
NAMES.register("new_password", _("link to a new password"))
NAMES.register("password_changed", _("password changed"))


class NotInvitable(Exception):
    """The account is in use, disabled or without an address."""


def with_address(email: str) -> QuerySet[User]:
    """The accounts of an e-mail address, however it is written in upper and lower case."""
    return User.objects.filter(email__iexact=email.strip())


def user_name_for(email: str) -> str:
    """A user name that is free: the address itself, without what a user name may not hold."""
    wanted = re.sub(r"[^\w.@+-]", ".", email.strip().lower())[: LONGEST_NAME - 4]
    taken = set(User.objects.filter(username__istartswith=wanted).values_list("username", flat=True))
    names = (wanted if number == 1 else f"{wanted}.{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name.lower() not in {each.lower() for each in taken})


def language_of(user: User, otherwise: str | None = None) -> str:
    """The language of mails about the account: as chosen for it, or else the given or the active one."""
    profile = StaffProfile.objects.filter(user=user).first()
    return profile.language if profile else otherwise or translation.get_language() or settings.LANGUAGE_CODE


def invitation_is_open(user: User) -> bool:
    """Whether nobody has used the account yet: no password was ever set, and nobody has signed in."""
    return not user.has_usable_password() and user.last_login is None


def invitation_state(user: User, *, now: datetime) -> str:
    """What became of an account's invitation: "" (none was sent), "accepted", "ended" (its link leads nowhere), "open"."""
    profile = getattr(user, "staff_profile", None)
    if profile is None or profile.invited_at is None:
        return ""
    if not invitation_is_open(user):
        return "accepted"
    elsewhere = profile.invited_to not in ("", user.email)
    ended = elsewhere or not user.is_active or now >= profile.invited_at + INVITATION_LASTS
    return "ended" if ended else "open"


@transaction.atomic
def send_invitation(*, user: User, by: User, now: datetime) -> None:
    """Mail the link by which somebody sets the own password; a link sent before ends. The account and its groups are there.

    Raises NotInvitable.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not (invitation_is_open(user) and user.is_active and user.email):
        raise NotInvitable
    profile, _made = StaffProfile.objects.get_or_create(user=user)
    profile.invited_at, profile.invited_by, profile.invited_to = now, by, user.email
    profile.save(update_fields=["invited_at", "invited_by", "invited_to"])
    _mail_link(
        "invitation",
        user,
        language=profile.language,
        token=_token(INVITATION, user, expires=now + INVITATION_LASTS),
        expires=now + INVITATION_LASTS,
        page="staff_invitation",
        by=by.get_full_name() or by.get_username(),
    )
    logger.info("invited: account %s by account %s", user.pk, by.pk)


@transaction.atomic
def ask_new_password(*, email: str, language: str, now: datetime) -> None:
    """Mail a link to each account of this address that has a password and is not disabled; who asks learns nothing."""
    for user in with_address(email).filter(is_active=True, is_staff=True):
        if user.has_usable_password():
            _mail_link(
                "new_password",
                user,
                language=language_of(user, language),
                token=_token(NEW_PASSWORD, user, expires=now + NEW_PASSWORD_LASTS),
                expires=now + NEW_PASSWORD_LASTS,
                page="staff_new_password",
            )


def account_of(purpose: str, token: str, *, now: datetime) -> User:
    """Whose link this is. Raises BadToken, `expired` also where it was used already or another one was sent since."""
    read = tokens.read(purpose, token, now=now)
    return _checked(purpose, read, User.objects.all())


@transaction.atomic
def set_password(*, purpose: str, token: str, password: str, now: datetime) -> User:
    """Set the password to which a link leads, and end every session of the account. Raises BadToken.

    What was guessed wrongly before no longer locks the account: its owner has shown the mailbox.
    """
    read = tokens.read(purpose, token, now=now)
    user = _checked(purpose, read, User.objects.select_for_update())
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user.pk)
    AxesProxyHandler.reset_attempts(username=sign_in_name(user.get_username()))
    logger.info("password set by a mailed link: account %s", user.pk)
    return user


def _checked(purpose: str, read: tokens.Token, users: QuerySet[User]) -> User:
    user = users.filter(pk=read.subject.int, is_active=True, is_staff=True).first()
    if user is None or read.version != _state(purpose, user):
        raise tokens.BadToken(expired=True)
    return user


def _token(purpose: str, user: User, *, expires: datetime) -> str:
    return tokens.make(purpose, UUID(int=user.pk), version=_state(purpose, user), expires=expires)


def _state(purpose: str, user: User) -> int:
    """What a link was made for, as a number: once any of it has changed, the link has ended."""
    held = [purpose, user.password, user.email, str(user.last_login)]
    if purpose == INVITATION:
        held.append(str(StaffProfile.objects.filter(user=user).values_list("invited_at", flat=True).first()))
    return int.from_bytes(sha256("\0".join(held).encode()).digest()[:4])


def _mail_link(
    kind: str, user: User, *, language: str, token: str, expires: datetime, page: str, by: str = ""
) -> None:
    with translation.override(language):
        groups = [str(group) for group in user.groups.order_by("name")]
        if user.is_superuser:
            groups.append(str(ADMINISTRATOR))
    queue_mail(
        template=f"portal/mail/{kind}",
        kind=kind,
        to=user.email,
        language=language,
        context={
            "name": user.get_full_name(),
            "username": user.get_username(),
            "roles": groups,
            "by": by,
            "link": portal_url(reverse(page, args=[TOKEN_SENTINEL])),
            "expires": expires,
        },
        personal_token=token,
        not_after=expires,
    )


ADMINISTRATOR = _("Administration of the portal")


@receiver(post_save, sender=User, dispatch_uid="accounts.password_changed")
def _tell_of_new_password(sender: object, instance: User, created: bool, **kwargs: object) -> None:
    """Whoever changed it, by whatever page or command: the owner of the account is told, and sessions that wait for the
    second factor end like those that are open."""
    if created or cast("str | None", instance._password) is None or not instance.has_usable_password():  # type: ignore[attr-defined]
        return
    request = context.request
    own = request if request is not None and request.user.pk == instance.pk else None
    end_sessions(instance.pk, but=own)
    if not instance.email:
        return
    with transaction.atomic():
        queue_mail(
            template="portal/mail/password_changed",
            kind="password_changed",
            to=instance.email,
            language=language_of(instance),
            context={
                "name": instance.get_full_name(),
                "username": instance.get_username(),
                "at": timezone.now(),
            },
        )
