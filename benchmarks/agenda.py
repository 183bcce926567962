"""The agenda page, the calendar file and the programme under load, and how each grows from 20 to 400 items."""

import gzip
import urllib.request
from datetime import datetime, timedelta

from benchmarks.clients import load_page
from benchmarks.figures import Figure, seconds_per_call

SIZES = (20, 400)
STYLESHEET = "css/agenda-pdf.css"
KINDS = ("session", "session", "session", "break")


def run(bench) -> list[Figure]:
    workshops = {count: workshop_with(count) for count in SIZES}
    server = bench.server()
    server.start("/es/imrf-2022/agenda/")
    figures = [*loads(bench, server, workshops), *first_time(workshops), *programmes(workshops)]
    figures.append(editor_time(workshops))
    server.stop()
    return figures


def workshop_with(count: int):
    """A workshop like the preset's, with so many items over ten days, each with a presenter and every third with countries."""
    from agenda.models import AgendaItem, CountrySlot, Presenter
    from agenda.services import editing
    from registration.models import Delegation, Party, Workshop

    workshop = Workshop.objects.get(slug="imrf-2022")
    parties = list(Party.objects.order_by("code"))
    workshop.pk, workshop.slug = None, f"agenda-{count}"
    workshop.save(force_insert=True)
    Delegation.objects.bulk_create(Delegation(workshop=workshop, party=party) for party in parties)
    first = datetime.combine(workshop.starts_on, datetime.min.time(), workshop.zone) + timedelta(hours=8)
    per_day = max(count // 10, 1)
    for number in range(count):
        start = first + timedelta(days=number // per_day, minutes=15 * (number % per_day))
        item = AgendaItem.objects.create(
            workshop=workshop,
            key=f"item-{number}",
            kind=KINDS[number % len(KINDS)],
            starts_at=start,
            ends_at=start + timedelta(minutes=15),
            title_es=f"Presentación de los avances, desafíos y prioridades, parte {number}",
            title_en=f"Presentation of the progress, challenges and priorities, part {number}",
            description_es="Todos los países.",
            description_en="All countries.",
        )
        Presenter.objects.create(
            item=item, key="one", party=parties[number % len(parties)], role_es="Ponente", role_en="Speaker"
        )
        if number % 3 == 0:
            CountrySlot.objects.bulk_create(
                CountrySlot(item=item, party=party, position=position)
                for position, party in enumerate(parties[:6], start=1)
            )
    editing.publish(workshop=workshop, now=datetime.now(workshop.zone))
    return workshop


def loads(bench, server, workshops) -> list[Figure]:
    pages = [
        ("the note's 15 items", "imrf-2022"),
        *((f"{count} items", each.slug) for count, each in workshops.items()),
    ]
    figures = []
    for what, name in (("page", "agenda/"), ("calendar file", "agenda.ics")):
        for size, slug in pages:
            path = f"/es/{slug}/{name}"
            body = urllib.request.urlopen(server.address + path).read()
            load_page(server.address + path, seconds=2)
            measured = load_page(server.address + path)
            floor_server = bench.constant_server(body)
            floor_server.start("/")
            floor = load_page(floor_server.address + "/", seconds=4)
            floor_server.stop()
            aimed = slug == "imrf-2022" and what == "page"
            figures.append(
                Figure(
                    f"agenda {what}, {size}",
                    measured.per_second,
                    "/s",
                    floor.per_second,
                    f"the same {len(body) / 1000:.0f} kB as a constant",
                    "300/s" if aimed else "",
                    measured.per_second >= 300 and not measured.errors if aimed else None,
                    f"p95 {measured.p95_ms:.0f} ms, {queries_of(path)} query, {len(gzip.compress(body)) / 1000:.1f} kB "
                    f"compressed, {measured.errors} errors",
                )
            )
    return figures


def queries_of(path: str) -> int:
    """The number of queries of an answer whose version the process has made before."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        client.get(path)
    return len(caught)


def first_time(workshops) -> list[Figure]:
    """What the first reader of a version waits for."""
    from agenda.documents import page
    from agenda.queries import agendas

    figures = []
    for count, workshop in workshops.items():
        shown = agendas.shown(workshop.slug)

        def work(shown=shown):
            row = agendas.programme(shown)
            return page.make(row.workshop, row.current, "es")

        figures.append(
            Figure(f"agenda page made anew, {count} items", seconds_per_call(work, rounds=9) * 1000, "ms")
        )
    return figures


def programmes(workshops) -> list[Figure]:
    """agenda.pdf beside bare WeasyPrint with the same HTML, its fetcher, fonts and stylesheet shared as in the letters' floor."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    from agenda.documents.programme import programme_html, programme_pdf
    from agenda.queries import agendas
    from rcm_portal.output.pdf import static_file
    from registration.models import Workshop

    fonts, fetcher = FontConfiguration(), URLFetcher()
    sheet = weasyprint.CSS(filename=str(static_file(STYLESHEET)), font_config=fonts, url_fetcher=fetcher)
    figures = []
    everything = {15: Workshop.objects.get(slug="imrf-2022"), **workshops}
    for count, workshop in everything.items():
        row = agendas.programme(agendas.shown(workshop.slug))
        agenda = agendas.content(row.current)
        often = {"rounds": 1, "warm_up": 0} if count > 100 else {"rounds": 9}  # eleven seconds each
        html = programme_html(row.workshop, row.current, agenda, ("es", "en"))

        def bare(html=html):
            document = weasyprint.HTML(string=html, url_fetcher=fetcher)
            return document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1")

        def ours(row=row, agenda=agenda):
            return programme_pdf(row.workshop, row.current, agenda, ("es", "en"))

        floor = seconds_per_call(bare, **often)
        value = seconds_per_call(ours, **often)
        figures.append(
            Figure(
                f"programme side by side, {count} items",
                value * 1000,
                "ms",
                floor * 1000,
                "bare WeasyPrint, same HTML",
                "1.1 times" if count == 15 else "",
                value <= 1.1 * floor if count == 15 else None,
                "made by a worker before anybody asks" if count == 15 else "",
            )
        )
    return figures


def editor_time(workshops) -> Figure:
    """What staff wait for in the editor of the largest agenda."""
    from agenda.admin import editor
    from agenda.queries import agendas

    row = agendas.programme(agendas.shown(workshops[max(SIZES)].slug))
    return Figure(
        f"editor's data, {max(SIZES)} items",
        seconds_per_call(lambda: editor.context(row), rounds=3) * 1000,
        "ms",
    )
