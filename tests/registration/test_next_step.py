"""The one step that staff's page of a registration puts first: a pure rule."""

import pytest

from registration.rules.next_step import Standing, Step, next_steps

EVERYTHING = {
    "passport_to_compare": True,
    "changes_waiting": True,
    "letter_problem": True,
    "scan_waiting": True,
}


@pytest.mark.parametrize(
    ("status", "waits", "steps"),
    [
        ("waitlisted", EVERYTHING, [Step.PROMOTE]),
        ("submitted", {}, [Step.APPROVE]),
        ("submitted", {"passport_to_compare": True}, [Step.COMPARE, Step.APPROVE]),
        ("submitted", EVERYTHING, [Step.COMPARE, Step.APPROVE, Step.CHANGES]),
        *((status, {}, []) for status in ("approved", "confirmed", "rejected", "cancelled")),
        *(
            (status, EVERYTHING, [Step.CHANGES, Step.PROBLEM, Step.SCAN, Step.COMPARE])
            for status in ("approved", "confirmed")
        ),
        ("approved", {"letter_problem": True}, [Step.PROBLEM]),
        ("approved", {"scan_waiting": True}, [Step.SCAN]),
        ("rejected", EVERYTHING, []),
        ("cancelled", EVERYTHING, []),
    ],
)
def test_the_steps_that_are_due_the_most_urgent_first(status, waits, steps):
    assert next_steps(Standing(status, **waits)) == steps
