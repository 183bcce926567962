"""Which decisions count as changed, and what somebody has acted on already."""

import pytest

from logistics.enums import ActedOn, Outcome, Reason
from logistics.rules.changes import Written
from logistics.services.history import compare


def written(outcome, reason, *, confirmed=False):
    return Written(outcome, reason, {}, confirmed)


LISTED = written(Outcome.ENTITLED, Reason.LISTED)
BY_INCOME = written(Outcome.ENTITLED, Reason.INCOME_GROUP)
BOUGHT = written(Outcome.ENTITLED, Reason.TICKET_BOUGHT)
NOT_NEEDED = written(Outcome.NOT_NEEDED, Reason.LISTED, confirmed=True)
OVER = written(Outcome.OVER_LIMIT, Reason.PLACES_TAKEN)


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (None, OVER, [("", Outcome.OVER_LIMIT, "")]),
        (None, BOUGHT, [("", Outcome.ENTITLED, ActedOn.TICKET)]),
        (LISTED, LISTED, []),
        (LISTED, BY_INCOME, []),
        (LISTED, BOUGHT, [(Outcome.ENTITLED, Outcome.ENTITLED, ActedOn.TICKET)]),
        (BOUGHT, BOUGHT, []),
        (BOUGHT, LISTED, []),
        (LISTED, OVER, [(Outcome.ENTITLED, Outcome.OVER_LIMIT, "")]),
        (NOT_NEEDED, OVER, [(Outcome.NOT_NEEDED, Outcome.OVER_LIMIT, ActedOn.CONFIRMED)]),
        (NOT_NEEDED, LISTED, [(Outcome.NOT_NEEDED, Outcome.ENTITLED, "")]),
        (OVER, LISTED, [(Outcome.OVER_LIMIT, Outcome.ENTITLED, "")]),
    ],
)
def test_a_change_is_another_outcome_or_a_ticket_that_alone_keeps_it(db, was, now, told):
    before = {(1, 1): was} if was else {}
    found = compare(before, {(1, 1): now})
    assert [(each.before, each.after, each.acted_on) for each in found] == told
