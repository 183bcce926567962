"""What a process makes once and keeps for a while: pages and files that are the same for every reader.

The key must hold all that the thing is made of, so that a change makes another key. What a key leaves out is seen after
`KEPT_SECONDS` at the latest. Nothing that is one visitor's own may be kept here.
"""

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any

KEPT = 64  # things in one process: two languages, a few workshops, their pages and files
KEPT_SECONDS = 60
_kept: dict[Hashable, tuple[float, Any]] = {}


def kept(key: Hashable, maker: Callable[[], Any]) -> Any:
    """What `maker` gives, made once in this process for `key` while it is fresh."""
    now = monotonic()
    entry = _kept.get(key)
    if entry is None or entry[0] < now:
        made = maker()
        for old, (until, _made) in list(_kept.items()):
            if until < now:
                _kept.pop(old, None)
        entry = _kept[key] = (now + KEPT_SECONDS, made)
        while len(_kept) > KEPT:
            _kept.pop(next(iter(_kept)), None)  # the oldest: what is replaced is not asked for again
    return entry[1]
