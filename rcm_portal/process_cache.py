"""What a process makes once and keeps for a while: pages and files that are the same for every reader.

The key must hold all that the thing is made of, so that a change makes another key. What a key leaves out is seen after
`KEPT_SECONDS` at the latest. Nothing that is one visitor's own may be kept here.
"""

from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

KEPT = 64  # things in one process: two languages, a few workshops, their pages and files
KEPT_SECONDS = 60
ASK_AGAIN_SECONDS = 1  # how long nobody asks what a page is made of: a crowd's questions are one question
_kept: dict[Hashable, tuple[float, Any]] = {}
_lock = Lock()  # for tidying, which threads would disturb each other at; two may make the same thing


def kept(key: Hashable, maker: Callable[[], Any], seconds: float = KEPT_SECONDS) -> Any:
    """What `maker` gives, made once in this process for `key` while it is fresh."""
    now = monotonic()
    entry = _kept.get(key)
    if entry is None or entry[0] <= now:
        entry = (now + seconds, maker())
        with _lock:
            for old in [old for old, (until, _made) in _kept.items() if until <= now]:
                del _kept[old]
            _kept[key] = entry
            while len(_kept) > KEPT:
                del _kept[next(iter(_kept))]  # the oldest: what is replaced is not asked for again
    return entry[1]


def as_read(row: Model) -> str:
    """All columns of a row: the same text while none has changed, for the key of what is made of them."""
    return repr([getattr(row, field.attname) for field in row._meta.concrete_fields])


class Page(NamedTuple):
    """How a page stands now: all that it is made of, and what makes it."""

    made_of: Hashable
    body: Callable[[], bytes]


def kept_page(
    request: HttpRequest, name: Hashable, find: Callable[[], Page], *, own: Mapping[str, str] | None = None
) -> HttpResponse:
    """The page of this name in the active language, kept as bytes for everybody; `find` is asked once a second at the most.

    `own` is what this visitor alone gets, by what stands in its place in the bytes. Who is signed in sees what they have just
    changed, and whoever may have a message waiting gets it: for them the page is made anew.
    """
    if request.COOKIES.keys() & {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}:
        page = find().body()
    else:
        address = (name, get_language())

        def asked() -> bytes:
            found = find()
            made: bytes = kept((address, found.made_of), found.body)
            return made

        page = kept(address, asked, ASK_AGAIN_SECONDS)
    for stand_in, value in (own or {}).items():
        page = page.replace(stand_in.encode(), value.encode())
    return HttpResponse(page)
