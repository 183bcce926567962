"""gunicorn in production: `gunicorn rcm_portal.wsgi`. Read by gunicorn from the working directory."""

import logging.config
import os

from gunicorn.glogging import Logger

from rcm_portal import logs

bind = os.environ.get("GUNICORN_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Loaded once and shared by the workers' memory; nothing connects to anything before the fork.
preload_app = True
# What waits for S3, clamd or a slow visitor keeps one thread, and the others serve. Four of each worker, each with a
# connection to the database.
worker_class = "gthread"
threads = 4
timeout = 60  # a 10 MB file over a slow line is read by the proxy, not here; see docs/operations.md
graceful_timeout = 30
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 4094
forwarded_allow_ips = ""  # who may speak for the client is the portal's TRUSTED_PROXIES, in one place
accesslog = "-"
control_socket_disable = True


class PortalLogger(Logger):
    """Everything through the portal's own configuration: JSON lines, requests by their route's name, never their path."""

    def setup(self, cfg):
        super().setup(cfg)
        logging.config.dictConfig(logs.configuration())
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True

    def access(self, resp, req, environ, request_time):
        route = environ.get("portal.route", "static")
        milliseconds = request_time.seconds * 1000 + request_time.microseconds // 1000
        status = str(resp.status).split()[0]
        self.access_log.info(
            "%s %s %s",
            environ["REQUEST_METHOD"],
            route,
            status,
            extra={"bytes": resp.sent, "ms": milliseconds},
        )


logger_class = PortalLogger
