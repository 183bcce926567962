"""The focal points of a workshop's delegations, taken from a list: what it would change, then all that is understood."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import LANGUAGES, localized
from rcm_portal.search.folding import fold
from rcm_portal.sheets.cells import text_of
from rcm_portal.sheets.file_kinds import refuse_ole
from rcm_portal.sheets.problems import Line, Unreadable
from rcm_portal.sheets.read_text import decoded, lines
from rcm_portal.sheets.read_xlsx import sheets

from ...enums import LinkUse
from ...exceptions import RegistrationError
from ...models import Delegation, DelegationLinkUse, Workshop
from ...rules.focal_points import HEADINGS, Row, read
from ..delegation_links import send_delegation_link
from ..seat_limit import lock_delegation
from ..transitions import By

COLUMNS = ("focal_point_name", "focal_point_email", "focal_point_language")
MOST_ROWS = 500


@dataclass
class Change:
    """What one row says of its delegation: the columns that would be otherwise, as (before, after)."""

    row: Row
    delegation: Delegation
    values: dict[str, tuple[str, str]]


@dataclass
class Plan:
    """What a list would change, what it leaves, and the rows that are not understood."""

    changes: list[Change] = field(default_factory=list)
    same: list[Change] = field(default_factory=list)
    not_understood: list[Row] = field(default_factory=list)

    @property
    def stamp(self) -> str:
        """What tells the changes that staff looked at from any others."""
        looked = [(each.delegation.pk, sorted(each.values.items())) for each in self.changes]
        return sha256(json.dumps(looked).encode()).hexdigest()[:16]


def as_text(content: bytes) -> str:
    """The rows of an uploaded sheet as lines with tabs, as they would be pasted. Raises Unreadable."""
    if not content:
        raise Unreadable(_("This file is empty."))
    refuse_ole(content)
    if content.startswith(b"PK"):
        found: Iterable[Line] = next((rows for sheet in sheets(content) if (rows := list(sheet.lines))), [])
    else:
        found = lines(decoded(content)[0], HEADINGS)
    rows = [_cells(line) for line in found]
    if len(rows) > MOST_ROWS:
        raise Unreadable(_("The list has more rows than can be taken."))
    return "\n".join("\t".join(cells) for cells in rows)


def _cells(line: Line) -> list[str]:
    return [text_of(line.values.get(place)) for place in range(max(line.values, default=-1) + 1)]


def plan(workshop: Workshop, text: str) -> Plan:
    """What pasted lines would change: two queries. Raises Unreadable where no line has more than one cell."""
    delegations = {row.party_id: row for row in workshop.delegations.select_related("party", "workshop")}
    known = {}
    for party_id, row in delegations.items():
        party = row.party
        names = [
            party.code,
            *(localized(party, name, code) for name in ("name", "short_name") for code in LANGUAGES),
        ]
        known |= {fold(name): party_id for name in names if fold(name)}
    found = Plan()
    rows = (
        read(((line.number, _cells(line)) for line in lines(text, HEADINGS)), known) if text.strip() else []
    )
    if len(rows) > MOST_ROWS:
        raise Unreadable(_("The list has more rows than can be taken."))
    for row in rows:
        if row.problems or row.party is None:
            found.not_understood.append(row)
            continue
        change = Change(row, delegations[row.party], {})
        for column, value in zip(COLUMNS, (row.name, row.email, row.language), strict=True):
            before = getattr(change.delegation, column)
            if value and value != before:
                change.values[column] = (before, value)
        (found.changes if change.values else found.same).append(change)
    return found


@transaction.atomic
def save(found: Plan) -> int:
    """Enter everything that is understood; who it names is confirmed. Returns how many delegations were changed."""
    for change in found.changes:
        delegation = lock_delegation(change.delegation.pk)
        for column, (_before, after) in change.values.items():
            setattr(delegation, column, after)
        delegation.focal_point_to_confirm = False
        delegation.save(update_fields=[*change.values, "focal_point_to_confirm"])
    return len(found.changes)


def without_link(delegations: Iterable[Delegation]) -> list[Delegation]:
    """Those that have a focal point's address to which the present link was not sent yet. One query."""
    reachable = [each for each in delegations if each.focal_point_email]
    sent = DelegationLinkUse.objects.filter(what=LinkUse.SENT, delegation__in=reachable)
    known = set(sent.values_list("delegation_id", "link_version"))
    return [each for each in reachable if (each.pk, each.link_version) not in known]


def send_links(delegations: Iterable[Delegation], *, by: By, now: datetime) -> tuple[int, list[str]]:
    """Send each its link; how many were sent, and why others were not."""
    sent, refused = 0, []
    for delegation in delegations:
        try:
            send_delegation_link(delegation=delegation, by=by, now=now)
        except RegistrationError as refusal:
            refused.append(str(refusal.message))
        else:
            sent += 1
    return sent, refused


def as_lines(workshop: Workshop) -> str:
    """What is known now, one line for each delegation, to be completed; of a new workshop, who was the party's last."""
    rows = workshop.delegations.select_related("party").order_by("party__sort_key")
    found = []
    for row in rows:
        holder = row if row.focal_point_name or row.focal_point_email else row.party
        language = holder.focal_point_language if holder.focal_point_email else ""
        found.append(
            "\t".join((row.party.short_name, holder.focal_point_name, holder.focal_point_email, language))
        )
    return "\n".join(found)
