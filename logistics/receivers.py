"""Logistics answers registration's questions, and decides again when data change that its rules read."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rcm_portal.output.i18n import localized
from registration import questions, signals
from registration.enums import APPROVED, ENDED
from registration.models import Delegate, Delegation, IncomeClassification, Party, Workshop
from registration.services.letters.doubts import doubt_all_letters, doubt_letters_of
from registration.services.seat_limit import lock_delegations
from registration.services.transitions import DELEGATE

from .documents import benefit_words
from .documents.who_pays import forget_tables, table_of
from .enums import BenefitKind, ChangeKind, Reason
from .host_lists import files as host_files
from .models import Benefit, Entitlement, Payer, RoomStay, ScopeTerm, TravelRules
from .queries import attendance, two_workshops
from .queries import entitlements as queries
from .services import decisions, history, travel_needs
from .tickets import buyers, itinerary
from .tickets import files as ticket_files

# A change of one of these may change who is entitled.
DECIDING_FIELDS = {"delegation", "head_of_delegation", "role"}


def landing_panel(*, workshop: Workshop) -> questions.Panel | None:
    """Who pays for what, on the workshop's page."""
    html, _sign = table_of(workshop)
    if not html:
        return None
    body = render_to_string(
        "logistics/partials/landing_panel.html", {"workshop": workshop, "table_html": html}
    )
    return questions.Panel(order=30, anchor="who-pays", title=_("Who pays for what"), html=body)


def delegate_panel(*, delegate: Delegate, token: str) -> questions.Panel | None:
    """What this delegate gets, with the reason and the clause."""
    if delegate.status in ENDED:
        return None
    lines = queries.benefits_of([delegate])[delegate.pk]
    if not lines:
        return None
    html = render_to_string(
        "logistics/partials/delegate_panel.html",
        {
            "card": benefit_words.card_of(lines),
            "groups": benefit_words.groups_of(lines),
            "delegate": delegate,
            "approved": delegate.status in APPROVED,
            "workshop": delegate.workshop,
        },
    )
    return questions.Panel(order=30, anchor="benefits", title=_("What is paid for you"), html=html)


def travel_owed(*, delegates: Sequence[Delegate]) -> dict[int, list[questions.Owed]]:
    """Travel data are asked of everybody who is approved."""
    return {
        pk: [
            questions.Owed(
                code="travel",
                label=gettext_lazy("Tell us how you travel"),
                done=not owed,
                url_name="logistics:travel",
                help=gettext_lazy("Flight, room, visa, and whom to call in an emergency."),
            )
        ]
        for pk, owed in travel_needs.open_travel(delegates).items()
    }


def travel_panel(*, delegate: Delegate, token: str) -> questions.Panel | None:
    """The flights of an issued ticket, and the way to the travel data. Folded while no flight is known."""
    if delegate.status not in APPROVED:
        return None
    flights = itinerary.itinerary_of(delegate)
    context = {
        "workshop": delegate.workshop,
        "token": token,
        "itinerary": flights,
        "need": travel_needs.need_of(delegate),
        "may_answer": travel_needs.may_answer(delegate, by=DELEGATE, now=timezone.now()),
    }
    html = render_to_string("logistics/partials/travel_panel.html", context)
    return questions.Panel(
        order=35, anchor="travel", title=_("Your journey"), html=html, folded=flights is None
    )


def journeys(*, delegates: Sequence[Delegate], language: str) -> dict[int, questions.Journey]:
    """When each is there and who buys the ticket."""
    return attendance.journeys_of(delegates, language)


def flight_entitled(*, delegations: Collection[Delegation]) -> dict[int, bool]:
    """Whether a ticket is bought for the people of each delegation, by the rule."""
    answers: dict[int, bool] = {}
    by_workshop: dict[int, list[Delegation]] = {}
    for delegation in delegations:
        by_workshop.setdefault(delegation.workshop_id, []).append(delegation)
    for loaded in queries.load_all_rules(Workshop.objects.filter(pk__in=by_workshop)):
        flights = [benefit for benefit in loaded.benefits if benefit.kind == BenefitKind.AIR_TICKET]
        for delegation in by_workshop[loaded.workshop.pk]:
            answers[delegation.pk] = any(
                loaded.party_decision(benefit, delegation.party_id).covered for benefit in flights
            )
    return answers


