"""What a process makes once and keeps for a while: pages and files that are the same for every reader.

The key must hold all that the thing is made of, so that a change makes another key. What a key leaves out is seen after
`KEPT_SECONDS` at the latest. Nothing that is one visitor's own may be kept here.
"""

from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

KEPT = 64  # things in one process: two languages, a few workshops, their pages and files
KEPT_SECONDS = 60
_kept: dict[Hashable, tuple[float, Any]] = {}
_lock = Lock()  # for tidying, which threads would disturb each other at; two may make the same thing


def kept(key: Hashable, maker: Callable[[], Any]) -> Any:
    """What `maker` gives, made once in this process for `key` while it is fresh."""
    now = monotonic()
    entry = _kept.get(key)
    if entry is None or entry[0] < now:
        entry = (now + KEPT_SECONDS, maker())
        with _lock:
            for old in [old for old, (until, _made) in _kept.items() if until < now]:
                del _kept[old]
            _kept[key] = entry
            while len(_kept) > KEPT:
                del _kept[next(iter(_kept))]  # the oldest: what is replaced is not asked for again
    return entry[1]


def as_read(row: Model) -> str:
    """All columns of a row: the same text while none has changed, for the key of what is made of them."""
    return repr([getattr(row, field.attname) for field in row._meta.concrete_fields])


def kept_page(
    request: HttpRequest, key: Hashable, body: Callable[[], bytes], *, own: Mapping[str, str] | None = None
) -> HttpResponse:
    """The page of this key in the active language, kept as bytes for everybody.

    `own` is what this visitor alone gets, by what stands in its place in `body`. Only for who may have a message waiting the
    page is made anew: it would show it.
    """
    if request.COOKIES.keys() & {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}:
        page = body()
    else:
        page = kept((key, get_language()), body)
    for stand_in, value in (own or {}).items():
        page = page.replace(stand_in.encode(), value.encode())
    return HttpResponse(page)
