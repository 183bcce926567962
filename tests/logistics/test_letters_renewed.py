"""Every change of what is paid, whoever makes it and through whichever service, reaches the letters that tell it."""

from datetime import date

import pytest

from logistics.models import Benefit, Payer
from logistics.services import decisions
from logistics.services.rooms import decide_room, undo_decision
from registration import services
from registration.models import InvitationLetter, LetterDoubt
from registration.services.letters.renewing import SETTLED, renew_letters
from registration.services.transitions import staff
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory
from tests.registration.letters import letter_for, write_texts

from .factories import flight, room

pytestmark = pytest.mark.django_db
NIGHTS = ["2022-03-30", "2022-03-31"]


@pytest.fixture(autouse=True)
def _in_time(time_machine):
    time_machine.move_to(IN_TIME)


@pytest.fixture
def letters(db):
    """Two officials of a country with one flight and rooms; their letters hold."""
    belize = DelegationFactory()
    flight(belize.workshop, parties=["BLZ"], limit=1)
    room(belize.workshop, dates=NIGHTS).terms.update(income_groups=[])
    write_texts(belize.workshop)
    made = [letter_for(DelegateFactory(delegation=belize)) for _each in range(2)]
    renew_letters(now=IN_TIME)
    assert not LetterDoubt.objects.exists()
    return made


def another_name(letters):
    benefit = Benefit.objects.get(code="air_ticket")
    benefit.name_es = benefit.name_en = "Vuelo"
    benefit.save()


def another_payer(letters):
    benefit = Benefit.objects.get(code="air_ticket")
    benefit.payer = Payer.objects.get(code="SEGOB")
    benefit.save(update_fields=["payer"])


def payer_called_otherwise(letters):
    payer = Payer.objects.get(code="IOM")
    payer.name_es = payer.name_en = "OIM"
    payer.save()


def another_quantity(letters):
    benefit = Benefit.objects.get(code="accommodation")
    benefit.quantity = 1
    decisions.change_benefit(benefit=benefit, now=IN_TIME)


def other_nights_for_all(letters):
    benefit = Benefit.objects.get(code="accommodation")
    benefit.dates = ["2022-03-30"]
    benefit.save()


def a_benefit_less(letters):
    benefit = Benefit.objects.get(code="accommodation")
    benefit.entitlements.all().delete()
    benefit.delete()


def a_flight_more(letters):
    benefit = Benefit.objects.get(code="air_ticket")
    benefit.limit = 2
    decisions.change_benefit(benefit=benefit, now=IN_TIME)


def the_limit_lowered(letters):
    benefit = Benefit.objects.get(code="air_ticket")
    benefit.limit = 0
    decisions.change_benefit(benefit=benefit, now=IN_TIME)


def another_scope(letters):
    term = Benefit.objects.get(code="air_ticket").terms.get()
    term.parties = ["PAN"]
    term.save()
    decisions.decide(workshop=term.benefit.workshop, now=IN_TIME)


def one_room_for_one_night(letters):
    decide_room(delegate=letters[1].delegate, nights=[date(2022, 3, 30)], reason="-", by=None, now=IN_TIME)


def the_room_as_before(letters):
    one_room_for_one_night(letters)
    renewed(IN_TIME)
    _complete()
    undo_decision(delegate=letters[1].delegate)


def staff_prefer_the_other(letters):
    benefit = Benefit.objects.get(code="air_ticket")
    decisions.override(
        delegate=letters[1].delegate, benefit=benefit, granted=True, reason="-", by=None, now=IN_TIME
    )


def the_first_cancels(letters):
    services.cancel(delegate=letters[0].delegate, by=staff(None), now=IN_TIME, reason="-")


def _complete():
    from registration.services.letters.issuing import complete_letter

    for letter in InvitationLetter.objects.unfinished():
        complete_letter(letter_id=letter.pk, now=IN_TIME)


def renewed(now):
    """How many get a new version for what was noted alone."""
    assert renew_letters(now=now, in_turn=0) == 0
    return renew_letters(now=now + SETTLED, in_turn=0)


@pytest.mark.parametrize(
    ("change", "letters_renewed"),
    [
        (another_name, 1),
        (another_payer, 1),
        (payer_called_otherwise, 1),
        (another_quantity, 2),
        (other_nights_for_all, 2),
        (a_benefit_less, 2),
        (a_flight_more, 1),
        (the_limit_lowered, 1),
        (another_scope, 1),
        (one_room_for_one_night, 1),
        (the_room_as_before, 1),
        (staff_prefer_the_other, 2),
        (the_first_cancels, 1),
    ],
)
def test_what_is_paid_changes_and_the_letters_that_tell_it_are_made_anew(letters, change, letters_renewed):
    change(letters)
    assert renewed(IN_TIME) == letters_renewed
    assert not LetterDoubt.objects.exists()
    _complete()
    assert renew_letters(now=IN_TIME + 2 * SETTLED) == 0
