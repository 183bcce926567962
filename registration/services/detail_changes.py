"""What a delegate changed after the approval: staff see it before and after, agree to it or set it back.

Level, institution and position stand in the letter and order the protocol list; who leads the delegation decides who is
funded. So a delegate's word about them is a wish until staff (or, for the head, the focal point) have looked at it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation

from rcm_portal.files.crypto import Unreadable

from ..exceptions import NotChangeable, NotListable
from ..models import Delegate, DetailChange
from ..queries.participants import may_be_listed
from ..signals import details_changed
from .delegation_links import set_head
from .transitions import By, lock_delegate

WATCHED_FIELDS = frozenset({"level", "institution", "position", "form_of_address", "surnames", "given_names"})
HEAD = "head_of_delegation"


def note_changes(delegate: Delegate, before: Mapping[str, Any], *, now: datetime) -> None:
    """Write down what a locked delegate changed; one that is set back to before by the delegate is settled by itself."""
    for name, was in before.items():
        value = str(getattr(delegate, name))
        waiting = DetailChange.objects.waiting().filter(delegate=delegate, field=name).first()
        if waiting is None:
            DetailChange.objects.create(delegate=delegate, field=name, before=str(was), after=value, at=now)
        elif waiting.before == value:
            waiting.delete()
        else:
            waiting.after, waiting.at = value, now
            waiting.save(update_fields=["after", "at"])


def wish_to_lead(delegate: Delegate, leads: bool, *, now: datetime) -> None:
    """A delegate ticks, or unticks, that they lead: a wish, which moves nobody's seat, room or ticket."""
    waiting = DetailChange.objects.waiting().filter(delegate=delegate, field=HEAD).first()
    as_it_is = leads == delegate.head_of_delegation
    # The opposite wish has come true meanwhile: somebody else was named.
    if waiting and (as_it_is or waiting.after != str(leads)):
        waiting.delete()
        waiting = None
    if waiting is None and not as_it_is:
        DetailChange.objects.create(
            delegate=delegate, field=HEAD, before=str(delegate.head_of_delegation), after=str(leads), at=now
        )


def wishes_to_lead(delegate: Delegate) -> bool:
    """Whether they lead, or have said so and nobody has decided yet."""
    waiting = DetailChange.objects.waiting().filter(delegate=delegate, field=HEAD).first()
    return waiting.after == "True" if waiting else delegate.head_of_delegation


def change_words(changes: Mapping[str, tuple[Any, Any]], language: str) -> list[dict[str, str]]:
    """Changed fields in words of `language`: what, before, after."""
    with translation.override(language):
        rows = [
            DetailChange(field=name, before=str(was or ""), after=str(now or ""))
            for name, (was, now) in changes.items()
        ]
        return [{"what": row.label, "before": row.before_words, "after": row.after_words} for row in rows]


@transaction.atomic
def settle_change(
    *, change: DetailChange, agree: bool, by: By, now: datetime, take_benefits: bool = False
) -> DetailChange:
    """Staff agree to a change, or set the detail back to before. One that is settled already stays as it is.

    Raises NotChangeable where no key opens what stood before, TakesBenefits where agreeing to another head of delegation
    takes something from somebody who holds an accepted letter, unless `take_benefits` says that staff have seen who.
    """
    delegate = lock_delegate(change.delegate)
    change = DetailChange.objects.select_for_update().get(pk=change.pk)
    if change.settled_at is not None:
        return change
    if change.field == HEAD:
        if agree and change.after == "True":
            set_head(delegate=delegate, by=by, now=now, take_benefits=take_benefits)
        elif agree:
            Delegate.objects.filter(pk=delegate.pk).update(head_of_delegation=False)
            delegate.head_of_delegation = False
            details_changed.send(sender=Delegate, delegate=delegate, fields={HEAD}, now=now)
    elif not agree:
        if isinstance(change.before, Unreadable):
            raise NotChangeable
        setattr(delegate, change.field, change.before)
        delegate.save(update_fields=[change.field])
        details_changed.send(sender=Delegate, delegate=delegate, fields={change.field}, now=now)
    change.settled_at, change.settled_by, change.agreed = now, by.user, agree
    change.save(update_fields=["settled_at", "settled_by", "agreed"])
    return change


@transaction.atomic
def agree_to_be_listed(*, delegate: Delegate, agreed: bool, now: datetime) -> None:
    """Note that somebody agrees to be seen by the other participants, and since when, or that they do not any more.

    Raises NotListable; consent can always be taken back.
    """
    held = Delegate.objects.select_for_update(of=("self",)).select_related("workshop").get(pk=delegate.pk)
    if agreed and not may_be_listed(held):
        raise NotListable
    held.listed_at = (held.listed_at or now) if agreed else None
    held.save(update_fields=["listed_at"])
