"""Letters: on two processes beside the best bare WeasyPrint render of the same HTML, the seal, and a worker's memory.

Ours and the floor alternate in the same two processes, after each has made one of both: start-up is not counted.
"""

import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from benchmarks.figures import Figure, seconds_per_call
from benchmarks.portal import WORKSHOP, resident_megabytes

PROCESSES = 2
ROUNDS = 7
LETTERS = 25  # per process and round
WARM_UP, WORKER_LETTERS = 150, 500  # caches and glyphs fill up over the first hundred, then it stands still


def run(bench) -> list[Figure]:
    from django.utils import timezone

    from registration.models import Delegation

    now = timezone.now()
    delegation = Delegation.objects.get(workshop__slug=WORKSHOP, party__code="BLZ")
    letter = complete_one(delegation, now)
    return [*speed(letter.content), *seals(letter, now), memory(delegation.workshop, now)]


def complete_one(delegation, now):
    """A real letter with benefits and the signatory's signature, made and stored."""
    from registration import services
    from registration.models import InvitationLetter
    from registration.services.letters.drawn_signatures import signature_picture
    from registration.services.letters.issuing import complete_letter
    from registration.services.letters.signatories import set_signature
    from registration.services.transitions import staff
    from tests.factories import DelegateFactory
    from tests.sample_files import signature_png, uploaded

    picture = signature_picture(uploaded("signature.png", signature_png()))
    set_signature(workshop=delegation.workshop, content=picture, by=None, now=now)
    delegate = DelegateFactory(delegation=delegation, form_of_address="ms", submitted_at=now)
    services.approve(delegate=delegate, by=staff(None), now=now)
    letter = InvitationLetter.objects.get(delegate=delegate)
    complete_letter(letter_id=letter.pk, now=now)
    return InvitationLetter.objects.select_related("workshop", "delegate").get(pk=letter.pk)


def speed(content) -> list[Figure]:
    """Letters a second over two processes, the floor over the same two."""
    from registration.documents import letter as letters

    pdf, html = letters.letter_pdf(content), captured_html(letters, content)
    ours, floor = [], []
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"), initializer=set_up) as pool:
        for number in range(ROUNDS + 1):
            bare, own = rate(pool, partial(bare_letters, html)), rate(pool, partial(own_letters, content))
            if number:  # the first round warms up
                floor.append(bare)
                ours.append(own)
    median, best = statistics.median(ours), statistics.median(floor)
    return [
        Figure(
            "invitation letters a second on two processes",
            median,
            "/s",
            best,
            "bare WeasyPrint, same HTML, everything shared",
            "> floor / 1.1",
            median > best / 1.1,
            f"{len(pdf) / 1000:.0f} kB as PDF/UA, {len(content['benefits'])} benefits, with signature; "
            f"ours {min(ours):.1f} to {max(ours):.1f}, floor {min(floor):.1f} to {max(floor):.1f}",
        )
    ]


def set_up() -> None:
    import django

    django.setup()


def rate(pool, work) -> float:
    """Letters a second while every process makes LETTERS of them."""
    begin = time.perf_counter()
    for done in [pool.submit(work, LETTERS) for _process in range(PROCESSES)]:
        done.result()
    return PROCESSES * LETTERS / (time.perf_counter() - begin)


def own_letters(content, number: int) -> None:
    from registration.documents.letter import letter_pdf

    for _letter in range(number):
        letter_pdf(content)


def bare_letters(html: str, number: int) -> None:
    render = bare_render()
    for _letter in range(number):
        render(html)


_bare = []


def bare_render():
    """The best that WeasyPrint itself does: fetcher, font configuration and parsed stylesheet made once per process."""
    if _bare:
        return _bare[0]
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

    from rcm_portal.output.pdf import static_file

    fonts, fetcher = FontConfiguration(), URLFetcher()
    sheet = weasyprint.CSS(
        filename=str(static_file("pdf/letter.css")), font_config=fonts, url_fetcher=fetcher
    )

    def render(html: str) -> bytes:
        document = weasyprint.HTML(string=html, url_fetcher=fetcher)
        return document.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1")

    _bare.append(render)
    return render