def has_room(*, delegates: Sequence[Delegate]) -> dict[int, bool]:
    """Who stands on the rooming list, by the funded nights, the delegate's wish and what staff decided."""
    if not delegates:
        return {}
    found = attendance.attendance_of(delegates[0].workshop, only=[delegate.pk for delegate in delegates])
    roomed = {guest.pk for guest in found.guests if guest.stay}
    return {delegate.pk: delegate.pk in roomed for delegate in delegates}


def entry_rules(*, workshops: Collection[int]) -> dict[int, questions.EntryRules]:
    """The dated table of who needs a visa for each workshop's country, in the active language."""
    known = TravelRules.objects.filter(workshop__in=workshops).exclude(destination="")
    return {travel.workshop_id: _entry_rules(travel) for travel in known}


def _entry_rules(travel: TravelRules) -> questions.EntryRules:
    return questions.EntryRules(
        destination=travel.destination,
        rules=tuple(travel.visa_rules()),
        stand_ins=tuple(travel.waived_by),
        transit=tuple(travel.transit_countries),
        texts={
            name: localized(travel, f"{name}_text")
            for name in ("required", "exempt", "official", "transit", "validity")
        },
        confirmed=travel.confirmed,
        passport_months=travel.passport_warning_months,
    )


def status_changed(sender, *, delegate, change, **kwargs):
    """Approval gives benefits, and its end takes them: decided in the transaction of the change itself."""
    if change.from_status in APPROVED or change.to_status in APPROVED or change.from_status in ENDED:
        decisions.decide(workshop=delegate.workshop, now=change.at, delegations=[delegate.delegation_id])
    if change.to_status in ENDED and change.from_status in APPROVED:
        buyers.tell_of_refund(delegate=delegate)


def details_changed(sender, *, delegate, fields, now=None, **kwargs):
    """Another delegation, role or head of delegation: who comes first may change, in the old delegation as well. Another
    name or passport: whoever has booked for it is told."""
    now = now or timezone.now()
    buyers.tell_of_passenger(delegate=delegate, fields=fields, now=now)
    if not DECIDING_FIELDS & set(fields):
        return
    left = set(Entitlement.objects.filter(delegate=delegate).values_list("delegation_id", flat=True))
    decisions.decide(workshop=delegate.workshop, now=now, delegations=[delegate.delegation_id])
    for delegation_id in sorted(left - {delegate.delegation_id}):
        decisions.decide(workshop=delegate.workshop, now=now, delegations=[delegation_id])


def passport_destroyed(sender, *, delegate, **kwargs):
    """A passport went alone, because its registration ended: so go the lists that hold its number, and the travel needs."""
    travel_needs.destroy_needs(delegate)
    ticket_files.destroy_passport_of(delegate=delegate, now=timezone.now())


def personal_data_destroyed(sender, *, delegate, **kwargs):
    """Travel needs can reveal religion or health: they go first. Then every file that names this person: the ticket lists
    that went out, those that came back, the host's lists, the itineraries. What a ticket cost stays, and that staff gave a reason for a decision, but not their words."""
    travel_needs.destroy_needs(delegate)
    ticket_files.destroy_of(delegate=delegate, now=timezone.now())
    host_files.destroy_of(delegate=delegate, now=timezone.now())
    overridden = Entitlement.objects.filter(delegate=delegate).exclude(override_reason="")
    overridden.filter(reason__in=(Reason.STAFF_GRANTED, Reason.STAFF_WITHDRAWN)).update(
        detail={"because": "—"}
    )
    overridden.update(override_reason="—")
    history.forget_person(delegate)


# ── The data that its rules read ─────────────────────────────────────────────────────────────────────────────────────
# Who edits such data may be named by an attribute `changed_by` of the row; `decided_elsewhere` means that a service takes
# the decisions itself.

DAYS = {"starts_on", "income_reference_date"}


def _workshops_to_come(party_id: int) -> list[Workshop]:
    """The workshops still to come or going on at which the party has a delegation."""
    return list(Workshop.objects.going_on(timezone.now()).filter(delegations__party=party_id).order_by("pk"))


def _begin(instance, workshops: list[Workshop]) -> None:
    if transaction.get_connection().in_atomic_block:  # else nothing would hold the locks
        lock_delegations(Delegation.objects.filter(workshop__in=workshops))
    instance.recording = history.Recording(workshops) if workshops else None


