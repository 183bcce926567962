"""A change that matters (name, dates, benefits) makes a new version, voids the old one and asks for acceptance again."""

from datetime import timedelta

import pytest

from rcm_portal.models import OutgoingMail
from registration import services
from registration.models import Acceptance, Delegate, DetailChange, InvitationLetter, LetterDoubt, Workshop
from registration.questions import LetterBenefit, letter_benefits
from registration.services.detail_changes import settle_change
from registration.services.letters import renewing
from registration.services.letters.doubts import doubt_all_letters, doubt_letters_of
from registration.services.letters.issuing import complete_letter
from registration.services.letters.renewing import SETTLED, renew_letters
from registration.services.letters.signing import LetterOutdated, Origin, accept_letter
from registration.services.transitions import staff
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, WorkshopFactory
from tests.registration.letters import letter_for, write_texts

pytestmark = pytest.mark.django_db
LATER = IN_TIME + SETTLED


@pytest.fixture
def granted():
    """What the delegates are granted just now."""
    lines = [LetterBenefit("Boleto aéreo", "OIM", "1", True, "")]

    def tell(*, delegates, language):
        return {delegate.pk: list(lines) for delegate in delegates}

    letter_benefits.register("test", tell)
    yield lines
    letter_benefits.forget("test")


@pytest.fixture
def letter(belize, granted):
    write_texts(belize.workshop)
    return letter_for(DelegateFactory(delegation=belize))


def accept(letter, now=IN_TIME):
    return accept_letter(
        delegate=letter.delegate,
        sha256=letter.sha256,
        typed_name=letter.delegate.full_name,
        agreed=True,
        origin=Origin("203.0.113.7", "Firefox", "es"),
        now=now,
    )


def change_name(letter, granted):
    Delegate.objects.update(surnames="Otro Apellido")


def change_dates(letter, granted):
    workshop = Workshop.objects.get()
    Workshop.objects.update(ends_on=workshop.ends_on + timedelta(days=1))


def change_benefits(letter, granted):
    granted.append(LetterBenefit("Alojamiento", "SEGOB", "2 noches", True, ""))


@pytest.mark.parametrize("change", [change_name, change_dates, change_benefits])
@pytest.mark.parametrize("accepted", [False, True])
def test_what_matters_makes_a_new_version_to_be_accepted_again(letter, granted, change, accepted):
    if accepted:
        accept(letter)
    change(letter, granted)
    assert renew_letters(now=IN_TIME) == 0  # it may be put right at once
    assert renew_letters(now=LATER) == 1
    assert renew_letters(now=LATER) == 0
    old, new = InvitationLetter.objects.order_by("version")
    assert (old.number, old.version, old.voided_at) == (1, 1, LATER)
    assert (new.number, new.version, new.voided_at) == (1, 2, None)
    assert Delegate.objects.get().status == "approved"
    assert Acceptance.objects.count() == accepted  # both stay on record
    assert complete_letter(letter_id=new.pk, now=LATER)
    assert OutgoingMail.objects.filter(kind="approved").count() == 1
    assert OutgoingMail.objects.filter(kind="renewed").count() == 1
    assert renew_letters(now=LATER + SETTLED) == 0


def test_a_change_that_is_put_right_makes_no_letter(letter, granted):
    change_benefits(letter, granted)
    renew_letters(now=IN_TIME)
    letter.refresh_from_db()
    assert letter.outdated_since == IN_TIME
    granted.pop()
    assert renew_letters(now=LATER) == 0
    letter.refresh_from_db()
    assert (letter.outdated_since, letter.voided_at) == (None, None)


def test_a_letter_that_no_longer_holds_cannot_be_accepted(letter, granted):
    change_benefits(letter, granted)
    with pytest.raises(LetterOutdated):
        accept(letter)
    assert not Acceptance.objects.exists()


def test_what_is_not_granted_and_what_does_not_matter_makes_no_letter(letter, granted):
    granted.append(LetterBenefit("Desayuno", "SEGOB", "2", False, "No lo necesita."))
    Delegate.objects.update(phone="+502 2222 3333", dietary="vegetarian")
    renew_letters(now=IN_TIME)
    assert renew_letters(now=LATER) == 0


def test_letters_of_a_workshop_that_is_over_are_left_alone(letter, granted):
    change_benefits(letter, granted)
    over = IN_TIME + timedelta(days=365)
    renew_letters(now=over)
    assert renew_letters(now=over + SETTLED) == 0


def test_of_more_letters_than_are_looked_at_together_none_is_left_out(belize, granted, monkeypatch):
    monkeypatch.setattr(renewing, "AT_ONCE", 2)
    belize.seat_limit = 5
    belize.save()
    write_texts(belize.workshop)
    letters = [letter_for(delegate) for delegate in DelegateFactory.create_batch(5, delegation=belize)]
    change_benefits(letters[0], granted)
    renew_letters(now=IN_TIME)
    assert renew_letters(now=LATER) == 5
    assert not InvitationLetter.objects.current().filter(pk__in=[letter.pk for letter in letters]).exists()