def captured_html(letters, content) -> str:
    """The HTML that `letter_pdf` hands to WeasyPrint."""
    seen = []
    render, letters.render_pdf = letters.render_pdf, lambda html, stylesheets: seen.append(html)
    try:
        letters.letter_pdf(content)
    finally:
        letters.render_pdf = render
    return seen[0]


def seals(letter, now) -> list[Figure]:
    """Sealing an accepted letter with its record page, beside pyHanko signing the letter alone."""
    from io import BytesIO

    from django.conf import settings
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    from rcm_portal.files.storage import read_private
    from rcm_portal.output.seal import seal
    from rcm_portal.output.seal_files import write_seal
    from registration.documents.acceptance_record import record_page
    from registration.services.letters.signing import Origin, accept_letter

    certificate, key = settings.VAR_DIR / "seal" / "certificate.pem", settings.VAR_DIR / "seal" / "key.pem"
    write_seal(certificate=certificate, key=key, name="Benchmark", now=now, years=10)
    settings.SEAL_CERTIFICATE, settings.SEAL_KEY = str(certificate), str(key)
    acceptance = accept_letter(
        delegate=letter.delegate,
        sha256=letter.sha256,
        typed_name=letter.delegate.full_name,
        agreed=True,
        origin=Origin("203.0.113.7", "Mozilla/5.0 (X11; Linux x86_64)", "es"),
        now=now,
    )
    document = read_private(letter.key)
    signer = signers.SimpleSigner.load(settings.SEAL_KEY, settings.SEAL_CERTIFICATE)
    metadata = signers.PdfSignatureMetadata(field_name="Seal", md_algorithm="sha256")

    def sign_alone():
        signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(document)), metadata, signer=signer)

    whole = seconds_per_call(
        lambda: seal(document, record_page(acceptance), reason=letter.reference, now=now), rounds=15
    )
    page = seconds_per_call(lambda: record_page(acceptance), rounds=15)
    alone = seconds_per_call(sign_alone, rounds=15)
    return [
        Figure(
            "seal of an accepted letter",
            whole * 1000,
            "ms",
            alone * 1000,
            "pyHanko signing the letter alone",
            detail=f"{page * 1000:.0f} ms of it render the record page",
        )
    ]


def memory(workshop, now) -> Figure:
    """What a worker grows by while it numbers, renders, stores and mails 500 letters."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=set_up) as worker:
        before, after = worker.submit(work_off, workshop.pk, now, WORKER_LETTERS).result()
    grown = after - before
    return Figure(
        f"memory of a worker grown by {WORKER_LETTERS} letters",
        grown,
        "MB",
        goal="< 5 MB",
        met=grown < 5,
        detail=f"{before:.0f} MB after the first {WARM_UP}, {after:.0f} MB at the end",
    )


def work_off(workshop_pk: int, now, number: int) -> tuple[float, float]:
    """Resident megabytes after the first letters, and after `number` more."""
    from registration import services
    from registration.models import Delegation, InvitationLetter
    from registration.services.letters.issuing import complete_letter
    from registration.services.transitions import staff
    from tests.factories import DelegateFactory

    delegation = Delegation.objects.get(workshop=workshop_pk, party__code="IOM")
    before = 0.0
    for done in range(WARM_UP + number):
        if done == WARM_UP:
            before = resident_megabytes(str(os.getpid()))
        email = f"letter{done}@example.org"  # this process counts its delegates from nought, as the first did
        delegate = DelegateFactory(delegation=delegation, submitted_at=now, email=email)
        services.approve(delegate=delegate, by=staff(None), now=now)
        complete_letter(letter_id=InvitationLetter.objects.get(delegate=delegate).pk, now=now)
    return before, resident_megabytes(str(os.getpid()))
