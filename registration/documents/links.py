"""Personal links: the delegate's own page, a delegation's page for its focal point, a nominated person's form, a half-finished one."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import translation

from rcm_portal.mail.writing import TOKEN_SENTINEL
from rcm_portal.output.urls_absolute import portal_url
from rcm_portal.security import tokens

from ..enums import EndedLink
from ..models import Delegate, Delegation, Nomination, RegistrationDraft, Workshop

# One purpose each: a token of one is refused by every other (SIGN-1).
MY_PAGE = "delegate page"
DELEGATION_PAGE = "delegation page"
NOMINATION = "nomination"
DRAFT = "half-finished form"
NEW_ADDRESS = "new address"


class LinkEnded(tokens.BadToken):
    """A genuine link of this workshop that opens nothing any more. `why` is all that whoever holds it is told: no name, for it
    may have reached an address that is no longer the person's."""

    def __init__(self, workshop: Workshop, why: EndedLink) -> None:
        super().__init__(expired=why == EndedLink.ARCHIVED)
        self.workshop, self.why = workshop, why


def links_expire(workshop: Workshop) -> datetime:
    """When personal links of a workshop end: with the retention of its personal data, in its own zone."""
    return workshop.archived_from


def my_token(delegate: Delegate) -> str:
    """The token of the delegate's own page; raising `link_version` revokes all made before."""
    return tokens.make(
        MY_PAGE, delegate.public_id, version=delegate.link_version, expires=links_expire(delegate.workshop)
    )


def delegate_of(token: str, *, slug: str, now: datetime) -> Delegate:
    """The delegate whose token this is. Raises BadToken also for another workshop's, LinkEnded for one that is over."""
    read = tokens.read(MY_PAGE, token, now=now, expired_too=True)
    delegate = (
        Delegate.objects.select_related("workshop", "delegation__party", "passport", "passport_copy")
        .filter(public_id=read.subject, workshop__slug=slug)
        .first()
    )
    if delegate is None:
        raise tokens.BadToken
    if read.expired:
        raise LinkEnded(delegate.workshop, EndedLink.ARCHIVED)
    if delegate.link_version != read.version:
        why = EndedLink.DESTROYED if delegate.purged_at else EndedLink.REPLACED
        raise LinkEnded(delegate.workshop, why)
    return delegate


def new_address_token(delegate: Delegate) -> str:
    """The token by which a new address is confirmed; it ends with its use, or when another address is asked for."""
    return tokens.make(NEW_ADDRESS, delegate.new_email_id, expires=links_expire(delegate.workshop))


def new_address_of(token: str, *, slug: str, now: datetime) -> Delegate:
    """The delegate who asked for the address that this token was mailed to. Raises BadToken, LinkEnded once it was used."""
    read = tokens.read(NEW_ADDRESS, token, now=now, expired_too=True)
    people = Delegate.objects.select_related("workshop", "delegation__party")
    delegate = people.filter(new_email_id=read.subject, workshop__slug=slug).first()
    workshop = delegate.workshop if delegate else Workshop.objects.filter(slug=slug, published=True).first()
    if workshop is None:
        raise tokens.BadToken
    if read.expired:
        raise LinkEnded(workshop, EndedLink.ARCHIVED)
    if delegate is None:
        raise LinkEnded(workshop, EndedLink.USED)
    return delegate


def mailed_url(name: str, delegate: Delegate, *, language: str | None = None) -> str:
    """The address of a delegate's page for a mail, in the delegate's language, with the sentinel in the token's place."""
    return token_url(name, delegate.workshop, language or delegate.language)


def public_url(name: str, workshop: Workshop, language: str) -> str:
    """The address of one of the workshop's public pages for a mail."""
    with translation.override(language):
        return portal_url(reverse(f"registration:{name}", args=[workshop.slug]))


def token_url(name: str, workshop: Workshop, language: str) -> str:
    """The address of a page behind a token for a mail, with the sentinel in the token's place."""
    with translation.override(language):
        return portal_url(reverse(f"registration:{name}", args=[workshop.slug, TOKEN_SENTINEL]))


def delegation_token(delegation: Delegation) -> str:
    """The token of a delegation's page; raising `link_version` revokes all made before."""
    return tokens.make(
        DELEGATION_PAGE,
        delegation.public_id,
        version=delegation.link_version,
        expires=links_expire(delegation.workshop),
    )


def delegation_of(token: str, *, slug: str, now: datetime) -> Delegation:
    """The delegation whose token this is. Raises BadToken also for another workshop's, LinkEnded for one that is over."""
    read = tokens.read(DELEGATION_PAGE, token, now=now, expired_too=True)
    delegation = (
        Delegation.objects.select_related("workshop", "party")
        .filter(public_id=read.subject, workshop__slug=slug)
        .first()
    )
    if delegation is None:
        raise tokens.BadToken
    if read.expired or delegation.link_version != read.version:
        why = EndedLink.ARCHIVED if read.expired else EndedLink.REVOKED
        raise LinkEnded(delegation.workshop, why)
    return delegation


def nomination_token(nomination: Nomination) -> str:
    """The token of a nominated person's form; it serves until it is used, withdrawn or expired."""
    return tokens.make(NOMINATION, nomination.public_id, expires=links_expire(nomination.delegation.workshop))


def nomination_of(token: str, *, slug: str, now: datetime) -> Nomination:
    """The nomination whose token this is, whatever its state. Raises BadToken also for another workshop's, LinkEnded for
    an archived one's."""
    read = tokens.read(NOMINATION, token, now=now, expired_too=True)
    nomination = (
        Nomination.objects.select_related("delegation__workshop", "delegation__party", "replaces", "delegate")
        .filter(public_id=read.subject, delegation__workshop__slug=slug)
        .first()
    )
    if nomination is None:
        raise tokens.BadToken
    if read.expired:
        raise LinkEnded(nomination.delegation.workshop, EndedLink.ARCHIVED)
    return nomination


def draft_token(draft: RegistrationDraft) -> str:
    """The token that opens a half-finished form again, for as long as it is kept; it ends with the row."""
    return tokens.make(DRAFT, draft.public_id, expires=draft.kept_until)


def subject_of(token: str, *, now: datetime) -> UUID:
    """Which half-finished form a token was made for, whether or not it is still kept. Raises BadToken."""
    return tokens.read(DRAFT, token, now=now).subject


def draft_of(token: str, *, slug: str, now: datetime) -> RegistrationDraft | None:
    """The half-finished form whose token this is; None when it is no longer kept, because it was sent, destroyed or too
    old. Raises BadToken for what is no token of such a form."""
    try:
        read = tokens.read(DRAFT, token, now=now)
    except tokens.BadToken as bad:
        if bad.expired:
            return None
        raise
    return (
        RegistrationDraft.objects.select_related(
            "workshop",
            "delegation__party",
            "nomination__delegation__party",
            "nomination__delegation__workshop",
            "nomination__replaces",
            "nomination__delegate",
        )
        .filter(public_id=read.subject, workshop__slug=slug)
        .first()
    )