def _finish(instance, kind: ChangeKind) -> None:
    recording = instance.__dict__.pop("recording", None)
    if recording is None:
        return
    now = timezone.now()
    for workshop in recording.workshops:
        workshop.refresh_from_db(fields=["starts_on", "income_reference_date"])
        decisions.decide(workshop=workshop, now=now)
    recording.finish(kind=kind, by=getattr(instance, "changed_by", None), now=now)


def income_changing(sender, instance, **kwargs) -> None:
    if not getattr(instance, "decided_elsewhere", False):
        _begin(instance, _workshops_to_come(instance.party_id))


def income_changed(sender, instance, **kwargs) -> None:
    """A party's income group decides about its delegations at every workshop still to come or going on."""
    _finish(instance, ChangeKind.INCOME)


def workshop_changing(sender, instance, update_fields=None, **kwargs) -> None:
    """Another first day may be a day of other income groups."""
    if instance.pk is None or getattr(instance, "decided_elsewhere", False):
        return
    if update_fields is not None and not DAYS & set(update_fields):
        return
    was = Workshop.objects.filter(pk=instance.pk).first()
    if was is not None and was.income_date != instance.income_date:
        _begin(instance, [was])


def workshop_changed(sender, instance, **kwargs) -> None:
    _finish(instance, ChangeKind.WORKSHOP)


def party_changing(sender, instance, **kwargs) -> None:
    """A scope may name kinds of party."""
    if instance.pk and Party.objects.filter(pk=instance.pk).exclude(kind=instance.kind).exists():
        _begin(instance, _workshops_to_come(instance.pk))


def party_changed(sender, instance, **kwargs) -> None:
    _finish(instance, ChangeKind.PARTY)


def letters_say_otherwise(sender, instance, **kwargs) -> None:
    """Letters name the benefits, their payers and the nights: what is written of them may not hold any more."""
    match instance:
        case RoomStay():
            doubt_letters_of([instance.delegate_id])
        case Benefit():
            doubt_all_letters([instance.workshop_id])
        case Payer():
            doubt_all_letters(instance.benefits.values_list("workshop", flat=True))


def connect() -> None:
    """Called from the app's `ready`."""
    questions.landing_panels.register("logistics", landing_panel)
    questions.delegate_panels.register("logistics.benefits", delegate_panel)
    questions.delegate_panels.register("logistics.travel", travel_panel)
    questions.owed_items.register("logistics", travel_owed)
    questions.journeys.register("logistics", journeys)
    questions.letter_benefits.register("logistics", benefit_words.letter_benefits)
    questions.flight_entitled.register("logistics", flight_entitled)
    questions.entry_rules.register("logistics", entry_rules)
    questions.income_changes.register("logistics", two_workshops.income_changes)
    questions.has_room.register("logistics", has_room)
    for told, receiver in (
        (signals.status_changed, status_changed),
        (signals.details_changed, details_changed),
        (signals.passport_destroyed, passport_destroyed),
        (signals.personal_data_destroyed, personal_data_destroyed),
    ):
        told.connect(receiver, dispatch_uid=f"logistics.{receiver.__name__}")
    for signal, receiver, model in (
        (pre_save, income_changing, IncomeClassification),
        (pre_delete, income_changing, IncomeClassification),
        (post_save, income_changed, IncomeClassification),
        (post_delete, income_changed, IncomeClassification),
        (pre_save, workshop_changing, Workshop),
        (post_save, workshop_changed, Workshop),
        (pre_save, party_changing, Party),
        (post_save, party_changed, Party),
    ):
        name = "delete" if signal in (pre_delete, post_delete) else "save"
        signal.connect(receiver, sender=model, dispatch_uid=f"logistics.{receiver.__name__}.{name}")
    for model in (Benefit, ScopeTerm, Payer, Party, IncomeClassification, Delegation, Workshop):
        for signal in (post_save, post_delete):
            signal.connect(forget_tables, sender=model, dispatch_uid=f"logistics.forget.{model.__name__}")
    for model in (Benefit, Payer, RoomStay):
        for signal in (post_save, post_delete):
            signal.connect(
                letters_say_otherwise, sender=model, dispatch_uid=f"logistics.letters.{model.__name__}"
            )
