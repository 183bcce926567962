"""The host's lists for 10 and for 10,000 delegates: seconds, and queries, which must be the same."""

import io

from benchmarks.figures import Figure
from benchmarks.tickets import NOW, analyze, crowd, timed

FEW = 10


def run(bench) -> list[Figure]:
    from django.db import transaction

    from logistics.services.decisions import decide

    with transaction.atomic():  # taken back at the end: the other cases want the workshop as it was
        workshop = crowd()
        decide(workshop=workshop, now=NOW)
        needs_and_tickets(workshop)
        analyze()
        figures = lists(workshop)
        transaction.set_rollback(True)
    return figures


def needs_and_tickets(workshop) -> None:
    """Everybody has answered, and flies out and back on a bought ticket."""
    from datetime import UTC, datetime, timedelta

    from logistics.models import Entitlement, Ticket, TicketSegment, TravelNeed
    from registration.models import Delegate

    people = Delegate.objects.filter(workshop=workshop, status="approved", travel_need__isnull=True)
    TravelNeed.objects.filter(delegate__workshop=workshop).update(answered_at=NOW)
    TravelNeed.objects.bulk_create(
        [TravelNeed(delegate_id=pk, answered_at=NOW) for pk in people.values_list("pk", flat=True)],
        batch_size=1000,
    )
    flights = Entitlement.objects.filter(
        benefit__workshop=workshop, benefit__kind="air_ticket", grant_number__isnull=False
    )
    tickets = Ticket.objects.bulk_create(
        [
            Ticket(entitlement_id=pk, status="issued", number=f"139{pk:010d}")
            for pk in flights.values_list("pk", flat=True)
        ],
        batch_size=1000,
    )
    eve = datetime(workshop.starts_on.year, workshop.starts_on.month, workshop.starts_on.day, tzinfo=UTC)
    segments = []
    for number, ticket in enumerate(tickets):
        for position, (origin, destination, days) in enumerate(
            (("GUA", "MEX", -1), ("MEX", "GUA", 2)), start=1
        ):
            departs = eve + timedelta(days=days, hours=14 + number % 8)
            segments.append(
                TicketSegment(
                    ticket=ticket,
                    position=position,
                    flight=f"AV{number % 9000 + 100}",
                    origin=origin,
                    destination=destination,
                    departs_at=departs,
                    departs_zone="America/Guatemala",
                    arrives_at=departs + timedelta(hours=2),
                    arrives_zone="America/Mexico_City",
                )
            )
    TicketSegment.objects.bulk_create(segments, batch_size=1000)


def lists(workshop) -> list[Figure]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from logistics.enums import HostListKind
    from logistics.host_lists import host_list
    from logistics.host_lists.files import marked_list, sheets
    from logistics.queries.attendance import attendance_of
    from rcm_portal.output.spreadsheets import write_xlsx
    from registration.models import Delegate

    few = list(
        Delegate.objects.filter(workshop=workshop, status="approved").values_list("pk", flat=True)[:FEW]
    )
    figures = []
    for kind in HostListKind:
        counts = []
        for only in (few, None):
            with CaptureQueriesContext(connection) as queries:
                made = host_list(kind, attendance_of(workshop, only=only))
            counts.append(len(queries))

        def write(kind=kind):
            found = host_list(kind, attendance_of(workshop))
            write_xlsx(sheets(marked_list(found, None)), io.BytesIO())

        read = timed(lambda kind=kind: host_list(kind, attendance_of(workshop)))
        figures.append(
            Figure(
                f"host's list “{kind}” of {len(made.codes)} delegates as XLSX",
                timed(write),
                "s",
                goal="the same queries at 10",
                met=counts[0] == counts[1],
                detail=f"{counts[0]} queries at {FEW}, {counts[1]} at {len(made.codes)}; reading alone {read:.2f} s",
            )
        )
    return figures
