"""A mistyped address is put right at once and holds no second seat; who asks learns nothing about another address."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from rcm_portal.models import OutgoingMail
from registration import services
from registration.enums import SystemReason
from registration.models import Delegate, PassportCopy, RegistrationDraft
from registration.rules.workflow import Verb
from registration.services.addresses import AddressSettled, correct_address, end_mistyped
from registration.services.seat_sweep import tend_seats
from registration.services.transitions import DELEGATE, SYSTEM, staff, take_step
from tests.acceptance.test_seats import at_once
from tests.factories import IN_TIME, DelegateFactory, DelegationFactory, PartyFactory, PassportFactory
from tests.registration.forms import REGISTER, filled_in, person
from tests.registration.pages import delegation_page, nomination_page, page
from tests.strict import LintingClient

DONE = "/en/imrf-2022/register/done/"
WRONG = "/en/imrf-2022/register/done/address/"
TYPO, RIGHT, TAKEN = "maria@exmaple.org", "maria@example.org", "taken@example.org"


@pytest.fixture
def belize(db, in_time):
    return DelegationFactory()


@pytest.fixture
def taken(belize):
    other = DelegationFactory(party=PartyFactory(code="CRI"))
    return DelegateFactory(delegation=other, email=TAKEN)


def mails(to: str) -> list[str]:
    return list(OutgoingMail.objects.filter(to=to).order_by("pk").values_list("kind", flat=True))


def said(answer) -> str:
    """A page without what is random in it."""
    return re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", answer.content.decode())


class TestOnTheDonePage:
    def test_the_right_address_takes_the_place_and_the_old_link_ends(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO))
        old = page(Delegate.objects.get())
        answer = client.post(WRONG, {"email": RIGHT})
        delegate = Delegate.objects.get()
        assert answer["Location"] == DONE and RIGHT in client.get(DONE).content.decode()
        assert (delegate.email, delegate.email_confirmed_at, delegate.seat_number) == (RIGHT, None, 1)
        assert client.get(old).status_code == 410 and client.get(page(delegate)).status_code == 200
        assert mails(RIGHT) == ["registered"] and mails(TYPO) == ["registered", "address_changed"]
        assert RIGHT not in OutgoingMail.objects.get(kind="address_changed").text

    def test_nothing_false_is_said_of_a_registration(self, client, belize, taken):
        client.post(REGISTER, filled_in(email=TAKEN))
        shown = client.get(DONE).content.decode()
        assert f"We have written to <strong>{TAKEN}</strong>" in shown
        assert "arrived" not in shown

    def test_another_browser_cannot(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO))
        assert LintingClient().post(WRONG, {"email": RIGHT})["Location"] == "/en/imrf-2022/link/"
        assert Delegate.objects.get().email == TYPO

    def test_an_hour_later_it_cannot(self, client, belize, in_time):
        client.post(REGISTER, filled_in(email=TYPO))
        in_time.shift(timedelta(minutes=61))
        client.post(WRONG, {"email": RIGHT})
        assert Delegate.objects.get().email == TYPO

    def test_a_confirmed_address_is_changed_on_the_own_page_only(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO))
        services.confirm_email(delegate=Delegate.objects.get(), now=IN_TIME)
        answer = client.post(WRONG, {"email": RIGHT})
        assert answer.status_code == 400 and "confirmed or changed meanwhile" in answer.content.decode()
        assert Delegate.objects.get().email == TYPO

    @pytest.mark.parametrize("email", ["", "nobody", "a@b"])
    def test_what_is_no_address_is_told_beside_the_field(self, client, belize, email):
        client.post(REGISTER, filled_in(email=TYPO))
        answer = client.post(WRONG, {"email": email})
        assert answer.status_code == 400 and list(answer.context["form"].errors) == ["email"]
        assert Delegate.objects.get().email == TYPO

    def test_opening_its_address_leads_to_the_page(self, client, belize):
        assert client.get(WRONG)["Location"] == "/en/imrf-2022/link/"
        client.post(REGISTER, filled_in(email=TYPO))
        assert client.get(WRONG)["Location"] == DONE

    def test_it_is_limited(self, client, belize, settings):
        settings.RATE_LIMITS = True
        client.post(REGISTER, filled_in(email=TYPO))
        answers = [client.post(WRONG, {"email": f"n{number}@example.org"}).status_code for number in range(7)]
        assert answers == [302] * 5 + [429] * 2

    def test_a_form_with_a_taken_address_is_kept_and_registers_with_the_right_one(
        self, client, belize, taken
    ):
        client.post(REGISTER, filled_in(email=TAKEN))
        assert Delegate.objects.count() == 1 and RegistrationDraft.objects.count() == 1
        client.post(WRONG, {"email": RIGHT})
        delegate = Delegate.objects.get(email=RIGHT)
        assert (delegate.surnames, delegate.email_confirmed_at) == ("Núñez Peña", None)
        assert delegate.consent_at == IN_TIME and PassportCopy.objects.get().delegate == delegate
        assert not RegistrationDraft.objects.exists()
        assert mails(TAKEN) == ["already_registered"] and mails(RIGHT) == ["registered"]

    def test_the_kept_form_is_gone_after_an_hour(self, client, belize, taken, in_time):
        client.post(REGISTER, filled_in(email=TAKEN))
        draft = RegistrationDraft.objects.get()
        assert draft.kept_until == IN_TIME + timedelta(hours=1)

    def test_where_the_seats_went_meanwhile_the_right_address_gets_the_form(self, client, belize, taken):
        client.post(REGISTER, filled_in(email=TAKEN))
        DelegateFactory.create_batch(2, delegation=belize)
        assert client.post(WRONG, {"email": RIGHT})["Location"] == DONE
        assert mails(RIGHT) == ["draft"]

    @pytest.mark.parametrize("first", ["first@example.org", TAKEN])
    @pytest.mark.parametrize("second", ["other@example.org", "known@example.org"])
    def test_who_has_which_address_is_never_told(self, belize, taken, first, second):
        """Each way answers alike, down to the length of the cookie."""
        DelegateFactory(delegation=taken.delegation, email="known@example.org")
        novel = self.answers("novel@example.org", "final@example.org")
        this = self.answers(first, second)
        assert this == novel

    def answers(self, *addresses) -> list:
        client, seen = LintingClient(), []
        for number, email in enumerate([*addresses, RIGHT]):
            data = {"email": email} if number else filled_in(email=email)
            answer = client.post(WRONG if number else REGISTER, data)
            shown = client.get(DONE)
            seen.append(
                (
                    answer.status_code,
                    answer.get("Location"),
                    sorted(answer.cookies),
                    said(shown).replace(email, "…"),
                    len(client.cookies["registered"].value),
                )
            )
        Delegate.objects.exclude(email__in=(TAKEN, "known@example.org")).delete()
        RegistrationDraft.objects.all().delete()
        return seen

    def test_corrected_to_a_taken_address_it_holds_no_seat_and_comes_back_with_another(
        self, client, belize, taken
    ):
        client.post(REGISTER, filled_in(email=TYPO))
        client.post(WRONG, {"email": TAKEN})
        delegate = Delegate.objects.get(email=TYPO)
        assert (delegate.status, delegate.seat_number) == ("cancelled", None)
        assert mails(TAKEN) == ["already_registered"] and mails(TYPO) == ["registered", "address_changed"]
        client.post(WRONG, {"email": RIGHT})
        delegate.refresh_from_db()
        assert (delegate.status, delegate.email, delegate.seat_number) == ("submitted", RIGHT, 1)

    @pytest.mark.django_db(transaction=True)
    def test_of_two_corrections_at_once_one_counts(self, transactional_db):
        delegate = DelegateFactory(email=TYPO, email_confirmed_at=None)

        def correct(number):
            try:
                correct_address(delegate=delegate, version=0, email=f"right{number}@example.org", now=IN_TIME)
            except AddressSettled:
                return False
            return True

        assert sorted(at_once(5, correct)) == [False] * 4 + [True]
        delegate.refresh_from_db()
        assert delegate.link_version == 1 and OutgoingMail.objects.filter(kind="registered").count() == 1


@pytest.mark.parametrize(
    "state",
    [
        {"email_confirmed_at": IN_TIME},
        {"email_confirmed_at": None, "status": "approved", "approved_at": IN_TIME},
        {"email_confirmed_at": None, "status": "confirmed", "approved_at": IN_TIME},
    ],
)
def test_who_confirmed_the_address_or_was_decided_about_is_not_ended_for_another_ones_form(belize, state):
    delegate = DelegateFactory(delegation=belize, **state)
    end_mistyped(delegate=delegate, now=IN_TIME)
    after = Delegate.objects.get()
    assert (after.status, after.seat_number, after.link_version) == (delegate.status, 1, 0)
    assert not OutgoingMail.objects.exists()


def test_the_seat_of_who_is_ended_for_another_ones_form_is_offered_to_who_waits(belize):
    belize.seat_limit = 1
    belize.save()
    ended = DelegateFactory(delegation=belize, email=TYPO, email_confirmed_at=None)
    waiting = DelegateFactory(delegation=belize, status="waitlisted", waiting_position=1)
    end_mistyped(delegate=ended, now=IN_TIME)
    waiting.refresh_from_db()
    assert waiting.seat_number == 1 and waiting.seat_offer_until is not None


@pytest.mark.parametrize(("number", "status"), [("P7654321", "cancelled"), ("P1111111", "submitted")])
def test_an_unconfirmed_registration_of_the_same_passport_alone_is_let_go(belize, number, status):
    unconfirmed = DelegateFactory(delegation=belize, email=TYPO, email_confirmed_at=None, passport=None)
    confirming = DelegateFactory(delegation=belize, email=RIGHT, email_confirmed_at=None, passport=None)
    PassportFactory(delegate=unconfirmed, number=number)
    PassportFactory(delegate=confirming, number="P7654321")
    services.confirm_email(delegate=confirming, now=IN_TIME)
    unconfirmed.refresh_from_db()
    assert unconfirmed.status == status


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        (SYSTEM, SystemReason.EMAIL_NOT_CONFIRMED),
        (SYSTEM, SystemReason.SUBSTITUTED),
        (staff(None), SystemReason.REGISTERED_TWICE),
        (DELEGATE, ""),
    ],
)
def test_a_registration_that_ended_for_another_reason_is_not_brought_back_by_another_address(
    belize, by, reason
):
    delegate = DelegateFactory(delegation=belize, email=TYPO, email_confirmed_at=None)
    take_step(delegate, Verb.CANCEL, by=by, now=IN_TIME, reason=reason)
    with pytest.raises(AddressSettled):
        correct_address(delegate=delegate, version=0, email=RIGHT, now=IN_TIME)
    after = Delegate.objects.get()
    assert (after.status, after.email, after.seat_number) == ("cancelled", TYPO, None)


class TestTheFormAgain:
    def test_the_same_person_from_the_same_browser_takes_no_second_seat(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO, position="Clerk"))
        client.post(REGISTER, filled_in(email=RIGHT, position="Director"))
        delegate = Delegate.objects.get()
        assert (delegate.email, delegate.position, delegate.seat_number) == (RIGHT, "Director", 1)
        assert PassportCopy.objects.count() == 1
        assert mails(TYPO) == ["registered", "address_changed"] and mails(RIGHT) == ["registered"]

    def test_the_same_name_without_a_passport_is_the_same_person(self, client, belize):
        without = {"passport": None, "passport_number": None, "passport_expiry": None, "passport_later": "on"}
        client.post(REGISTER, filled_in(email=TYPO, **without))
        client.post(REGISTER, filled_in(email=RIGHT))
        delegate = Delegate.objects.get()
        assert (delegate.email, delegate.passport.number) == (RIGHT, "P1234567")

    @pytest.mark.parametrize("waiting", [{}, {"waiting_list": "on"}], ids=["no line", "line"])
    def test_who_took_the_last_seat_is_told_before_sending_that_it_stays(self, client, belize, waiting):
        DelegateFactory(delegation=belize)
        client.post(REGISTER, filled_in(email=TYPO))
        checked = client.post(REGISTER, filled_in(email=RIGHT, purpose="check", **waiting))
        assert checked.status_code == 200, checked.context["form"].errors
        assert "You have a seat from that moment." in checked.content.decode()
        assert "waiting list, and" not in checked.content.decode()
        client.post(REGISTER, {**dict(checked.context["sent"])})
        assert Delegate.objects.get(email=RIGHT).seat_number == 2

    def test_who_stands_in_line_is_told_before_sending_that_they_wait(self, client, belize):
        seated = DelegateFactory.create_batch(2, delegation=belize)
        client.post(REGISTER, filled_in(email=TYPO, waiting_list="on"))
        services.cancel(delegate=seated[0], by=staff(None), reason="x", now=IN_TIME)  # the seat is on offer
        checked = client.post(REGISTER, filled_in(email=RIGHT, purpose="check"))
        assert checked.status_code == 200, checked.context["form"].errors
        assert "you go on its waiting list" in checked.content.decode()

    def test_a_form_whose_answer_was_lost_can_be_checked_again(self, client, belize):
        DelegateFactory(delegation=belize)
        form_key = str(uuid4())
        client.post(REGISTER, filled_in(form_key=form_key))
        client.cookies.pop("registered")  # came with the answer
        checked = client.post(REGISTER, filled_in(form_key=form_key, purpose="check"))
        assert checked.status_code == 200, checked.context["form"].errors

    def test_a_colleague_from_the_same_browser_is_another_registration(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO))
        client.post(REGISTER, filled_in(email=RIGHT, **person(1)))
        assert sorted(Delegate.objects.values_list("seat_number", flat=True)) == [1, 2]

    def test_a_confirmed_registration_is_not_touched(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO))
        services.confirm_email(delegate=Delegate.objects.get(), now=IN_TIME)
        client.post(REGISTER, filled_in(email=RIGHT))
        assert Delegate.objects.count() == 2 and Delegate.objects.get(email=TYPO).email_confirmed_at

    def test_a_known_passport_number_from_another_browser_opens_and_ends_nothing(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO))
        first = Delegate.objects.get()
        LintingClient().post(
            REGISTER, filled_in(email="thief@example.org", passport=None, passport_later="on")
        )
        before = (first.email, first.seat_number, first.link_version, first.status)
        first.refresh_from_db()
        assert (first.email, first.seat_number, first.link_version, first.status) == before
        assert mails(TYPO) == ["registered"]
        assert not PassportCopy.objects.exclude(delegate=first).exists()

    def test_with_a_taken_address_the_first_registration_holds_no_seat_any_more(self, client, belize, taken):
        client.post(REGISTER, filled_in(email=TYPO))
        assert client.post(REGISTER, filled_in(email=TAKEN))["Location"] == DONE
        assert Delegate.objects.get(email=TYPO).status == "cancelled"
        client.post(WRONG, {"email": RIGHT})
        assert Delegate.objects.get(email=RIGHT).seat_number == 1


class TestTheSamePassportFromAnotherBrowser:
    def test_once_an_address_is_confirmed_the_other_gives_its_seat_back(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO))
        LintingClient().post(REGISTER, filled_in(email=RIGHT))
        first, second = Delegate.objects.order_by("pk")
        client.post(page(second, "confirm"))
        first.refresh_from_db(), second.refresh_from_db()
        assert (first.status, first.seat_number, second.seat_number) == ("cancelled", None, 2)
        assert mails(TYPO) == ["registered", "let_go"]
        assert RIGHT not in OutgoingMail.objects.get(kind="let_go").text

    def test_the_seat_is_offered_to_whoever_is_first_in_line(self, client, belize):
        DelegateFactory(delegation=belize)
        client.post(REGISTER, filled_in(email=TYPO))
        LintingClient().post(REGISTER, filled_in(email=RIGHT, waiting_list="on"))
        client.post(page(Delegate.objects.get(email=RIGHT), "confirm"))
        assert Delegate.objects.get(email=RIGHT).seat_offer_until is not None
        assert mails(RIGHT) == ["registered", "seat_offered"]

    def test_whoever_was_ended_so_comes_back_by_confirming(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO))
        LintingClient().post(REGISTER, filled_in(email="thief@example.org"))
        client.post(page(Delegate.objects.get(email="thief@example.org"), "confirm"))
        client.post(page(Delegate.objects.get(email=TYPO), "confirm"))
        victim = Delegate.objects.get(email=TYPO)
        assert victim.status == "submitted" and victim.email_confirmed_at

    def test_a_confirmed_registration_and_another_delegation_stay(self, client, belize):
        DelegationFactory(party=PartyFactory(code="CRI"))
        client.post(REGISTER, filled_in(email=TYPO))
        services.confirm_email(delegate=Delegate.objects.get(), now=IN_TIME)
        LintingClient().post(REGISTER, filled_in(email="costa@example.org", delegation="CRI"))
        LintingClient().post(REGISTER, filled_in(email=RIGHT))
        client.post(page(Delegate.objects.get(email=RIGHT), "confirm"))
        assert not Delegate.objects.exclude(status="submitted").exists()

    def test_another_country_with_the_same_number_is_another_passport(self, client, belize):
        client.post(REGISTER, filled_in(email=TYPO, issuing_country="BLZ"))
        LintingClient().post(REGISTER, filled_in(email=RIGHT, issuing_country="GTM", nationality="GTM"))
        client.post(page(Delegate.objects.get(email=RIGHT), "confirm"))
        assert not Delegate.objects.exclude(status="submitted").exists()


def test_behind_the_delegations_link_it_is_said_at_once_beside_the_field(client, belize):
    DelegateFactory(delegation=belize, email=TAKEN, given_names="Ana", surnames="Peña")
    answer = client.post(delegation_page(belize, "delegation_register"), filled_in(email=TAKEN))
    assert answer.status_code == 400 and "Ana Peña" in answer.context["form"].errors["email"][0]
    assert answer.context["kept_upload"] is not None
    data = {"name": "Juan", "email": TAKEN, "language": "es"}
    answer = client.post(delegation_page(belize, "delegation_nominate"), data)
    assert answer.status_code == 400 and "Ana Peña" in answer.context["form"].errors["email"][0]


def test_a_nominated_person_who_is_registered_is_told_so_and_sent_the_link(client, belize, taken):
    client.may_leave = frozenset({"portal_outgoingmail"})
    nomination = services.nominate(delegation=belize, name="Juan", email=TAKEN, language="en", now=IN_TIME)
    answer = client.post(nomination_page(nomination), filled_in())
    assert answer.status_code == 400 and "already registered with this address" in str(
        answer.context["form"].errors["email"]
    )
    assert "already_registered" in mails(TAKEN)


def test_a_mistyped_address_still_lapses_after_two_days(client, belize, in_time):
    client.post(REGISTER, filled_in(email=TYPO))
    in_time.shift(timedelta(hours=25))
    tend_seats(now=IN_TIME + timedelta(hours=25))
    in_time.shift(timedelta(hours=24))
    tend_seats(now=IN_TIME + timedelta(hours=60))
    assert Delegate.objects.get().status == "cancelled"
