"""Rows about letters for the consulate."""

from unittest import mock

from registration import services
from registration.documents.visa_letter import visa_draft
from registration.models import Delegate, Delegation, Passport, Workshop
from registration.services.letters import visa_letters
from tests.factories import IN_TIME, DelegateFactory
from tests.loaded import note_loaded
from tests.registration.letters import name_the_signatory

from . import OFFICER, row


def traveller() -> Delegate:
    """Somebody approved who needs a visa, at the workshop as it is shipped."""
    note_loaded()
    name_the_signatory()
    Workshop.objects.update(
        organiser_address_es="Calle de la Prueba 1",
        organiser_address_en="1 Test Street",
        host_contact_es="Ceremonial\n+52 55 0000 0000",
    )
    person = DelegateFactory(
        delegation=Delegation.objects.get(party__code="GTM"), nationality="GTM", passport__number="QX7654321"
    )
    services.approve(delegate=person, by=OFFICER, now=IN_TIME)
    return person


def seen(person) -> str:
    person = Delegate.objects.select_related("workshop__host", "delegation__party").get(pk=person.pk)
    return visa_draft(person, Passport.objects.filter(delegate=person).first(), now=IN_TIME).digest


def issue(person, digest=""):
    return visa_letters.issue_visa_letter(
        delegate=person, seen=digest or seen(person), by=OFFICER, now=IN_TIME
    )


@row("registration/letters/visa_letters:issue_visa_letter NotOwed")
def _():
    person = traveller()
    Passport.objects.update(number="")

    def with_a_number():
        Passport.objects.filter(delegate=person).delete()
        Passport.objects.create(delegate=person, number="QX7654321", expires_on="2027-05-01")
        issue(person)

    return lambda: issue(person), with_a_number


@row("registration/letters/visa_letters:issue_visa_letter SaysOther")
def _():
    person = traveller()
    before = seen(person)
    Delegate.objects.update(position="Minister")
    return lambda: issue(person, before), lambda: issue(person)


@row("registration/letters/visa_letters:_draft NotOwed")
def _():
    """Owed when it was issued, and not when a worker comes to make it: `complete_visa_letter` writes down why."""
    made = issue(traveller())
    Delegate.objects.update(status="rejected", seat_number=None)
    made = visa_letters._unfinished().get(pk=made.pk)

    def once_approved():
        Delegate.objects.update(status="approved", seat_number=1)
        assert visa_letters.complete_visa_letter(letter_id=made.pk, now=IN_TIME)

    return lambda: visa_letters._draft(made, IN_TIME), once_approved


@row("registration/letters/visa_letters:complete_visa_letter RuntimeError")
def _():
    made = issue(traveller())

    def complete():
        assert visa_letters.complete_visa_letter(letter_id=made.pk, now=IN_TIME)

    def while_it_changes_each_time():
        says, times = visa_letters.visa_draft, iter(range(100))

        def changing(*args, **kwargs):
            draft = says(*args, **kwargs)
            draft.says["position"] = str(next(times))
            return draft

        with mock.patch.object(visa_letters, "visa_draft", changing):
            complete()

    return while_it_changes_each_time, complete
