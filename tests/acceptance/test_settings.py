"""SET-1: each thing that staff can set about a workshop has an effect, seen here at a second value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import translation

from logistics.enums import ExportKind
from logistics.models import TravelRules
from logistics.services import decisions
from logistics.tickets.files import make_list
from rcm_portal.files.storage import read_private
from rcm_portal.models import OutgoingMail
from registration import services
from registration.documents.visa_letter import visa_draft
from registration.enums import DelegateStatus
from registration.models import Delegate, Delegation, InvitationLetter, Passport, RegistrationDraft, Workshop
from registration.queries.workshop_checks import check
from registration.services.letters.issuing import complete_letter
from registration.services.letters.visa_letters import complete_visa_letter, issue_visa_letter
from registration.services.retention import purge
from registration.services.summary import send_summaries
from registration.services.transitions import staff
from tests.acceptance.pdf_text import text_of as text_of_pdf
from tests.factories import (
    IN_TIME,
    DelegateFactory,
    DelegationFactory,
    RegistrationDraftFactory,
    WorkshopFactory,
)
from tests.loaded import note_loaded
from tests.logistics.factories import ready
from tests.registration.forms import edited, filled_in, passport_file, person
from tests.registration.letters import name_the_signatory
from tests.registration.pages import page
from tests.strict import LintingClient, body_of

SLUG = "imrf-2022"
BELIZE = "BLZ"
STAFF = staff(None)


def text_at(*addresses: str) -> str:
    """What these pages say to a stranger."""
    answers = [LintingClient().get(address) for address in addresses]
    return "\n".join(f"{answer.status_code} {body_of(answer).decode()}" for answer in answers)


def public(workshop: Workshop) -> str:
    there = f"/en/{workshop.slug}/", f"/es/{workshop.slug}/"
    return text_at(*there, *(f"{each}register/" for each in there), *(f"{each}agenda/" for each in there))


def own_page(workshop: Workshop) -> str:
    address = page(approved(workshop))
    return text_at(*(f"/{language}{address[3:]}" for language in ("es", "en")))


def delegation(workshop: Workshop) -> Delegation:
    return Delegation.objects.get(workshop=workshop, party__code=BELIZE)


def registered(workshop: Workshop, **facts) -> Delegate:
    facts = {"language": "en", "nationality": BELIZE, **facts}
    return DelegateFactory(delegation=delegation(workshop), submitted_at=IN_TIME, **facts)


def approved(workshop: Workshop) -> Delegate:
    there = Delegate.objects.filter(workshop=workshop, status=DelegateStatus.APPROVED).first()
    return there or services.approve(delegate=registered(workshop), by=STAFF, now=IN_TIME)


def letter(workshop: Workshop) -> InvitationLetter:
    found = approved(workshop).letters.get()
    complete_letter(letter_id=found.pk, now=IN_TIME)
    found.refresh_from_db()
    return found


def visa_letter(workshop: Workshop) -> str:
    """The text of a letter for the consulate, with single spaces."""
    delegate = registered(workshop, nationality="GTM")
    delegate = services.approve(delegate=delegate, by=STAFF, now=IN_TIME)
    draft = visa_draft(delegate, delegate.passport, now=IN_TIME)
    made = issue_visa_letter(delegate=delegate, seen=draft.digest, by=STAFF, now=IN_TIME)
    complete_visa_letter(letter_id=made.pk, now=IN_TIME)
    made.refresh_from_db()
    return " ".join(text_of_pdf(read_private(made.key)).split())


def status_after(hours: int) -> Callable[[Workshop], str]:
    """How a registration that nobody confirms stands after so many hours, half-time warnings and all."""

    def seen(workshop: Workshop) -> str:
        delegate = registered(workshop, email_confirmed_at=None)
        for hour in range(6, hours + 1, 6):
            services.tend_seats(now=IN_TIME + timedelta(hours=hour))
        delegate.refresh_from_db()
        return delegate.status

    return seen


def offered_until(workshop: Workshop) -> object:
    own = delegation(workshop)
    seated = [registered(workshop) for _seat in range(own.seat_limit)]
    waits = registered(workshop, status=DelegateStatus.WAITLISTED, waiting_position=1, seat_number=None)
    services.cancel(delegate=seated[0], by=STAFF, reason="ill", now=IN_TIME)
    waits.refresh_from_db()
    return waits.seat_offer_until


def passport_after(days: int) -> Callable[[Workshop], bool]:
    def seen(workshop: Workshop) -> bool:
        services.reject(delegate=registered(workshop), by=STAFF, reason="no", now=IN_TIME)
        purge(now=IN_TIME + timedelta(days=days))
        return Passport.objects.exists()

    return seen


def person_after(days: int) -> Callable[[Workshop], bool]:
    def seen(workshop: Workshop) -> bool:
        registered(workshop)
        purge(
            now=datetime.combine(workshop.ends_on, datetime.min.time(), workshop.zone) + timedelta(days=days)
        )
        return Passport.objects.exists()

    return seen


def draft_after(days: int) -> Callable[[Workshop], bool]:
    def seen(workshop: Workshop) -> bool:
        RegistrationDraftFactory(workshop=workshop, saved_at=IN_TIME)
        purge(now=IN_TIME + timedelta(days=days))
        return RegistrationDraft.objects.exists()

    return seen


def registers(**changes) -> Callable[[Workshop], tuple[int, int]]:
    def seen(workshop: Workshop) -> tuple[int, int]:
        answer = LintingClient().post(f"/en/{workshop.slug}/register/", filled_in(**changes))
        return answer.status_code, Delegate.objects.count()

    return seen


def registers_two(workshop: Workshop) -> int:
    for number in range(2):
        LintingClient().post(f"/en/{workshop.slug}/register/", filled_in(**person(number)))
    return Delegate.objects.count()


def uploads_taken(workshop: Workshop) -> int:
    delegate = registered(workshop)
    return [
        LintingClient().post(page(delegate, "edit"), edited(delegate, passport=passport_file())).status_code
        for _try in range(4)
    ].count(302)


def mail_states(workshop: Workshop) -> list[str]:
    letter(workshop)
    return sorted(OutgoingMail.objects.values_list("state", flat=True))


def summaries(hour: int) -> Callable[[Workshop], list]:
    def seen(workshop: Workshop) -> list:
        registered(workshop)
        morning = datetime(2022, 2, 10, hour, tzinfo=workshop.zone)
        send_summaries(now=morning)
        return list(OutgoingMail.objects.filter(kind="summary").values_list("to", "subject"))

    return seen


def empty_summary(workshop: Workshop) -> int:
    """Of a workshop with the same setting in which nothing is to be done."""
    other = WorkshopFactory(slug="quiet", summary_when_empty=workshop.summary_when_empty)
    DelegationFactory(workshop=other, seat_limit=None)
    Workshop.objects.exclude(pk=other.pk).update(summary_to="nobody")
    return send_summaries(now=datetime(2022, 2, 10, 12, tzinfo=other.zone))


def edited_on(day: date) -> Callable[[Workshop], int]:
    def seen(workshop: Workshop) -> int:
        delegate = registered(workshop)
        with time_machine.travel(datetime.combine(day, time(12), workshop.zone), tick=False):
            answer = LintingClient().post(page(delegate, "edit"), edited(delegate, phone="+501 227 2801"))
        return answer.status_code

    return seen


@dataclass(frozen=True)
class Setting:
    """Another value, and what is looked at with the first value and with this one."""

    value: Any
    seen: Callable[[Workshop], Any]
    said: bool = False  # whether it is words that are then read


def words(field: str, seen: Callable[[Workshop], str] = public) -> Setting:
    return Setting(f"Palabras de {field}", seen, said=True)


def text_of_letter(workshop: Workshop) -> str:
    made = letter(workshop)
    return repr((made.reference, made.sha256))


def findings(workshop: Workshop) -> str:
    return repr([str(found) for found in check(workshop)])


WORKSHOP = {
    **{
        f"{name}_{language}": words(name)
        for name in (
            "name",
            "short_name",
            "summary",
            "product",
            "participation",
            "organiser",
            "venue",
            "city",
        )
        for language in ("es", "en")
    },
    **{
        f"{name}_{language}": words(name, visa_letter)
        for name in ("organiser_address", "host_contact")
        for language in ("es", "en")  # the Spanish letter shows the English where nothing else is written
    },
    "consulate_language": Setting("en", visa_letter),
    **{
        f"{name}_{language}": words(name)
        for name in ("transfers", "reimbursement")
        for language in ("es", "en")
    },
    "slug": Setting("another-2022", lambda workshop: text_at("/en/another-2022/")[:3]),
    "published": Setting(False, lambda workshop: text_at(f"/en/{workshop.slug}/")[:3]),
    "indexed": Setting(
        True,
        lambda workshop: (
            repr(LintingClient().get(f"/en/{workshop.slug}/").headers) + text_at(f"/en/{workshop.slug}/")
        ),
    ),
    "contact_email": Setting("other@example.org", public),
    "host": Setting(
        None,
        lambda workshop: (
            own_page(workshop) + public(workshop) + text_of_letter(workshop) + findings(workshop)
        ),
    ),
    "presidency": Setting(
        None,
        lambda workshop: (
            own_page(workshop) + public(workshop) + text_of_letter(workshop) + findings(workshop)
        ),
    ),
    "starts_on": Setting(date(2022, 3, 30), public),
    "ends_on": Setting(date(2022, 4, 2), edited_on(date(2022, 4, 2))),
    "income_reference_date": Setting(date(2018, 1, 1), findings),
    "time_zone": Setting("America/Panama", public),
    "zone_label_es": Setting("hora de prueba", public),
    "zone_label_en": Setting("test time", public),
    "deadline": Setting(IN_TIME, registers()),
    "passport_required_for": Setting(
        "flights", registers(delegation="MEX", passport=None, passport_number=None, passport_expiry=None)
    ),
    "email_confirmation_hours": Setting(24, status_after(36)),
    "seat_offer_hours": Setting(5, offered_until),
    "acceptance_days": Setting(40, lambda workshop: letter(workshop).accept_by),
    "retention_days": Setting(3, person_after(10)),
    "ended_passport_days": Setting(2, passport_after(4)),
    "publishes_participants": Setting(True, own_page),
    "shared_mailboxes": Setting(True, registers_two),
    "draft_days": Setting(2, draft_after(4)),
    "uploads_per_delegate": Setting(2, uploads_taken),
    "hold_mail": Setting(True, mail_states),
    "letter_prefix": Setting("PRUEBA", lambda workshop: letter(workshop).reference),
    "summary_to": Setting("nobody", summaries(12)),
    "summary_at": Setting("18:00", summaries(12)),
    "summary_language": Setting("en", summaries(12)),
    "summary_when_empty": Setting(True, empty_summary),
}


@pytest.fixture
def workshop(db, in_time):
    note_loaded()
    name_the_signatory()
    return Workshop.objects.get()


def looked(seen: Callable[[Workshop], Any], workshop: Workshop) -> Any:
    """What `seen` says of the workshop as it is stored; whatever it did is taken back."""
    with transaction.atomic():
        said = seen(Workshop.objects.get(pk=workshop.pk))
        transaction.set_rollback(True)
    return said


@pytest.mark.parametrize("name", WORKSHOP)
def test_set_1_each_setting_of_a_workshop_has_an_effect(workshop, name):
    setting = WORKSHOP[name]
    before = looked(setting.seen, workshop)
    assert getattr(workshop, name) != setting.value
    setattr(workshop, name, setting.value)
    workshop.save()
    after = looked(setting.seen, workshop)
    assert after != before
    if setting.said:
        assert setting.value in after


def test_set_1_no_setting_of_a_workshop_is_missing_here():
    staff_set = {field.name for field in Workshop._meta.concrete_fields if field.editable} - {"id"}
    assert staff_set == set(WORKSHOP)


# ── What applies to everybody who travels ────────────────────────────────────────────────────────────────────────────


def traveller(workshop: Workshop, party: str, **passport) -> Delegate:
    own = Delegation.objects.get(workshop=workshop, party__code=party)
    delegate = DelegateFactory(delegation=own, language="en", nationality=party)
    Passport.objects.filter(delegate=delegate).update(**passport)
    return services.approve(delegate=delegate, by=STAFF, now=IN_TIME)


def own_pages(workshop: Workshop) -> str:
    """Of people who need a visa, need none, need none by a visa that they hold, or travel on an official passport; the
    passport of the second lasts four months after the workshop."""
    people = [
        traveller(workshop, "GTM"),
        traveller(workshop, "BLZ", expires_on=date(2022, 8, 1)),
        traveller(workshop, "HND", visas_held=["USA"]),
        traveller(workshop, "NIC", kind="official"),
    ]
    there = [page(person) for person in people]
    return text_at(*(f"/{language}{address[3:]}" for address in there for language in ("es", "en")))


def wanted(workshop: Workshop) -> str:
    """The ticket-purchase list's rows."""
    ready(traveller(workshop, "GTM"))
    decisions.decide(workshop=workshop, now=IN_TIME)
    with translation.override("en"):
        return make_list(workshop=workshop, kind=ExportKind.CSV, by=None, now=IN_TIME)[1].decode()


