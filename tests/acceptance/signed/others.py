"""Rows about logistics and the agenda."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from agenda.services import documents, editing
from agenda.services import notices as agenda_notices
from logistics.enums import ExportKind, HostListKind, ListFormat
from logistics.host_lists import files as host_files
from logistics.models import TravelNeed
from logistics.services import decisions, rooms, travel_needs, what_if
from logistics.tickets import files as ticket_files
from logistics.tickets import import_list
from registration.services.transitions import staff
from tests import accounts
from tests.logistics import sheets
from tests.registration.forms import PDF

from ..guards import funding, programme
from . import NOW, row

DAY = timedelta(days=1)


# Logistics


@row("logistics/services/decisions:override", "Entitlement.override_by", "RuleChange.by")
def _():
    benefit, [_first, second] = funding.decided(2, limit=1)
    return lambda by, now: decisions.override(
        delegate=second, benefit=benefit, granted=True, reason="x", by=by, now=now
    )


@row("logistics/services/decisions:pass_on", "Entitlement.override_by", "RuleChange.by")
def _():
    benefit, people = funding.decided(3)
    TravelNeed.objects.create(delegate=people[0], flight_plan="own", answered_at=NOW - DAY)
    decisions.decide(workshop=benefit.workshop, now=NOW - DAY)
    entitlement = funding.entitlement(people[0])
    return lambda by, now: decisions.pass_on(entitlement=entitlement, reason="x", by=by, now=now)


@row("logistics/services/decisions:clear_override", "RuleChange.by")
def _():
    benefit, [_first, second] = funding.decided(2, limit=1)
    funding.override(second, benefit)
    return lambda by, now: decisions.clear_override(delegate=second, benefit=benefit, by=by, now=now)


@row("logistics/services/decisions:change_benefit", "RuleChange.by")
def _():
    benefit, _people = funding.decided(2)
    benefit.limit = 1
    return lambda by, now: decisions.change_benefit(benefit=benefit, by=by, now=now)


@row("logistics/services/decisions:confirm", "Entitlement.confirmed_by")
def _():
    _benefit, [person] = funding.decided()
    entitlement = funding.entitlement(person)
    return lambda by, now: decisions.confirm(entitlements=[entitlement], by=by, now=now)


@row("logistics/services/rooms:decide_room", "RoomStay.decided_by")
def _():
    person = funding.approved()
    nights = [person.workshop.starts_on - DAY]
    return lambda by, now: rooms.decide_room(delegate=person, nights=nights, reason="x", by=by, now=now)


NEEDS = {"needs": {}, "details": {}, "passport": {}, "sensitive_consent": False}


@row("logistics/services/travel_needs:save_needs")
def _():
    """A registration's own data: what staff key in is signed by `enter_needs`."""
    person = funding.approved()
    return lambda by, now: travel_needs.save_needs(delegate=person, by=staff(by), now=now, **NEEDS)


@row("logistics/services/travel_needs:enter_needs", "Correction.by")
def _():
    person = funding.approved()
    return lambda by, now: travel_needs.enter_needs(
        delegate=person, what="journey", note="By telephone.", by=staff(by), now=now, **NEEDS
    )


@row("logistics/services/what_if:save", "RuleChange.by")
def _():
    benefit, _people = funding.decided(2)
    workshop = benefit.workshop
    proposal = what_if.Proposal(workshop.starts_on, workshop.ends_on + DAY, workshop.income_reference_date)
    shown = what_if.preview(workshop=workshop, proposal=proposal, now=NOW).seen
    return lambda by, now: what_if.save(
        workshop=workshop, proposal=proposal, seen=shown, by=by, note="x", now=now
    )


@row("logistics/tickets/files:make_list", "TicketExport.by")
def _():
    workshop = funding.decided()[0].workshop
    return lambda by, now: ticket_files.make_list(workshop=workshop, kind=ExportKind.CSV, by=by, now=now)


@row("logistics/tickets/import_list:hold", "TicketImport.by")
def _():
    workshop = sheets.flown_to()
    sheets.approved(workshop)
    content = sheets.filled_in(workshop)
    plan = sheets.plan(workshop, content)
    return lambda by, now: import_list.hold(workshop=workshop, content=content, plan=plan, by=by, now=now)


@row("logistics/host_lists/files:make_list", "HostExport.by")
def _():
    workshop = funding.decided()[0].workshop
    return lambda by, now: host_files.make_list(
        workshop=workshop, kind=HostListKind.ROOMING, file=ListFormat.CSV, by=by, now=now
    )


# The agenda


def _upload(name="a.pdf"):
    return documents.check_document(SimpleUploadedFile(name, PDF))


@row("agenda/services/documents:add_document", "AgendaDocument.uploaded_by")
def _():
    workshop = programme.note.draft()
    return lambda by, now: documents.add_document(
        workshop=workshop, upload=_upload(), title_es="Nota", title_en="Note", by=by, now=now
    )


@row("agenda/services/documents:replace_file", "AgendaDocument.uploaded_by")
def _():
    workshop = programme.note.draft()
    document = documents.add_document(
        workshop=workshop, upload=_upload(), title_es="Nota", title_en="Note", by=accounts.make_staff(), now=NOW - DAY
    )  # fmt: skip
    return lambda by, now: documents.replace_file(document=document, upload=_upload("b.pdf"), by=by, now=now)


@row("agenda/services/editing:publish", "AgendaVersion.published_by")
def _():
    workshop = programme.note.draft()
    return lambda by, now: editing.publish(workshop=workshop, by=by, now=now)


@row("agenda/services/notices:prepare", "AgendaNotice.prepared_by")
def _():
    workshop = programme.with_readers()
    changed = programme.published(workshop, title_en="Long lunch", title_es="Comida larga")
    return lambda by, now: agenda_notices.prepare(version=changed, by=by, now=now)
