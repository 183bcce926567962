"""The signature that a workshop's letters carry."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction

from rcm_portal.files.storage import delete_private, save_private

from ...models import SignatoryImage, Workshop
from .drawn_signatures import PREFIX


def set_signature(*, workshop: Workshop, content: bytes, by, now: datetime) -> SignatoryImage:
    """Put a picture (of `signatures.signature_picture`) in use for the workshop's next letters; those that are issued keep
    theirs."""
    key = save_private(PREFIX, content)
    try:
        with transaction.atomic():
            Workshop.objects.select_for_update(no_key=True).get(pk=workshop.pk)
            SignatoryImage.objects.filter(workshop=workshop, retired_at__isnull=True).update(retired_at=now)
            return SignatoryImage.objects.create(
                workshop=workshop,
                key=key,
                sha256=sha256(content).hexdigest(),
                uploaded_at=now,
                uploaded_by=by,
            )
    except BaseException:
        delete_private(key)
        raise
