"""Whom a search finds among the registrations, and what of them the officer may open."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import localized
from rcm_portal.search.folding import query_words, searchable
from rcm_portal.staff import people
from rcm_portal.staff.people import Hit

from .. import perms
from ..models import Delegate
from ..queries.arrivals import expected, search


def hit(delegate: Delegate, label: str, url: str, note: str = "") -> Hit:
    """A place at which this person is known."""
    workshop = localized(delegate.workshop, "short_name")
    name = f"{delegate.full_name or delegate.code}"
    return Hit(delegate.pk, name, delegate.delegation.party.short_name, label, url, note, workshop)


def of(rows: QuerySet[Delegate], words: str, workshop: str, *, by_email: bool = True) -> list[Delegate]:
    """The people whom the words find, by name; one query, and none without words.

    Whoever is not shown e-mail addresses finds nobody by one: not `by_email`.
    """
    if not words:
        return []
    rows = search(rows.filter(workshop__slug=workshop) if workshop else rows, words)
    rows = rows.select_related("workshop", "delegation__party").order_by("surnames", "given_names", "pk")
    return [row for row in rows[: people.MOST + 1] if by_email or _is_named(row, words)]


def _is_named(delegate: Delegate, words: str) -> bool:
    """Whether every word is part of the names, the institution, the code or the party."""
    names = delegate.full_name, delegate.badge_name, delegate.institution, delegate.code
    text = searchable(*names, delegate.delegation.party.search_words())
    return all(part in text for word in query_words(words) for part in word.parts)


@people.finding.answer("registration")
def registrations(user: Any, words: str, workshop: str) -> list[Hit] | None:
    """Each registration, its passport and its letter; two queries."""
    if not perms.may_see_registrations(user):
        return None
    found = of(Delegate.objects.with_personal_data(), words, workshop)
    hits = []
    for delegate in found:
        page = reverse("admin:registration_delegate_change", args=[delegate.pk])
        note = f"{delegate.get_status_display()} · {delegate.code} · {delegate.email}"
        hits.append(hit(delegate, _("Registration"), page, note))
        if perms.may_see_passports(user):
            page = reverse("admin:registration_delegate_passport", args=[delegate.pk])
            hits.append(hit(delegate, _("Passport"), page))
        if perms.may_see_letters(user) and delegate.is_approved:
            page = reverse("admin:registration_invitationletter_changelist")
            hits.append(
                hit(delegate, _("Letters"), f"{page}?{urlencode({'delegate__id__exact': delegate.pk})}")
            )
    return hits


@people.finding.answer("registration.arrivals")
def arrivals(user: Any, words: str, workshop: str) -> list[Hit] | None:
    """Whoever is expected at the door, for those who stand there: party and name on the badge; one query."""
    if not perms.may_check_in(user):
        return None
    page = reverse("admin:registration_delegate_arrivals")
    hits = []
    for delegate in of(expected(), words, workshop, by_email=False):
        url = f"{page}?{urlencode({'workshop': delegate.workshop.slug, 'q': delegate.code})}"
        note = _("has arrived") if delegate.arrived else ""
        hits.append(replace(hit(delegate, _("Arrivals"), url, note), name=delegate.name_on_badge))
    return hits