@pytest.mark.parametrize("number", [1, 3])
def test_looking_at_letters_takes_a_constant_number_of_queries(
    belize, granted, number, django_assert_num_queries
):
    belize.seat_limit = 3
    belize.save()
    write_texts(belize.workshop)
    for delegate in DelegateFactory.create_batch(number, delegation=belize):
        letter_for(delegate)
    renew_letters(now=IN_TIME)
    # What is noted, what waited, how many there are, whose turn it is, these letters, and what is paid in logistics.
    with django_assert_num_queries(10):
        renew_letters(now=IN_TIME)
    doubt_all_letters([belize.workshop_id])
    doubt_letters_of(Delegate.objects.values_list("pk", flat=True))
    with django_assert_num_queries(12):
        renew_letters(now=IN_TIME)
    assert not LetterDoubt.objects.exists()


@pytest.mark.parametrize("number", [1, 20])
def test_nothing_noted_is_the_same_few_questions_for_any_number_of_workshops(
    granted, number, django_assert_num_queries
):
    for each in range(number):
        workshop = WorkshopFactory(slug=f"workshop-{each}")
        write_texts(workshop)
        letter_for(DelegateFactory(delegation=DelegationFactory(workshop=workshop)))
    renew_letters(now=IN_TIME)
    with django_assert_num_queries(2):
        renew_letters(now=IN_TIME, in_turn=0)


# ── What is looked at ────────────────────────────────────────────────────────────────────────────────────────────────


def correct_name(letter):
    services.update_details(
        delegate=letter.delegate,
        details={"surnames": letter.delegate.surnames.upper()},
        passport={},
        now=IN_TIME,
    )


def set_the_name_back(letter):
    correct_name(letter)
    renew_letters(now=IN_TIME, in_turn=0)
    assert renew_letters(now=LATER, in_turn=0) == 1
    complete_letter(letter_id=InvitationLetter.objects.current().get().pk, now=LATER)
    settle_change(change=DetailChange.objects.get(), agree=False, by=staff(None), now=LATER)


def move_the_last_day(letter):
    workshop = Workshop.objects.get()
    workshop.ends_on += timedelta(days=1)
    workshop.save()


def move_the_first_day(letter):
    workshop = Workshop.objects.get()
    workshop.starts_on -= timedelta(days=1)
    workshop.save(update_fields=["starts_on"])


@pytest.mark.parametrize("change", [correct_name, set_the_name_back, move_the_last_day, move_the_first_day])
def test_a_change_is_noted_by_whoever_makes_it_and_renews_what_it_concerns(letter, granted, change):
    renew_letters(now=IN_TIME)
    change(letter)
    assert renew_letters(now=LATER, in_turn=0) == 0  # noted now, and left alone for a while
    assert renew_letters(now=LATER + SETTLED, in_turn=0) == 1
    assert not LetterDoubt.objects.exists()


def test_what_says_nothing_of_a_letter_is_not_noted(letter, granted):
    renew_letters(now=IN_TIME)
    workshop = Workshop.objects.get()
    workshop.letters_issued += 1
    workshop.save(update_fields=["letters_issued"])
    services.update_details(
        delegate=letter.delegate, details={"phone": "+502 2222 3333"}, passport={}, now=IN_TIME
    )
    assert not LetterDoubt.objects.exists()


def test_what_a_dead_worker_was_looking_at_is_looked_at_by_the_next(letter, granted, monkeypatch):
    correct_name(letter)
    with monkeypatch.context() as patched:
        patched.setattr(renewing, "_benefits", killed)
        with pytest.raises(Killed):
            renew_letters(now=IN_TIME, in_turn=0)
    assert LetterDoubt.objects.exists()
    renew_letters(now=IN_TIME, in_turn=0)
    with monkeypatch.context() as patched:  # the next one dies while it makes the new version
        patched.setattr(renewing, "reissue_letter", killed)
        with pytest.raises(Killed):
            renew_letters(now=LATER, in_turn=0)
    assert renew_letters(now=LATER, in_turn=0) == 1


class Killed(BaseException):
    """As when the process ends: nothing catches it."""


def killed(*_args, **_kwargs):
    raise Killed


def test_a_change_while_letters_are_looked_at_is_looked_at_the_next_time(letter, granted):
    """It came too late for this look, and its note stays."""
    doubt_letters_of([letter.delegate_id])
    before, looked = list(granted), []

    def tell_and_change(*, delegates, language):
        if not looked:
            looked.append(True)
            Delegate.objects.update(surnames="Otro Apellido")
            doubt_letters_of([letter.delegate_id])
        return {delegate.pk: before for delegate in delegates}

    letter_benefits.forget("test")
    letter_benefits.register("test", tell_and_change)
    renew_letters(now=IN_TIME, in_turn=0)
    assert InvitationLetter.objects.get().outdated_since is None
    renew_letters(now=IN_TIME, in_turn=0)
    assert InvitationLetter.objects.get().outdated_since == IN_TIME


def test_what_nobody_noted_is_found_in_turn(belize, granted):
    """A translation of a new version of the portal, a row that somebody corrected by hand."""
    belize.seat_limit = 3
    belize.save()
    write_texts(belize.workshop)
    for delegate in DelegateFactory.create_batch(3, delegation=belize):
        letter_for(delegate)
    renew_letters(now=IN_TIME)
    granted.append(LetterBenefit("Alojamiento", "SEGOB", "2 noches", True, ""))
    found = []
    for minute in range(3):
        renew_letters(now=IN_TIME + timedelta(minutes=minute), in_turn=1)
        found.append(InvitationLetter.objects.filter(outdated_since__isnull=False).count())
    assert found == [1, 2, 3]
