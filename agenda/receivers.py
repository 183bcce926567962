"""How the agenda takes part in registration's pages and hears of its changes."""

from datetime import date, datetime

from django.db.models.signals import post_delete, post_save
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import language_code
from registration import questions
from registration.enums import PracticalKind
from registration.models import Delegate, Workshop
from registration.signals import details_changed, personal_data_destroyed, status_changed

from .documents import own, page
from .models import Programme
from .queries import agendas
from .services import documents, editing


def connect() -> None:
    """Called once, when the apps are ready."""
    questions.landing_panels.register("agenda", landing_panel)
    questions.delegate_panels.register("agenda", delegate_panel)
    questions.kept_panels.register("agenda", kept_panel)
    questions.workshop_hours.register("agenda", hours)
    status_changed.connect(speaker_changed, dispatch_uid="agenda.status_changed")
    details_changed.connect(speaker_changed, dispatch_uid="agenda.details_changed")
    personal_data_destroyed.connect(speaker_changed, dispatch_uid="agenda.personal_data_destroyed")
    for signal in (post_save, post_delete):
        signal.connect(
            place_changed,
            sender="registration.PracticalPart",
            dispatch_uid=f"agenda.place_changed.{id(signal)}",
        )
    post_save.connect(
        workshop_changed, sender="registration.Workshop", dispatch_uid="agenda.workshop_changed"
    )


def landing_panel(*, workshop: Workshop) -> questions.Panel | None:
    """The agenda in short on the workshop's landing page; nothing before a version is published."""
    shown = agendas.shown(workshop.slug)
    if shown is None or shown.version is None:
        return None
    made = page.made(shown, language_code(get_language()))
    return questions.Panel(order=20, anchor="agenda", title=_("Agenda"), html=made.landing)


def delegate_panel(*, delegate: Delegate, token: str) -> questions.Panel | None:
    """The documents for confirmed delegates on the delegate's own page; nothing where there is none for them."""
    found = documents.for_delegate(delegate).select_related("item")
    if not found:
        return None
    html = render_to_string(
        "agenda/delegate_documents.html", {"documents": found, "delegate": delegate, "token": token}
    )
    return questions.Panel(order=60, anchor="documents", title=_("Documents"), html=html, folded=True)


def kept_panel(*, delegate: Delegate) -> questions.Panel:
    """The published agenda in short, with what is the delegate's own delegation's marked."""
    shown = agendas.shown(delegate.workshop.slug)
    html = own.own_agenda(
        shown if shown and shown.version else None,
        language_code(get_language()),
        party=delegate.delegation.party.code,
        person=str(delegate.public_id),
    )
    return questions.Panel(order=20, anchor="agenda", title=_("Agenda"), html=html)


def hours(*, workshop: Workshop) -> dict[date, tuple[datetime, datetime]] | None:
    """When the items of each day begin and end, by the published agenda, in its zone; None before there is one."""
    shown = agendas.shown(workshop.slug)
    if shown is None or shown.version is None:
        return None
    agenda = agendas.content(agendas.programme(shown).current)
    found = {}
    for each in agenda.days:
        instants = [at for item in each.items for at in (item.starts_at, item.ends_at) if at]
        if len(instants) > 1:
            found[each.date] = (agenda.local(min(instants)), agenda.local(max(instants)))
    return found


def speaker_changed(sender, delegate, **kwargs) -> None:
    """A delegate's name may appear or must vanish: the agenda pages that name them are made anew."""
    for programme in Programme.objects.filter(workshop=delegate.workshop_id):
        if str(delegate.public_id) in programme.named:
            editing.page_touched(programme.workshop_id)


def workshop_changed(sender, instance, created, update_fields, **kwargs) -> None:
    """A new workshop gets its programme. A changed one has its name, venue and zone on the agenda's page; giving out a
    letter number changes none of them."""
    if created:
        editing.programme_of(instance)
    elif update_fields is None or set(update_fields) - {"letters_issued"}:
        editing.page_touched(instance.pk)


def place_changed(sender, instance, **kwargs) -> None:
    """The street of the venue stands in the calendar."""
    if instance.kind == PracticalKind.VENUE:
        editing.page_touched(instance.workshop_id)
