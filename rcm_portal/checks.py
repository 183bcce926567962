"""System checks: what would make the portal wrong or unsafe although it starts. `manage.py check --deploy` runs them all."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.utils import timezone

from .mail.webhooks import PROVIDERS
from .output.seal_files import WARN_BEFORE, seal_ends, seal_problem
from .security import oidc


@register(Tags.translation)
def compiled_translations(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The Spanish catalogue is compiled: without it every page would silently be in English."""
    source = settings.LOCALE_PATHS[0] / "es" / "LC_MESSAGES" / "django.po"
    if source.exists() and not source.with_suffix(".mo").exists():
        return [Error("The translations are not compiled.", hint="Run: make messages", id="portal.E001")]
    return []


@register(Tags.security, deploy=True)
def production(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Settings that are fine for `make run` and not for people's passports."""
    base = urlsplit(settings.PORTAL_BASE_URL)
    found = [
        (base.scheme != "https", "W001", "PORTAL_BASE_URL does not begin with https://."),
        (
            not _is_allowed(base.hostname or ""),
            "W002",
            "The host of PORTAL_BASE_URL is not in ALLOWED_HOSTS.",
        ),
        (
            not settings.STAFF_MFA,
            "W003",
            "STAFF_MFA is off: staff would see passports with a password alone.",
        ),
        (not settings.RATE_LIMITS, "W004", "RATE_LIMITS is off."),
        (
            settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"),
            "W005",
            "DATABASE_URL is not set: SQLite serves one machine and few people.",
        ),
        (
            not settings.REDIS_URL,
            "W006",
            "REDIS_URL is not set: rate limits would count in each web worker apart.",
        ),
        (not settings.EMAIL_URL, "W007", "EMAIL_URL is not set: every mail would stay in the outbox."),
        (
            "@localhost" in settings.DEFAULT_FROM_EMAIL,
            "W008",
            "DEFAULT_FROM_EMAIL is still the built-in address.",
        ),
    ]
    return [Warning(message, id=f"portal.{number}") for wrong, number, message in found if wrong]


@register(Tags.security, deploy=True)
def the_seal(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The seal may be left out; what is set must work, and is renewed in time."""
    if not settings.SEAL_CERTIFICATE and not settings.SEAL_KEY:
        return [Info("No seal is set: accepted letters are not sealed.", id="portal.I009")]
    now = timezone.now()
    if problem := seal_problem(now):
        return [Error(problem, hint="manage.py make_seal makes a certificate and its key.", id="portal.E009")]
    ends = seal_ends()
    if ends and ends - now < WARN_BEFORE:
        hint = "Exchange the files; no restart is needed."
        return [Warning(f"The certificate of the seal ends on {ends:%Y-%m-%d}.", hint=hint, id="portal.W009")]
    return []


@register(Tags.security)
def mail_webhook(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Reports of a mail provider are believed by their secret, so there is none without."""
    if settings.MAIL_WEBHOOK and settings.MAIL_WEBHOOK not in PROVIDERS:
        names = ", ".join(PROVIDERS)
        return [Error(f"MAIL_WEBHOOK is none of: {names}.", id="portal.E010")]
    if settings.MAIL_WEBHOOK and not settings.MAIL_WEBHOOK_SECRET:
        return [Error("MAIL_WEBHOOK is set without MAIL_WEBHOOK_SECRET.", id="portal.E010")]
    return []


@register(Tags.security, deploy=True)
def organisation_sign_in(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Signing in with an account of the organisation is set whole, or not at all; with a mistake it stays off."""
    return [Error(problem, id="portal.E011") for problem in oidc.problems()]


def _is_allowed(host: str) -> bool:
    return any(
        host == entry or (entry.startswith(".") and host.endswith(entry)) for entry in settings.ALLOWED_HOSTS
    )
