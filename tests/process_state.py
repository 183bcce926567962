"""What a test can leave behind in its process, where the next one on the same core would find it."""

import logging
import os
import socket
import time
from contextlib import contextmanager


def _loggers():
    named = logging.Logger.manager.loggerDict.items()
    return {
        "": logging.getLogger(),
        **{name: logger for name, logger in named if isinstance(logger, logging.Logger)},
    }


def _of_logger(logger):
    return logger.level, logger.disabled, logger.propagate, tuple(logger.handlers)


def _alike(level, disabled, propagate, handlers):
    kinds = {type(each) for each in handlers} - {
        logging.NullHandler
    }  # which a library adds when it is loaded
    return level, disabled, propagate, {kind for kind in kinds if not kind.__module__.startswith("_pytest")}


def state():
    """{what: how it stands}: each logger, each variable of the environment, the folder, the zone, time limits.

    Left out is what pytest itself sets and what only appears when a library is loaded for the first time. Handlers are the
    same when they are alike: Celery sets Django up once more where it looks for tasks."""
    loggers = {f"logger {name!r}": _alike(*_of_logger(logger)) for name, logger in _loggers().items()}
    variables = {f"${name}": value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    rest = {"folder": os.getcwd(), "zone": time.tzname, "socket": socket.getdefaulttimeout()}
    return {**loggers, **variables, **rest, "logging switched off": logging.root.manager.disable}


def changed(before, after):
    """What a test changed of what it found, and which variables it added, as a list of names."""
    missing = object()
    of_both = [name for name in before if before[name] != after.get(name, missing)]
    return of_both + [name for name in after if name.startswith("$") and name not in before]


@contextmanager
def logging_put_back():
    """Within, logging may be configured anew; afterwards every logger is as it was found."""
    found = {logger: _of_logger(logger) for logger in _loggers().values()}
    try:
        yield
    finally:
        for logger in _loggers().values():
            level, logger.disabled, logger.propagate, handlers = found.get(
                logger, (logging.NOTSET, False, True, ())
            )
            logger.setLevel(level)
            logger.handlers[:] = handlers
