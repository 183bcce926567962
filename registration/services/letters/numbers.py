"""Letter numbers after a restore: what may have left since the backup is not given to another letter."""

from django.db.models import Max
from django.db.models.functions import Coalesce, Greatest

from rcm_portal.backup.contributed import Skipped

from ...models import InvitationLetter, Workshop

VERSIONS_SINCE = 10  # of one letter: each is a change of what it says


def skip_letter_numbers(count: int) -> list[Skipped]:
    """Let each workshop's numbers go on `count` further, and the versions of each letter VERSIONS_SINCE; 0 leaves both."""
    if not count:
        return []
    InvitationLetter.objects.update(versions_unknown=VERSIONS_SINCE)
    skipped = []
    for workshop in Workshop.objects.annotate(
        last=Greatest("letters_issued", Coalesce(Max("letters__number"), 0))
    ):
        Workshop.objects.filter(pk=workshop.pk).update(letters_issued=workshop.last + count)
        skipped.append(Skipped(f"letters of {workshop.slug}", workshop.last, workshop.last + count + 1))
    return skipped
