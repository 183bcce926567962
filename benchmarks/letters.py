"""Making letters: ours beside the best bare WeasyPrint render of the same HTML, alternating, and what memory does."""

import os
import statistics
import time

from benchmarks.figures import Figure
from benchmarks.portal import WORKSHOP, resident_megabytes

ROUNDS = 80
MEMORY_ROUNDS = 300


def run(bench) -> list[Figure]:
    from django.utils import timezone

    from registration import letters, services
    from registration.models import Delegation, InvitationLetter
    from registration.services.letters import acceptance_deadline
    from registration.services.steps import staff
    from tests.factories import DelegateFactory

    now = timezone.now()
    delegation = Delegation.objects.get(workshop__slug=WORKSHOP, party__code="BLZ")
    delegate = DelegateFactory(delegation=delegation, form_of_address="ms", submitted_at=now)
    services.approve(delegate=delegate, by=staff(None), now=now)
    letter = InvitationLetter.objects.select_related("workshop", "delegate__delegation__party").get(
        delegate=delegate
    )
    content = letters.letter_content(letter, accept_by=acceptance_deadline(letter.workshop, now), now=now)
    pdf, html = letters.letter_pdf(content), captured_html(letters, content)

    bare = bare_render(html)
    ours, floor = [], []
    for _round in range(ROUNDS):
        floor.append(seconds(bare))
        ours.append(seconds(lambda: letters.letter_pdf(content)))
    before = resident_megabytes(str(os.getpid()))
    for _round in range(MEMORY_ROUNDS):
        letters.letter_pdf(content)
    grown = resident_megabytes(str(os.getpid())) - before
    median, best = statistics.median(ours) * 1000, statistics.median(floor) * 1000
    return [
        Figure(
            "invitation letter as PDF/UA",
            median,
            "ms",
            best,
            "bare WeasyPrint, same HTML, everything shared",
            "< 1.1 × floor",
            median < 1.1 * best,
            f"{len(pdf) / 1000:.0f} kB, {len(content['benefits'])} benefits",
        ),
        Figure(f"memory grown by {MEMORY_ROUNDS} letters", grown, "MB", goal="< 5 MB", met=grown < 5),
    ]


def seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def captured_html(letters, content) -> str:
    """The HTML that `letter_pdf` hands to WeasyPrint."""
    seen = []
    render, letters.render_pdf = letters.render_pdf, lambda html, stylesheets: seen.append(html)
    try:
        letters.letter_pdf(content)
    finally:
        letters.render_pdf = render
    return seen[0]


def bare_render(html: str):
    """The best that WeasyPrint itself does: fetcher, font configuration and parsed stylesheet made once."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    from rcm_portal.pdf import static_file

    fonts, fetcher = FontConfiguration(), URLFetcher()
    sheet = weasyprint.CSS(
        filename=str(static_file("pdf/letter.css")), font_config=fonts, url_fetcher=fetcher
    )

    def render() -> bytes:
        document = weasyprint.HTML(string=html, url_fetcher=fetcher)
        return document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1")

    return render
