"""The kinds of mail by names that people read. Each app names its own."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_names: dict[str, Promise] = {"other": _("another mail of the portal")}


def register(names: Mapping[str, Promise]) -> None:
    """Name kinds of mail, by what `queue_mail` is given as `kind`; called when an app is ready."""
    _names.update(names)


def name_of(kind: str) -> str:
    """The name in the active language; the kind itself where nobody named it."""
    return str(_names.get(kind, kind))
