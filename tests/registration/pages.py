"""Addresses behind tokens."""

from django.urls import reverse

from registration.documents.links import delegation_token, draft_token, my_token, nomination_token


def page(delegate, name="my") -> str:
    """A page of the delegate's own."""
    return reverse(f"registration:{name}", args=[delegate.workshop.slug, my_token(delegate)])


def delegation_page(delegation, name="delegation", *further) -> str:
    """A page of the delegation's own."""
    return reverse(
        f"registration:{name}", args=[delegation.workshop.slug, delegation_token(delegation), *further]
    )


def nomination_page(nomination) -> str:
    """The form of a nominated person."""
    token = nomination_token(nomination)
    return reverse("registration:nomination", args=[nomination.delegation.workshop.slug, token])


def draft_page(draft) -> str:
    """The form that was saved."""
    return reverse("registration:draft", args=[draft.workshop.slug, draft_token(draft)])
