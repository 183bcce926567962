"""The passport copy of a form with an error elsewhere: kept, encrypted, so that nobody has to choose it again."""

from uuid import UUID

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from ..models import PendingUpload, Workshop
from ..services.stored_files import StoredCopy, discard_copy, store_copy


def keep_upload(form, *, workshop: Workshop, form_key: UUID | None) -> PendingUpload | None:
    """Store the form's checked upload in place of one kept before; returns what is kept now, if anything is."""
    if form_key is None:
        return None
    kept = PendingUpload.objects.filter(workshop=workshop, form_key=form_key).first()
    if form.clean_upload is None:
        return kept
    stored = store_copy(form.clean_upload)
    if kept:
        discard_copy(kept.key)
        kept.delete()
    return PendingUpload.objects.create(workshop=workshop, form_key=form_key, **stored.fields())


def kept_upload(workshop: Workshop, form_key: UUID | None) -> PendingUpload | None:
    if form_key is None:
        return None
    return PendingUpload.objects.filter(workshop=workshop, form_key=form_key).first()


def kept_words(kept: PendingUpload) -> str:
    """What the form says of a file that is kept."""
    return _(
        "The passport copy that you chose (%(size)s) is kept: you need not choose it again. Choose another file only to replace it."
    ) % {"size": filesizeformat(kept.size)}


def copy_of(form, kept: PendingUpload | None) -> StoredCopy | None:
    """The copy that goes with a valid form: the file just sent, else the one kept from an earlier try."""
    if form.clean_upload is not None:
        return store_copy(form.clean_upload)
    if kept:
        return StoredCopy(kept.key, kept.media_type, kept.size, kept.pages, kept.sha256)
    return None


def forget(kept: PendingUpload | None, *, used: StoredCopy | None) -> None:
    """The form is done: its pending row goes, and its file too unless the registration took it over."""
    if kept is None:
        return
    if used is None or used.key != kept.key:
        discard_copy(kept.key)
    kept.delete()
