"""Django's cache in Redis, without which every page goes on.

Nothing that must be kept is in a cache; but what asks it (allauth's limits and used codes, the table of who pays) takes
an error for its own. So the cache itself bears that Redis is away.
"""

from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from .quiet import Outage

CONNECT_SECONDS = 0.3
OPERATION_SECONDS = 0.5
STOPGAP_ENTRIES = 5000

redis_outage = Outage("Redis", consequence="each process has a cache of its own meanwhile")


def _forgiving(operation: Callable[..., Any]) -> Any:
    """The operation on Redis, or on this process's stopgap while Redis is away."""

    def done(self: "ForgivingRedisCache", *args: Any, **named: Any) -> Any:
        if redis_outage.may_ask():
            try:
                answer = operation(self, *args, **named)
            except (RedisError, OSError) as error:
                if redis_outage.failed(error):
                    self.stopgap.clear()  # what an earlier outage left
            else:
                redis_outage.answered()
                return answer
        return getattr(self.stopgap, operation.__name__)(*args, **named)

    return done


class ForgivingRedisCache(RedisCache):
    """Redis with short waits; while it cannot be asked, or refuses (full, read-only, loading), this process's own memory.

    So what Redis held is missing, and what is written is seen by this process alone: as without REDIS_URL. A plain miss
    would not do: allauth takes an `add` that adds nothing for a code that was used or a lock that is held and lets
    nobody in, and one that always adds would let a code be guessed without a limit. What was deleted meanwhile is in
    Redis again when it is back, until its own time is over.
    """

    def __init__(self, server: Any, params: dict[str, Any]):
        waits = {
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": OPERATION_SECONDS,
            "retry": Retry(NoBackoff(), 0),
        }
        super().__init__(server, {**params, "OPTIONS": {**waits, **params.get("OPTIONS", {})}})
        self.stopgap = LocMemCache(
            "rcm_portal.cache", {**params, "OPTIONS": {"MAX_ENTRIES": STOPGAP_ENTRIES}}
        )

    get = _forgiving(RedisCache.get)
    get_many = _forgiving(RedisCache.get_many)
    has_key = _forgiving(RedisCache.has_key)
    add = _forgiving(RedisCache.add)
    set = _forgiving(RedisCache.set)
    set_many = _forgiving(RedisCache.set_many)
    touch = _forgiving(RedisCache.touch)
    incr = _forgiving(RedisCache.incr)
    delete = _forgiving(RedisCache.delete)
    delete_many = _forgiving(RedisCache.delete_many)
    clear = _forgiving(RedisCache.clear)