TRAVEL = {
    **{
        f"{name}_{language}": words(name, own_pages)
        for name in (
            "required_text",
            "exempt_text",
            "official_text",
            "transit_text",
            "validity_text",
            "source",
        )
        for language in ("es", "en")
    },
    "destination": Setting("GTM", own_pages),
    "as_of": Setting(date(2022, 3, 2), own_pages),
    "confirmed": Setting(True, own_pages),
    "visa_required": Setting([], own_pages),
    "visa_exempt": Setting([], own_pages),
    "waived_by": Setting(["CAN"], own_pages),
    "transit_countries": Setting(["PAN"], lambda workshop: text_at(page(traveller(workshop, "GTM"), "edit"))),
    "passport_warning_months": Setting(2, own_pages),
    "outward_not_before": Setting(date(2022, 3, 28), wanted),
    "return_not_before": Setting(datetime(2022, 4, 1, 20, tzinfo=UTC), wanted),
}


@pytest.mark.parametrize("name", TRAVEL)
def test_set_1_each_rule_for_travelling_has_an_effect(workshop, name):
    setting, rules = TRAVEL[name], TravelRules.objects.get(workshop=workshop)
    before = looked(setting.seen, workshop)
    assert getattr(rules, name) != setting.value
    setattr(rules, name, setting.value)
    rules.save()
    after = looked(setting.seen, workshop)
    assert after != before
    if setting.said:
        assert setting.value in after


def test_set_1_no_rule_for_travelling_is_missing_here():
    staff_set = {field.name for field in TravelRules._meta.concrete_fields if field.editable}
    assert staff_set - {"id", "workshop"} == set(TRAVEL)
