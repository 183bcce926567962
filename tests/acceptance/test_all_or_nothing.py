"""A service whose last write fails leaves nothing of what it wrote before it."""

from functools import partial

import pytest
from django.db import connection, transaction

from tests import accounts, snapshots

from .beside import DECISIONS
from .signed import NOW
from .test_guards import ROWS as GUARD_ROWS

WRITES = ("INSERT", "UPDATE", "DELETE")


class Interrupted(Exception):
    """What the database says to the write that fails."""


class Writes:
    """Counts the writes of a call, and fails the one with the number `fails`."""

    def __init__(self, fails: int = 0):
        self.fails, self.number = fails, 0

    def __call__(self, execute, sql, params, many, context):
        if sql.lstrip().startswith(WRITES):
            self.number += 1
            if self.number == self.fails:
                raise Interrupted
        return execute(sql, params, many, context)


def rows():
    """The whole database."""
    with connection.cursor() as cursor:
        return snapshots.take(cursor)


# Part of the transaction of whoever calls it.
WITHIN = {
    "registration/services/addresses:change_address",
    "registration/services/addresses:second_of_mailbox",
    "registration/services/letters/signing:_current_letter",
    "registration/services/letters/visa_letters:_draft",
    "registration/services/registering:hand_over",
    "registration/services/registering:replace_passport_copy",
    "registration/services/seat_limit:free_seat",
    "registration/services/writing/messages:_draft",
    "registration/services/writing/messages:_write",
}
# What is to be done is kept before it is done: a worker goes on with it.
KEPT_FIRST = {"registration/services/batches:begin_batch", "registration/services/writing/messages:send"}
# The row brings the good state about in the call itself.
STATE_TOO = {
    "logistics/services/decisions:_check_can_be_granted",
    "logistics/services/decisions:free_places",
    "logistics/services/rooms:_check_sharing",
    "registration/services/letters/signing:refuse_unacceptable",
    "registration/services/setting_up/deadlines:extend_registration",
}


def good_calls():
    """One call of each service of the tables of decisions and of guards that goes through, by the service's name."""
    found = {}
    for name, make in GUARD_ROWS.items():
        found[name.partition(" ")[0].replace("/", "/services/", 1)] = lambda make=make: make()[1]
    for name, make in DECISIONS.items():
        found[name] = lambda make=make: partial(make(), accounts.make_staff(username="the-officer"), NOW)
    return found


CALLS = good_calls()


def test_each_exception_is_one():
    assert CALLS.keys() >= WITHIN | KEPT_FIRST | STATE_TOO


@pytest.mark.parametrize("name", sorted(CALLS.keys() - WITHIN - KEPT_FIRST - STATE_TOO))
def test_what_fails_at_its_last_write_leaves_nothing_of_the_others(db, in_time, name):
    with transaction.atomic():
        call, counted = CALLS[name](), Writes()
        with connection.execute_wrapper(counted):
            call()
        transaction.set_rollback(True)
    if counted.number < 2:
        return
    call, before = CALLS[name](), rows()
    with connection.execute_wrapper(Writes(fails=counted.number)), pytest.raises(Interrupted):
        call()
    transaction.set_rollback(False)  # of a service without a transaction of its own, which would go on
    after = rows()
    left = [table for table in before | after if before.get(table) != after.get(table)]
    assert not left, left
