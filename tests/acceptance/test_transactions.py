"""Each service locks what it decides about, in an order that lets nobody wait in a circle, and leaves nothing of what it
wrote where its last write fails.

`golden/locks.json` says by the service's name of which tables (without their app) it locks rows, in the order in which it
does so first; what is not named locks nothing. Everybody takes delegations first (registration/services/seat_limit.py).
"""

import json
import re
from functools import partial
from pathlib import Path

import pytest
from django.db import connection, transaction

from tests import accounts, snapshots

from .beside import DECISIONS
from .signed import NOW
from .test_guards import ROWS as GUARD_ROWS

LOCKS = json.loads((Path(__file__).parent / "golden" / "locks.json").read_text())
WRITES = ("INSERT", "UPDATE", "DELETE")
LOCKS_OF = re.compile(r'SELECT .*? FROM "[a-z]+_(\w+)".* FOR (?:NO KEY )?UPDATE')


class Interrupted(Exception):
    """What the database says to the write that fails."""


class Watch:
    """What a call asks of the database: how often it writes, and of which tables it locks rows; the write with the number
    `fails` fails."""

    def __init__(self, fails: int = 0):
        self.fails, self.writes, self.locked = fails, 0, []

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(WRITES):
            self.writes += 1
            if self.writes == self.fails:
                raise Interrupted
        elif (found := LOCKS_OF.match(sql)) and found[1] not in self.locked:
            self.locked.append(found[1])
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


def test_each_exception_and_each_line_of_the_file_is_about_a_service_here():
    assert CALLS.keys() >= WITHIN | KEPT_FIRST | STATE_TOO | LOCKS.keys()


@pytest.mark.parametrize("name", sorted(CALLS))
def test_a_service_locks_in_its_order_and_fails_as_a_whole(db, in_time, name):
    with transaction.atomic():
        call, watch = CALLS[name](), Watch()
        with connection.execute_wrapper(watch):
            call()
        transaction.set_rollback(True)
    assert watch.locked == LOCKS.get(name, [])
    if watch.writes < 2 or name in WITHIN | KEPT_FIRST | STATE_TOO:
        return
    call, before = CALLS[name](), rows()
    with connection.execute_wrapper(Watch(fails=watch.writes)), pytest.raises(Interrupted):
        call()
    transaction.set_rollback(False)  # of a service without a transaction of its own, which would go on
    after = rows()
    left = [table for table in before | after if before.get(table) != after.get(table)]
    assert not left, left
