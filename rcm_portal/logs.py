"""Log lines for machines, without anything about a person: one JSON object a line, newlines escaped by that.

Addresses are logged by their route's name because a path can hold a personal link. What slips into a message all the same
(a token, a machine-readable zone, an e-mail address, a database error's DETAIL with the row's values) is cut out here, last,
for every logger alike; upload names and passport numbers have no form that could be recognised, so no code logs them.
"""

import re
import sys
import traceback
from contextvars import ContextVar
from secrets import token_hex
from typing import TYPE_CHECKING, Any, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from sentry_sdk.types import Event, Hint

    class LoggedRequest(HttpRequest):
        """A request with the identifier that its log lines share."""

        log_id: str


_request: "ContextVar[LoggedRequest | None]" = ContextVar("request", default=None)

REMOVED = "[removed]"
_SECRETS = [
    # The part of a path that only one person should hold.
    (re.compile(r"(/(?:my|verify|sign|focal|link)/)[^/\s\"'?]{6,}"), rf"\1{REMOVED}"),
    # Signed tokens and keys: long, and mixed of lower case, upper case and digits.
    (
        re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{40,}(?![\w-])", re.ASCII),
        REMOVED,
    ),
    # A line of a passport's machine-readable zone.
    (re.compile(r"[A-Z0-9<]{5,}<[A-Z0-9<]{5,}"), REMOVED),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), REMOVED),
    # PostgreSQL and IntegrityError repeat the values of the row.
    (re.compile(r"(DETAIL:|CONTEXT:)[^\n]*"), rf"\1 {REMOVED}"),
]


def scrub(text: str) -> str:
    """`text` without tokens, machine-readable zones, e-mail addresses and row values."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


# ── The request in hand ──────────────────────────────────────────────────────────────────────────────────────────────


def bind_request(request: "HttpRequest") -> None:
    """Let every log line until `unbind_request` name this request."""
    logged = cast("LoggedRequest", request)
    logged.log_id = token_hex(6)
    _request.set(logged)


def unbind_request() -> None:
    _request.set(None)


def _add_request(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    request = _request.get()
    if request is not None:
        match = getattr(request, "resolver_match", None)
        event["request"] = request.log_id
        event["method"] = request.method
        event["route"] = (match.view_name or match.route) if match else "-"
        user = request.__dict__.get(
            "_cached_user"
        )  # only if something asked already: a log line makes no query
        if user is not None and user.pk:
            event["user"] = user.pk
    return event


def _of_django(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Django's own words about a request hold its path: say status and route instead."""
    record = event.get("_record")
    # (`make run`'s own server logs a line of HTTP, and its `request` is a socket; the path in it is scrubbed.)
    if (
        record is not None
        and hasattr(record, "status_code")
        and hasattr(getattr(record, "request", None), "META")
    ):
        event["event"] = f"answered {record.status_code}"
        event["status"] = record.status_code
    return event


def _exception(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The traceback without the values of local variables; its messages are scrubbed with the rest."""
    problem = event.pop("exc_info", None)
    if problem is True:
        problem = sys.exc_info()
    if isinstance(problem, BaseException):
        problem = (type(problem), problem, problem.__traceback__)
    if problem and problem[0]:
        event["exception"] = "".join(traceback.format_exception(*problem))
    event.pop("stack_info", None)
    return event


def _scrub_all(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    return {key: scrub(value) if isinstance(value, str) else value for key, value in event.items()}


# What a line may carry besides its message, where code of the standard library's logging gives it as `extra`.
EXTRA = ["bytes", "ms"]
COMMON: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    _add_request,
]


def configuration(*, readable: bool = False) -> dict[str, Any]:
    """For LOGGING: everything to stderr as JSON lines, or as plain lines with `readable` (`make run`)."""
    structlog.configure(
        processors=[*COMMON, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer = _plain if readable else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*COMMON, structlog.stdlib.ExtraAdder(allow=EXTRA)],
                "processors": [
                    _of_django,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _exception,
                    _scrub_all,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # Django gives these two handlers of their own; "django" would mail errors with all their variables.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
            "django.security.csrf": {"level": "WARNING"},
            "axes": {
                "level": "ERROR"
            },  # it names accounts and addresses; rcm_portal.signin says the same without them
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "ERROR"},
            "botocore": {"level": "WARNING"},
        },
    }


def _plain(logger: WrappedLogger, method: str, event: EventDict) -> str:
    """One readable line: level, logger, message, then what else there is."""
    event = dict(event)
    head = f"{event.pop('level', ''):<8}{event.pop('logger', '')}: {event.pop('event', '')}"
    event.pop("at", None)
    problem = event.pop("exception", "")
    rest = " ".join(f"{key}={value}" for key, value in event.items())
    line = f"{head}  {rest}".rstrip().replace("\r", "\\r").replace("\n", "\\n")
    return f"{line}\n{problem}".rstrip()


# ── Error reports ────────────────────────────────────────────────────────────────────────────────────────────────────


def start_sentry(dsn: str) -> None:
    """Send unexpected errors to Sentry: the place in the code and the route, nothing of the request or its person."""
    import sentry_sdk  # noqa: PLC0415 - loaded only where SENTRY_DSN is set

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=0.0,
        server_name="portal",
        before_send=cast("Callable[[Event, Hint], Event | None]", without_person),
    )


def without_person(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """What is left of a Sentry event: types, scrubbed messages, stack, route, release."""
    kept = (
        "event_id",
        "timestamp",
        "platform",
        "level",
        "logger",
        "transaction",
        "release",
        "environment",
        "sdk",
    )
    report = {key: event[key] for key in kept if key in event}
    if "exception" in event:
        values = event["exception"].get("values", [])
        report["exception"] = {
            "values": [{**value, "value": scrub(str(value.get("value", "")))} for value in values]
        }
    if "logentry" in event:  # the message before its values are put in
        report["logentry"] = {"message": scrub(str(event["logentry"].get("message", "")))}
    return report
