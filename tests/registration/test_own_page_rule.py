"""The delegate's own list and the one next step, as one rule over plain facts: a table of every state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from registration.enums import APPROVED, DelegateStatus
from registration.rules.status_words import APPROVED_WORDS, LINE_LABELS, STEP_WORDS, next_words, status_words
from registration.rules.todo import (
    Facts,
    Letter,
    Owing,
    Own,
    SeatStep,
    State,
    Task,
    letter_of,
    lines,
    next_step,
    owed,
)
from registration.rules.visas import VisaNeed

NOW = datetime(2022, 2, 20, 12, tzinfo=UTC)
DEADLINE = datetime(2022, 3, 2, 6, tzinfo=UTC)
ACCEPT_BY = datetime(2022, 3, 8, 6, tzinfo=UTC)
GIVEN = Facts(
    status="submitted",
    email_confirmed=True,
    passport_required=True,
    has_passport_copy=True,
    knows_no_reimbursement=True,
    letter_sent=False,
    letter_accepted=False,
    deadline=DEADLINE,
)
SENT = {"status": "approved", "letter_sent": True, "accept_by": ACCEPT_BY}
DONE = {**SENT, "status": "confirmed", "letter_accepted": True}
HAS_PASSPORT = {"has_passport": True, "comparable": True}


def own(facts: dict | None = None, **more) -> Own:
    return Own(facts=replace(GIVEN, **(facts or {})), **{**HAS_PASSPORT, **more})


@pytest.mark.parametrize(
    ("given", "step"),
    [
        # a seat before everything
        (own({"status": "cancelled", "email_confirmed": False}, let_go=True), SeatStep.COME_BACK),
        (own({"status": "waitlisted", "email_confirmed": False}, offered=True, in_line=False), SeatStep.TAKE),
        (own({"status": "waitlisted", "has_passport_copy": False}, in_line=False), SeatStep.ASK),
        # then the address, however late it is due
        (own({"email_confirmed": False, "has_passport_copy": False}), Owing.EMAIL),
        (
            own({**SENT, "email_confirmed": False, "confirm_by": ACCEPT_BY, "has_passport_copy": False}),
            Owing.EMAIL,
        ),
        # then what is due first
        (own({"has_passport_copy": False, "knows_no_reimbursement": False}), Owing.PASSPORT),
        (own({"knows_no_reimbursement": False}), Owing.NO_REIMBURSEMENT),
        (own({**SENT, "has_passport_copy": False}), Owing.PASSPORT),
        (own({**SENT, "has_passport_copy": False, "accept_by": NOW + timedelta(days=1)}), Owing.LETTER),
        (own({**SENT}), Owing.LETTER),
        (own({**SENT}, elsewhere=(("travel", False),), ticket_bought=True), Owing.LETTER),
        # what has no day comes in the order of the list
        (own(DONE, elsewhere=(("travel", False),), ticket_bought=True), Task.TICKET_NAME),
        (own(DONE, elsewhere=(("travel", False),), ticket_bought=True, ticket_name_confirmed=True), "travel"),
        (own(DONE, elsewhere=(("travel", True),), visa_need=VisaNeed.NEEDED), Task.VISA),
        # a copy that is late is asked for all the same
        (own({"has_passport_copy": False, "deadline": NOW - timedelta(days=1)}), Owing.PASSPORT),
        # a letter of an approval that does not stand keeps nobody from what they owe
        (
            own({**SENT, "status": "submitted", "accept_by": NOW, "has_passport_copy": False}),
            Owing.PASSPORT,
        ),
        # nothing is the delegate's to do
        (own(), None),
        (own({"status": "waitlisted"}), None),
        (own({"status": "approved"}), None),
        (own({**SENT, "scan_waiting": True}), None),
        (own({**SENT, "letter_declined": True}), None),
        (own({**SENT, "accept_by": NOW}), None),
        (
            own(
                {**SENT, "letter_declined": True, "has_passport_copy": False}, elsewhere=(("travel", False),)
            ),
            None,
        ),
        (own({**SENT, "accept_by": NOW}, elsewhere=(("travel", False),), ticket_bought=True), None),
        (own({**SENT, "letter_declined": True, "email_confirmed": False}), Owing.EMAIL),
        (own(DONE, elsewhere=(("travel", True),)), None),
        (own({"status": "rejected", "has_passport_copy": False}), None),
        (own({"status": "cancelled"}), None),
        (own({**SENT, "has_passport_copy": False}, over=True), None),
        (own({"status": "waitlisted"}, in_line=False, over=True), None),
    ],
)
def test_the_next_step_is_one_and_the_most_urgent(given, step):
    found = next_step(given, NOW)
    assert (found.code if found else None) == step


@pytest.mark.parametrize("status", DelegateStatus.values)
def test_nothing_is_asked_of_anybody_once_the_workshop_is_over(status):
    given = own({**SENT, "status": status, "has_passport_copy": False}, over=True, ticket_bought=True)
    assert lines(given, NOW) == [] and next_step(given, NOW) is None


@pytest.mark.parametrize(
    ("facts", "letter", "state"),
    [
        ({}, Letter.NONE, State.LATER),
        ({"status": "waitlisted"}, Letter.NONE, State.LATER),
        ({"status": "approved"}, Letter.NONE, State.WAITING),
        (SENT, Letter.OPEN, State.TODO),
        ({**SENT, "accept_by": NOW + timedelta(seconds=1)}, Letter.OPEN, State.TODO),
        ({**SENT, "accept_by": NOW}, Letter.LATE, State.OVER),
        ({**SENT, "scan_waiting": True}, Letter.SCAN, State.WAITING),
        ({**SENT, "scan_waiting": True, "letter_declined": True}, Letter.SCAN, State.WAITING),
        ({**SENT, "letter_declined": True}, Letter.DECLINED, State.WAITING),
        ({**SENT, "letter_declined": True, "accept_by": NOW}, Letter.DECLINED, State.WAITING),
        (DONE, Letter.ACCEPTED, State.DONE),
    ],
)
def test_where_the_letter_stands_and_whose_turn_it_is(facts, letter, state):
    given = own(facts)
    assert letter_of(given.facts, NOW) == letter
    assert {line.code: line.state for line in lines(given, NOW)}[Owing.LETTER] == state
    assert (Owing.LETTER in {item.code for item in owed(given.facts)}) == (
        given.facts.letter_sent and letter in (Letter.OPEN, Letter.LATE)
    )


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (own(ticket_bought=True), State.LATER),
        (own(SENT, ticket_bought=True), State.TODO),
        (own(SENT, ticket_bought=True, has_passport=False), State.LATER),
        (own(ticket_bought=True, ticket_name_confirmed=True), State.DONE),
        (own(SENT), None),
    ],
)
def test_the_name_on_the_ticket_is_asked_of_whoever_has_one_bought(given, state):
    assert {line.code: line.state for line in lines(given, NOW)}.get(Task.TICKET_NAME) == state


@pytest.mark.parametrize(
    ("facts", "need", "basis", "letter", "state"),
    [
        (SENT, None, "", False, None),
        (SENT, VisaNeed.HOME, "", False, None),
        (SENT, VisaNeed.NOT_NEEDED, "", False, State.DONE),
        (SENT, VisaNeed.WAIVED, "visa", False, State.DONE),
        (SENT, VisaNeed.NEEDED, "", False, State.TODO),
        (SENT, VisaNeed.NEEDED, "passport", False, State.TODO),  # the table says otherwise
        (SENT, VisaNeed.NEEDED, "nothing_yet", False, State.WAITING),
        (SENT, VisaNeed.NEEDED, "nothing_yet", True, State.TODO),
        (SENT, VisaNeed.ASK, "", False, State.TODO),
        (SENT, VisaNeed.ASK, "agreement", False, State.DONE),
        (SENT, VisaNeed.UNKNOWN, "nothing_yet", False, State.WAITING),
        ({}, VisaNeed.NEEDED, "", False, State.LATER),
    ],
)
def test_the_visa_is_done_as_soon_as_table_and_answer_agree(facts, need, basis, letter, state):
    given = own(facts, visa_need=need, entry_basis=basis, visa_letter_issued=letter)
    assert {line.code: line.state for line in lines(given, NOW)}.get(Task.VISA) == state


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"comparable": False}, State.LATER),
        ({}, State.WAITING),
        ({"compared": True}, State.DONE),
    ],
)
def test_the_comparison_of_the_passport_waits_for_staff(more, state):
    assert {line.code: line.state for line in lines(own(**more), NOW)}[Task.COMPARED] == state


@pytest.mark.parametrize("status", DelegateStatus.values)
@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("copy", [False, True])
@pytest.mark.parametrize("travel", [False, True])
def test_the_list_is_never_all_ticked_while_something_is_owed(status, sent, copy, travel):
    facts = {"status": status, "has_passport_copy": copy, "letter_sent": sent, "accept_by": ACCEPT_BY}
    facts["letter_accepted"] = status == "confirmed"
    given = own(facts, elsewhere=(("travel", travel),) if status in APPROVED else (), comparable=copy)
    found = lines(given, NOW)
    if owed(given.facts) or (not travel and status in APPROVED):
        assert next_step(given, NOW) is not None
        assert State.TODO in {line.state for line in found}
    if status in ("submitted", "waitlisted"):
        assert {line.state for line in found} & {State.WAITING, State.LATER}
    assert bool(found) == (status not in ("rejected", "cancelled"))


@pytest.mark.parametrize(
    ("status", "more", "said", "dicho"),
    [
        ("submitted", {}, "Received, being reviewed.", "Recibida"),
        ("submitted", {"let_go": True, "in_line": False}, "Received, being reviewed.", "Recibida"),
        ("waitlisted", {}, "On the waiting list", "En la lista de espera"),
        ("waitlisted", {"offered": True, "in_line": False}, "is offered to you", "se le ofrece"),
        ("waitlisted", {"in_line": False}, "was not taken in time", "no se aceptó a tiempo"),
        ("cancelled", {}, "Your registration is cancelled.", "Su inscripción está cancelada."),
        ("cancelled", {"let_go": True}, "was not confirmed in time", "no se confirmó a tiempo"),
        ("rejected", {"let_go": True}, "was not accepted.", "no fue aceptada"),
        ("approved", {}, "Approved.", "Aprobada."),
        ("approved", {"letter": Letter.LATE}, "was not accepted in time", "no se aceptó a tiempo"),
        ("confirmed", {"letter": Letter.LATE}, "We look forward to seeing you.", "Confirmada."),
    ],
)
def test_where_a_registration_stands_is_said_of_that_state_alone(status, more, said, dicho):
    for language, words in (("en", said), ("es", dicho)):
        with translation.override(language):
            assert words in str(status_words(status, **more))


@pytest.mark.parametrize(
    ("status", "more", "said", "dicho"),
    [
        ("submitted", {}, "is reviewing your registration", "está revisando"),
        ("submitted", {"over": True}, "please write to us", "escríbanos"),
        ("approved", {}, "The Executive Secretariat will write to you", "le escribirá"),
        (
            "approved",
            {"letter": Letter.NONE},
            "as soon as your invitation letter is ready",
            "en cuanto su carta",
        ),
        (
            "approved",
            {"letter": Letter.SCAN},
            "is reviewing your signed letter",
            "revisando su carta firmada",
        ),
        (
            "approved",
            {"letter": Letter.LATE},
            "The day to accept the letter has passed",
            "plazo para aceptar la carta ya venció",
        ),
        ("confirmed", {"letter": Letter.LATE}, "everything is ready on your side", "todo está listo"),
        ("confirmed", {"over": True}, "Thank you for taking part", "Gracias"),
        ("approved", {"over": True}, "please write to us", "escríbanos"),
        ("waitlisted", {}, "we offer it to you by e-mail", "se le ofrecerá por correo"),
        ("cancelled", {"over": True}, "please write to us", "escríbanos"),
        ("rejected", {}, "please write to us", "escríbanos"),
    ],
)
def test_what_comes_next_for_who_has_nothing_to_do(status, more, said, dicho):
    for language, words in (("en", said), ("es", dicho)):
        with translation.override(language):
            assert words in str(next_words(status, **more))


def test_every_line_and_step_has_its_words():
    assert set(LINE_LABELS) == {*Owing, *Task}
    assert set(STEP_WORDS) == {*Owing, *SeatStep, Task.TICKET_NAME, Task.VISA}
    for status in DelegateStatus:
        for letter in Letter:
            assert str(status_words(status, letter=letter)) and str(next_words(status, letter=letter))
    assert set(APPROVED_WORDS) == {*Letter} - {Letter.ACCEPTED}
