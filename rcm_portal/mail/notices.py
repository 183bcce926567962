"""Telling many readers of a change: drafts first, which staff read and then release. What changed is the apps' own business."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from ..models import MailState, OutgoingMail
from . import sending
from .writing import render_mail


@dataclass(frozen=True)
class Draft:
    """The mail as readers of one kind get it, with a stand-in for the name, for staff to read; `to` says who they are."""

    language: str
    subject: str
    text: str
    readers: int
    to: str = ""


def draft(
    template: str, *, language: str, context: Mapping[str, Any], zone: tzinfo, readers: int, to: str = ""
) -> Draft:
    """The mail before any is written."""
    subject, text, _html = render_mail(template, language=language, context=context, zone=zone)
    return Draft(language, subject, text, readers, to)


def states(mails: QuerySet[OutgoingMail]) -> tuple[int, list[str]]:
    """How many are still drafts, and what became of all, in words."""
    counted = mails.order_by().values_list("state").annotate(count=Count("pk"))
    found = {MailState(state): count for state, count in counted}
    words = [
        _("%(state)s: %(count)d") % {"state": state.label, "count": count} for state, count in found.items()
    ]
    return found.get(MailState.HELD, 0), words


def release(mails: QuerySet[OutgoingMail]) -> int:
    """Have the drafts sent; returns how many were still drafts."""
    return sending.release(list(mails.filter(state=MailState.HELD).values_list("pk", flat=True)))
