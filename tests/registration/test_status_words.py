"""What is said of a step in somebody's history, and of how many seats are left: pure rules, in both languages."""

import pytest
from django.utils import translation

from registration.enums import SystemReason
from registration.rules.status_words import HISTORY, PLAIN_WORDS, history_words, seats_left
from registration.rules.workflow import Verb


@pytest.mark.parametrize(
    ("free", "limit", "said", "dicho"),
    [
        (None, None, "is not limited", "no está limitado"),
        (2, 2, "2 seats of 2 are still free", "Quedan 2 plazas libres de 2"),
        (1, 2, "1 seat of 2 is still free", "Queda 1 plaza libre de 2"),
        (1, 1, "1 seat of 1 is still free", "Queda 1 plaza libre de 1"),
        (0, 1, "The seat of Belize is taken", "La plaza de Belize está ocupada"),
        (0, 2, "Both seats of Belize are taken", "Las dos plazas de Belize están ocupadas"),
        (0, 3, "All 3 seats of Belize are taken", "Las 3 plazas de Belize están ocupadas"),
        (-1, 2, "Both seats of Belize are taken", "Las dos plazas de Belize están ocupadas"),
    ],
)
def test_how_many_seats_are_left(free, limit, said, dicho):
    for language, words in (("en", said), ("es", dicho)):
        with translation.override(language):
            assert words in seats_left("Belize", free=free, limit=limit)


@pytest.mark.parametrize(
    ("verb", "reason", "why"),
    [
        (Verb.REJECT, "You are no official.", "You are no official."),
        (Verb.MOVE, "", ""),
        # about the order among several people: said to colleagues alone
        (Verb.REORDER, "Ana Coc is a minister.", ""),
        (Verb.WITHDRAW_OFFER, "Ana Coc is a minister.", ""),
        (Verb.OFFER, SystemReason.SEAT_OFFERED, ""),
        (Verb.LET_PASS, SystemReason.OFFER_EXPIRED, ""),
        (Verb.ASK_AGAIN, SystemReason.LETTER_CHANGED, SystemReason.LETTER_CHANGED.label),
    ],
)
def test_a_reason_is_told_where_it_is_about_the_reader(verb, reason, why):
    assert history_words(verb=verb, to_status="submitted", reason=reason) == (HISTORY[verb], why)


def test_a_step_without_a_verb_is_told_by_its_status():
    assert history_words(verb="", to_status="rejected", reason="No official.") == (
        PLAIN_WORDS["rejected"],
        "No official.",
    )
