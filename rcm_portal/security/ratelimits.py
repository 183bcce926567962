"""How often something may be asked for: per address and per target, counted in Redis or, without it, in this process.

Every limit stands in LIMITS with its reason. An unreachable Redis lets requests through and says so in the log, once:
losing registrations on the last day would be worse than losing the limits, and sign-in has its own lock-out in the
database. It is then left alone for a while (outages/), so that not every request waits for it.
"""

from functools import lru_cache
from threading import Lock

from django.conf import settings
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from ..outages.quiet import Outage

LIMITS = {
    # A ministry's officials share one address, and each may need several tries at the form.
    "register": "60 per hour",
    # Mails to one mailbox because somebody registers its address again (past that the answer is the same, without a mail).
    "register to": "3 per hour",
    # Mails to one mailbox that it has registered somebody else: an assistant may register a whole delegation or two.
    "registrar to": "10 per hour",
    # Putting right the address of a form that was just sent: each writes a mail to an address of the sender's choice.
    "correct address": "5 per hour",
    # Keeping a form that is not finished, or its file: from one address, and mails with its link to one mailbox.
    "keep": "240 per hour",
    "draft to": "5 per hour",
    # Mails with such a link that one address has the portal write, to whatever mailboxes.
    "draft from": "10 per hour",
    # Asking for one's link again: from one address, and to one mailbox (past that the answer is the same, without a mail).
    "link": "20 per hour",
    "link to": "3 per hour",
    # Mails that one delegation's focal point has the portal write to people of their choice.
    "nominate": "20 per hour",
    # Files of one delegate or form, from one address, and from everybody: each costs parsing and re-encoding. Who fills in a
    # form chooses its key, so the key alone limits nobody.
    "upload": "20 per hour",
    "upload from": "60 per hour",
    "upload in all": "600 per hour",
    # Answers to the letter: of one delegate, and from one address. A drawn signature is decoded, a refusal is mailed.
    "sign": "20 per hour",
    "sign from": "60 per hour",
    # Everything held about one delegate, packed anew each time.
    "own data": "20 per hour",
    # The list of participants, laid out for one of them.
    "participants": "20 per hour",
    # Guessing a letter's code is hopeless by its length; this keeps the guessing from costing anything.
    "verify": "120 per hour",
    # Failures at sign-in, beside django-axes' lock of one account from one address: one account from many addresses, and
    # many accounts from one address. A known device (known_devices.py) is held by axes alone.
    "sign in from": "30 per 15 minutes",
    "sign in as": "30 per hour",
    # Each way to the organisation's sign-in asks its server, and makes a session.
    "organisation from": "60 per 15 minutes",
    # Staff who forgot their password: from one address, and mails to one mailbox (past that the same answer, without a mail).
    "new password from": "20 per hour",
    "new password to": "3 per hour",
}


outage = Outage("Redis", consequence="rate limits are off")


@lru_cache
def _limit(action: str) -> RateLimitItem:
    return parse(LIMITS[action])


_making = Lock()  # two limiters would count in two memories


@lru_cache(maxsize=4)
def _limiter(redis_url: str) -> SlidingWindowCounterRateLimiter:
    options = {"socket_connect_timeout": 0.3, "socket_timeout": 0.5} if redis_url else {}
    return SlidingWindowCounterRateLimiter(
        storage_from_string(redis_url or "memory://", wrap_exceptions=True, **options)
    )


def allow(action: str, target: str) -> bool:
    """Count one `action` (a key of LIMITS; KeyError otherwise) against `target` (an address, an e-mail, an identifier) and
    say whether it is within the limit. The target is stored as a keyed hash only. Always true with RATE_LIMITS off."""
    return _asked(action, target, count=True)


def exhausted(action: str, target: str) -> bool:
    """Whether `allow` would refuse, without counting: where only failures count, and that is known afterwards. Requests at
    the same moment can pass a limit by as many as there are processes."""
    return not _asked(action, target, count=False)


def _asked(action: str, target: str, *, count: bool) -> bool:
    if action not in LIMITS:
        raise KeyError(action)
    if not settings.RATE_LIMITS:
        return True
    hashed = salted_hmac("rcm_portal.ratelimits", target, algorithm="sha256").hexdigest()
    if not outage.may_ask():
        return True
    try:
        with _making:
            limiter = _limiter(settings.REDIS_URL)
        within = (limiter.hit if count else limiter.test)(_limit(action), action, hashed)
    except StorageError as error:
        outage.failed(error)
        return True
    outage.answered()
    return within


def reset() -> None:
    """Forget what this process has counted (not what Redis has): for tests."""
    _limiter.cache_clear()
    outage.forget()
