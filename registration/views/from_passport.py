"""The picture of a passport, sent ahead of its form or with it, fills the form: for every page that asks for a passport."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import JsonResponse
from django.utils.translation import gettext as _

from ..forms.details import DelegateDetailsForm
from ..forms.partial import forgive, with_texts
from ..forms.read_passport import Filling, as_they_were_read, filling, typed_lines
from ..models import PendingUpload, Workshop
from ..rules.typed.zone_reading import ReadZone, offered, read_back
from ..services.stored_files import pending_file
from .uploads import keep_upload, kept_words


@dataclass(frozen=True)
class Reading:
    """What was read and what the form gets of it; `words` say so, and `strip` shows the zone as a data address (of a file
    that came with this request alone). All is empty where the portal does not read."""

    filling: Filling
    words: str = ""
    strip: str = ""


def file_answer(form: DelegateDetailsForm, *, workshop: Workshop, file_key: UUID) -> JsonResponse:
    """Take in the chosen file alone, while the rest is still being filled in: it is checked at once and not lost, and
    static/js/fill.js puts into the form what its picture says."""
    forgive(form, but={"passport"})
    if form.clean_upload is None:
        return JsonResponse({"error": " ".join(form.errors.get("passport", []))}, status=400)
    kept, read = _kept_and_read(form, workshop=workshop, file_key=file_key)
    answer = {"kept": kept_words(kept)}
    if read.words:
        answer |= {**vars(read.filling), "words": read.words, "strip": read.strip}
    return JsonResponse(answer)


def filled_form(
    form: DelegateDetailsForm, make: Callable[..., DelegateDetailsForm], *, workshop: Workshop, file_key: UUID
) -> tuple[DelegateDetailsForm, PendingUpload | None, Reading | None]:
    """The form with what its passport says, by the two typed lines or by the file that is kept or comes with it; the file
    that is kept then. `make` makes the form anew from the texts `data`."""
    forgive(form, but={"passport", "mrz"})
    kept, read = _kept_and_read(form, workshop=workshop, file_key=file_key, typed=True)
    if form.errors:
        return form, kept, None
    return _made_anew(form, make, read), kept, read


def reopened_form(
    form: DelegateDetailsForm, make: Callable[..., DelegateDetailsForm], kept: PendingUpload | None
) -> tuple[DelegateDetailsForm, Reading | None]:
    """A form that was put aside and forgiven, with what the file that is kept for it says."""
    zone = zone_of(kept)
    if zone is None:
        return form, None
    read = Reading(filling(form, zone), _words(form, zone, kept))
    return _made_anew(form, make, read), read


def mark_names(form: DelegateDetailsForm, kept: PendingUpload | None) -> None:
    """Say beside the names that still stand as they were read in the kept file that they are to be compared."""
    if form.is_bound and not form.noted:
        form.noted = as_they_were_read(form, zone_of(kept))


def zone_of(kept: PendingUpload | None) -> ReadZone | None:
    """What was read in a file that is kept; None where nothing was, or the portal does not read (any more)."""
    if kept is None or not settings.PASSPORT_READER:
        return None
    return read_back(kept.zone_read)


def _made_anew(
    form: DelegateDetailsForm, make: Callable[..., DelegateDetailsForm], read: Reading
) -> DelegateDetailsForm:
    anew = make(data=with_texts(form.data, read.filling.texts))
    anew.noted = read.filling.notes
    forgive(anew)
    return anew


def _kept_and_read(
    form: DelegateDetailsForm, *, workshop: Workshop, file_key: UUID, typed: bool = False
) -> tuple[PendingUpload | None, Reading]:
    """The file that is kept now, and what it says for the form, or what its typed lines say where they may and are there."""
    before = zone_of(pending_file(workshop, file_key))
    kept = keep_upload(form, workshop=workshop, form_key=file_key, reads=True)
    lines = form.cleaned_data.get("mrz", "") if typed and form.data.get("mrz", "").strip() else ""
    zone = typed_lines(lines) or zone_of(kept)
    if not (lines or settings.PASSPORT_READER):
        return kept, Reading(Filling())
    strip = f"data:image/jpeg;base64,{b64encode(kept.strip).decode()}" if kept and kept.strip else ""
    return kept, Reading(filling(form, zone, before=before), _words(form, zone, kept), strip)


def _words(form: DelegateDetailsForm, zone: ReadZone | None, kept: PendingUpload | None) -> str:
    if offered(zone, today=form.today):
        return _("We read your passport: please compare each answer with it.")
    if kept:
        return _("We could not read your passport: please type what it says.")
    return _("Choose the picture of your passport first, or type its two lines.")
