"""The kinds of mail by names that people read. Each app names its own, by what `queue_mail` is given as `kind`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..registry import Registry

NAMES = Registry[Promise]()
NAMES.register("other", _("another mail of the portal"))


def name_of(kind: str) -> str:
    """The name in the active language; the kind itself where nobody named it."""
    return str(NAMES.get(kind) or kind)
