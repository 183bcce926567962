"""The delegate's personal link."""

from datetime import datetime, time, timedelta

from django.urls import reverse
from django.utils import translation

from rcm_portal import tokens
from rcm_portal.links import portal_url
from rcm_portal.mail import TOKEN_SENTINEL

from .models import Delegate, Workshop

MY_PAGE = "delegate page"


def links_expire(workshop: Workshop) -> datetime:
    """When personal links of a workshop end: with the retention of its personal data, in its own zone."""
    day = workshop.ends_on + timedelta(days=workshop.retention_days + 1)
    return datetime.combine(day, time.min, tzinfo=workshop.zone)


def my_token(delegate: Delegate) -> str:
    """The token of the delegate's own page; raising `link_version` revokes all made before."""
    return tokens.make(
        MY_PAGE, delegate.public_id, version=delegate.link_version, expires=links_expire(delegate.workshop)
    )


def delegate_of(token: str, *, slug: str, now: datetime) -> Delegate:
    """The delegate whose token this is. Raises BadToken also for another workshop's or a revoked one."""
    read = tokens.read(MY_PAGE, token, now=now)
    delegate = (
        Delegate.objects.select_related("workshop", "delegation__party", "passport", "passport_copy")
        .filter(public_id=read.subject, workshop__slug=slug)
        .first()
    )
    if delegate is None or delegate.link_version != read.version:
        raise tokens.BadToken
    return delegate


def mailed_url(name: str, delegate: Delegate, *, language: str | None = None) -> str:
    """The address of a delegate's page for a mail, in the delegate's language, with the sentinel in the token's place."""
    with translation.override(language or delegate.language):
        return portal_url(reverse(f"registration:{name}", args=[delegate.workshop.slug, TOKEN_SENTINEL]))
