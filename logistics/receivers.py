"""What logistics does when registration speaks: decides anew, and answers for its parts of pages and letters."""

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rcm_portal.output.i18n import localized
from registration import signals
from registration.enums import APPROVED, ENDED
from registration.models import Delegation, Workshop

from . import data_receivers
from .documents.who_pays import who_pays_html
from .enums import BenefitKind, Reason, Unit
from .host_lists import files as host_files
from .models import Entitlement, TravelRules
from .queries import entitlements as queries
from .services import decisions, history, travel_needs
from .tickets import buyers, itinerary
from .tickets import files as ticket_files

# A change of one of these may change who is entitled.
DECIDING_FIELDS = {"delegation", "head_of_delegation", "role"}


def landing_panel(sender, *, workshop, **kwargs):
    """Who pays for what, on the workshop's page."""
    html = who_pays_html(workshop)
    if not html:
        return None
    body = render_to_string(
        "logistics/partials/landing_panel.html", {"workshop": workshop, "table_html": html}
    )
    return signals.Panel(order=30, anchor="who-pays", title=_("Who pays for what"), html=body)


def delegate_panel(sender, *, delegate, token, **kwargs):
    """What this delegate gets, with the reason and the clause."""
    if delegate.status in ENDED:
        return None
    lines = queries.benefits_of([delegate])[delegate.pk]
    if not lines:
        return None
    html = render_to_string(
        "logistics/partials/delegate_panel.html",
        {
            "lines": lines,
            "delegate": delegate,
            "approved": delegate.status in APPROVED,
            "workshop": delegate.workshop,
        },
    )
    return signals.Panel(order=30, anchor="benefits", title=_("What is paid for you"), html=html)


def quantity_in_words(quantity: int, unit: str) -> str:
    """ "2 nights" in the active language; a service, which nobody counts, is just included."""
    words = {
        Unit.NIGHT: ngettext("%(count)d night", "%(count)d nights", quantity),
        Unit.MEAL: ngettext("%(count)d meal", "%(count)d meals", quantity),
        Unit.RETURN_TICKET: ngettext("%(count)d return ticket", "%(count)d return tickets", quantity),
        Unit.DAY: ngettext("%(count)d day", "%(count)d days", quantity),
        Unit.SERVICE: _("included"),
    }
    return words[unit].replace("%(count)d", str(quantity))


def travel_owed(sender, *, delegates, **kwargs):
    """Travel data are asked of everybody who is approved."""
    return {
        pk: [
            signals.Owed(
                code="travel",
                label=gettext_lazy("Tell us how you travel"),
                done=not owed,
                url_name="logistics:travel",
                help=gettext_lazy("Flight, room, visa, and whom to call in an emergency."),
            )
        ]
        for pk, owed in travel_needs.open_travel(delegates).items()
    }


def travel_panel(sender, *, delegate, token, **kwargs):
    """The flights of an issued ticket, and the way to the travel data."""
    if delegate.status not in APPROVED:
        return None
    context = {
        "workshop": delegate.workshop,
        "token": token,
        "itinerary": itinerary.itinerary_of(delegate),
        "need": travel_needs.need_of(delegate),
    }
    html = render_to_string("logistics/partials/travel_panel.html", context)
    return signals.Panel(order=35, anchor="travel", title=_("Your journey"), html=html)


def letter_benefits(sender, *, delegates, language, **kwargs):
    """The benefits table of letters, in the letter's language."""
    with translation.override(language):
        found = queries.benefits_of(delegates, language)
        return {
            pk: [
                signals.LetterBenefit(
                    name=localized(line.benefit, "name", language),
                    payer=localized(line.benefit.payer, "name", language),
                    quantity=quantity_in_words(line.benefit.quantity, line.benefit.unit),
                    granted=line.granted,
                    reason=line.reason,
                )
                for line in lines
            ]
            for pk, lines in found.items()
        }


def flight_entitled(sender, *, delegations, **kwargs):
    """Whether a ticket is bought for the people of each delegation, by the rule."""
    answers: dict[int, bool] = {}
    by_workshop: dict[int, list[Delegation]] = {}
    for delegation in delegations:
        by_workshop.setdefault(delegation.workshop_id, []).append(delegation)
    for workshop in Workshop.objects.filter(pk__in=by_workshop):
        loaded = queries.load_rules(workshop)
        flights = [benefit for benefit in loaded.benefits if benefit.kind == BenefitKind.AIR_TICKET]
        for delegation in by_workshop[workshop.pk]:
            answers[delegation.pk] = any(
                loaded.party_decision(benefit, delegation.party_id).covered for benefit in flights
            )
    return answers


def entry_rules(sender, *, workshop, **kwargs):
    """The dated table of who needs a visa for the workshop's country, in the active language."""
    travel = TravelRules.objects.filter(workshop=workshop).exclude(destination="").first()
    if travel is None:
        return None
    return signals.EntryRules(
        destination=travel.destination,
        rules=tuple(travel.visa_rules()),
        stand_ins=tuple(travel.waived_by),
        transit=tuple(travel.transit_countries),
        texts={
            name: localized(travel, f"{name}_text")
            for name in ("required", "exempt", "official", "transit", "validity")
        },
        confirmed=travel.confirmed,
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


def connect() -> None:
    """Called from the app's `ready`."""
    for signal, receiver in (
        (signals.landing_panels, landing_panel),
        (signals.delegate_panels, delegate_panel),
        (signals.delegate_panels, travel_panel),
        (signals.owed_items, travel_owed),
        (signals.letter_benefits, letter_benefits),
        (signals.flight_entitled, flight_entitled),
        (signals.entry_rules, entry_rules),
        (signals.status_changed, status_changed),
        (signals.details_changed, details_changed),
        (signals.personal_data_destroyed, personal_data_destroyed),
    ):
        signal.connect(receiver, dispatch_uid=f"logistics.{receiver.__name__}")
    data_receivers.connect()
