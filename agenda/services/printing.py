"""agenda.pdf made ahead by a worker, in each language and in both, for the version that readers see."""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, F

from rcm_portal.files.owners import discard_unnamed
from rcm_portal.files.storage import delete_private, read_private, save_private

from ..documents.programme import programme_pdf
from ..models import PrintedProgramme, Programme
from ..queries import agendas
from ..queries.agendas import Shown

PREFIX = "programmes"
EDITIONS = (("es",), ("en",), ("es", "en"), ("en", "es"))


def printed(shown: Shown, languages: tuple[str, ...]) -> bytes | None:
    """The PDF of what is shown, if a worker has made it since the last change."""
    key = (
        PrintedProgramme.objects.filter(
            version=shown.version, languages="-".join(languages), stamp=shown.stamp
        )
        .values_list("storage_key", flat=True)
        .first()
    )
    try:
        return read_private(key) if key else None
    except FileNotFoundError:  # a newer one is taking its place at this moment
        return None


def unprinted() -> list[int]:
    """Current versions of which a PDF is missing or out of date."""
    complete = (
        PrintedProgramme.objects.filter(
            version=F("version__workshop__programme__current"), stamp=F("version__workshop__programme__stamp")
        )
        .values("version")
        .annotate(editions=Count("pk"))
        .filter(editions=len(EDITIONS))
        .values("version")
    )
    missing = Programme.objects.exclude(current=None).exclude(current__in=complete)
    return list(missing.values_list("current_id", flat=True))


def print_all(*, version_id: int, now: datetime) -> int:
    """Make what is missing for a version, if it is still the one that is shown; returns how many PDFs were made.

    Safe to run twice and beside itself: a PDF is rendered outside any transaction and put in place in a short one, which
    the older of two runners loses.
    """
    row = Programme.objects.select_related("workshop", "current").filter(current=version_id).first()
    if row is None:
        return 0
    agenda, made = agendas.content(row.current), 0
    for languages in EDITIONS:
        name = "-".join(languages)
        if PrintedProgramme.objects.filter(version=row.current, languages=name, stamp=row.stamp).exists():
            continue
        pdf = programme_pdf(row.workshop, row.current, agenda, languages)
        _put(row, name, save_private(PREFIX, pdf), now)
        made += 1
    _forget_old(row)
    return made


@transaction.atomic
def _put(row: Programme, languages: str, key: str, now: datetime) -> None:
    """Name the new file in the place of the old one, which is destroyed with the commit."""
    current = Programme.objects.select_for_update().get(pk=row.pk)
    old = PrintedProgramme.objects.filter(version=row.current, languages=languages).first()
    if current.current_id != row.current_id or current.stamp != row.stamp:
        discard = [key]  # something changed meanwhile; the next task or sweep makes it anew
    else:
        discard = [old.storage_key] if old else []
        PrintedProgramme.objects.update_or_create(
            version=row.current,
            languages=languages,
            defaults={"stamp": row.stamp, "storage_key": key, "made_at": now},
        )
    discard_unnamed(discard)


def _forget_old(row: Programme) -> None:
    """Destroy the PDFs of earlier versions: they can name people whose data are gone."""
    for old in PrintedProgramme.objects.filter(version__workshop=row.workshop).exclude(version=row.current):
        key = old.storage_key
        old.delete()
        delete_private(key)
