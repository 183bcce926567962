"""Settings, all from the environment, with the embedded defaults that `make run` uses.

Every variable is described in docs/settings.md. A missing or weak production value stops the start
with one clear line each (startup.py).
"""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

from . import logs, startup
from .output.country_names import UNITED_NATIONS

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(environ.Env().str("PORTAL_VAR", default=str(BASE_DIR / "var")))
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
if DEBUG and (VAR_DIR / "run.env").exists():
    # The secrets that `make run` made, so that manage.py works beside it; the environment itself goes first.
    env.read_env(VAR_DIR / "run.env")
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
FIELD_ENCRYPTION_KEYS = [key.strip() for key in env.list("FIELD_ENCRYPTION_KEYS", default=[]) if key.strip()]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if DEBUG else [])
PORTAL_BASE_URL = env.str("PORTAL_BASE_URL", default="http://127.0.0.1:8000" if DEBUG else "").rstrip("/")
STAFF_MFA = env.bool("STAFF_MFA", default=True)
RATE_LIMITS = env.bool("RATE_LIMITS", default=True)
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
REDIS_URL = env.str("REDIS_URL", default="")
EMAIL_URL = env.str("EMAIL_URL", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
# Who may read /metrics and /readyz?deep; nobody where neither is set.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_ADDRESSES = env.list("METRICS_ADDRESSES", default=[])
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", default="")
CLAMD_TIMEOUT = env.float("CLAMD_TIMEOUT", default=15.0)
PASSPORT_READER = env.bool("PASSPORT_READER", default=True)
# The organisation's certificate and key (PEM) that seal accepted letters; `make run` makes its own.
_own_seal = VAR_DIR / "seal" if DEBUG and (VAR_DIR / "seal" / "key.pem").exists() else None
SEAL_CERTIFICATE = env.str("SEAL_CERTIFICATE", default=f"{_own_seal}/certificate.pem" if _own_seal else "")
SEAL_KEY = env.str("SEAL_KEY", default=str(_own_seal / "key.pem") if _own_seal else "")
SEAL_PASSPHRASE = env.str("SEAL_PASSPHRASE", default="")
SEAL_TIMESTAMP_URL = env.str("SEAL_TIMESTAMP_URL", default="")
# Signing in with an account of the organisation: rcm_portal/security/oidc.py.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="")
OIDC_SECOND_FACTOR = env.bool("OIDC_SECOND_FACTOR", default=False)
PAGES_OVER_TLS = PORTAL_BASE_URL.startswith("https://")

INSTALLED_APPS = [
    "registration",
    "logistics",
    "agenda",
    "rcm_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",  # allauth's list of security keys uses it
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_countries",
    "crispy_forms",
    "crispy_bootstrap5",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",  # its tables stay empty: accounts are found by their address each time
    "axes",
    "csp",
    "rcm_portal",  # last: when it is ready, every question of an app must have its answer
]

MIDDLEWARE = [
    "rcm_portal.security.middleware.ProbeMiddleware",
    "rcm_portal.security.middleware.TrustedProxyMiddleware",
    "rcm_portal.security.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "rcm_portal.security.middleware.CompressedTextMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "rcm_portal.security.middleware.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "rcm_portal.urls"
WSGI_APPLICATION = "rcm_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rcm_portal.context_processors.portal",
            ],
            "builtins": ["rcm_portal.templatetags.portal"],
        },
    }
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Immediate transactions take the write lock first; without it two writers end in "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if REDIS_URL:
    CACHES = {
        "default": {"BACKEND": "rcm_portal.outages.redis_cache.ForgivingRedisCache", "LOCATION": REDIS_URL}
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STORAGES = {
    "default": {"BACKEND": "rcm_portal.files.storage.EncryptedFileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "private": {"BACKEND": "rcm_portal.files.storage.EncryptedFileSystemStorage"},
}
PRIVATE_ROOT = VAR_DIR / "private"
AWS_STORAGE_BUCKET_NAME = env.str("AWS_STORAGE_BUCKET_NAME", default="")
AWS_S3_ENDPOINT_URL = env.str("AWS_S3_ENDPOINT_URL", default=None)
AWS_QUERYSTRING_AUTH = True
AWS_DEFAULT_ACL = None
if AWS_STORAGE_BUCKET_NAME:
    STORAGES["private"] = {"BACKEND": "rcm_portal.files.storage_s3.EncryptedS3Storage"}
    STORAGES["default"] = STORAGES["private"]

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "rcm_portal.static_finder.LoadedFilesFinder",
]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp", "woff", "woff2", "gz", "br"]
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# Mail: the outbox in the database always; SMTP behind it only where EMAIL_URL is set.
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "rcm_portal.mail.writing.KeptInOutbox"
EMAIL_TIMEOUT = 20
# How long a worker's claim on a mail holds: longer than every time-out of one SMTP conversation together.
# How long it stays on record who looked at personal data: past the years in which somebody may ask.
ACCESS_RECORD_DAYS = env.int("ACCESS_RECORD_DAYS", default=5 * 365)
MAIL_LEASE_SECONDS = env.int("MAIL_LEASE_SECONDS", default=300)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="RCM Workshop Portal <portal@localhost>")

# The mail provider that reports what came back over HTTP, and what its requests are signed or authorised with.
MAIL_WEBHOOK = env.str("MAIL_WEBHOOK", default="").lower()
MAIL_WEBHOOK_SECRET = env.str("MAIL_WEBHOOK_SECRET", default="")

# Celery
VAR_DIR.mkdir(parents=True, exist_ok=True)
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    # Without these a dead Redis holds up every request that hands over a task for two seconds, and a silent one for ever.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "socket_connect_timeout": 0.5,
        "socket_timeout": 5.0,
        "max_retries": 0,
    }
else:
    broker_dir = VAR_DIR / "broker"
    for part in ("queue", "processed", "control"):
        (broker_dir / part).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(broker_dir / "queue"),
        "data_folder_out": str(broker_dir / "queue"),
        "control_folder": str(broker_dir / "control"),
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False  # a dead broker must not hold up the request; beat sweeps what is left
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# A task that no worker took before the next one is sent is dropped by the worker that comes: its work is found anew.
HOURS = 3600
CELERY_BEAT_SCHEDULE = {
    "pulse": {"task": "rcm_portal.tasks.pulse", "schedule": 15.0, "options": {"expires": 15}},
    "look-at-parts": {
        "task": "rcm_portal.tasks.look_at_parts",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "sweep-programmes": {
        "task": "agenda.tasks.sweep_programmes",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "tidy-sign-ins": {
        "task": "rcm_portal.tasks.tidy_sign_ins",
        "schedule": crontab(hour=7, minute=45),
        "options": {"expires": 12 * HOURS},
    },
    "sweep-outbox": {
        "task": "rcm_portal.tasks.sweep_outbox",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "sweep-letters": {
        "task": "registration.tasks.sweep_letters",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "tend-seats": {
        "task": "registration.tasks.tend_seats",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "send-reminders": {
        "task": "registration.tasks.send_reminders",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 900},
    },
    "send-summaries": {
        "task": "registration.tasks.send_summaries",
        "schedule": crontab(minute="5-59/15"),
        "options": {"expires": 900},
    },
    "purge-personal-data": {
        "task": "registration.tasks.purge_personal_data",
        "schedule": crontab(hour=8, minute=15),
        "options": {"expires": 12 * HOURS},
    },
}

# Languages and time. Instants are stored in UTC; people see the workshop's own zone by name.
LANGUAGE_CODE = "en"
LANGUAGES = [("es", "Español"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["rcm_portal.formats"]
COUNTRIES_OVERRIDE = UNITED_NATIONS
USE_TZ = True

# Sign-in of staff
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
ACCOUNT_ADAPTER = "rcm_portal.security.signin.PortalAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]  # nobody signs up; it must agree with the line above
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/admin/login/"
SOCIALACCOUNT_ADAPTER = "rcm_portal.security.oidc.OrganisationAdapter"
MFA_ADAPTER = "rcm_portal.security.signin.PortalMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "RCM Workshop Portal"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
# Five wrong passwords for one account from one address close that pair for a quarter of an hour; colleagues on other
# addresses and other accounts stay free. A browser in which the account has signed in before has a count of its own.
# Slower guessing from many addresses meets rcm_portal.security.ratelimits.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_HANDLER = "rcm_portal.security.lockout.LockoutHandler"
AXES_LOCKOUT_PARAMETERS = "rcm_portal.security.lockout.counted_together"
AXES_USERNAME_CALLABLE = "rcm_portal.security.lockout.counted_as"
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "rcm_portal.security.client_address.limited_address"
AXES_LOCKOUT_CALLABLE = "rcm_portal.errors.too_many_requests"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Cookies and transport
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PAGES_OVER_TLS
SESSION_COOKIE_NAME = "__Host-session" if PAGES_OVER_TLS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PAGES_OVER_TLS else "csrf"
DEVICE_COOKIE_NAME = "__Host-device" if PAGES_OVER_TLS else "device"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "rcm_portal.security.csrf.csrf_failure"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600  # chosen once, by staff and public alike
LANGUAGE_COOKIE_SECURE = PAGES_OVER_TLS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SECURE_SSL_REDIRECT = PAGES_OVER_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 63072000 if PAGES_OVER_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PAGES_OVER_TLS
SECURE_HSTS_PRELOAD = PAGES_OVER_TLS
# X-Forwarded-Proto reaches Django only from TRUSTED_PROXIES: TrustedProxyMiddleware drops it otherwise.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [PORTAL_BASE_URL] if PORTAL_BASE_URL else []
X_FRAME_OPTIONS = "DENY"
# The check that asks for XFrameOptionsMiddleware: SecurityHeadersMiddleware sets that header, on error pages and static
# files too.
SILENCED_SYSTEM_CHECKS = ["security.W002"]
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "worker-src": [NONE],
    }
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FORM_RENDERER = "rcm_portal.output.form_renderer.WholeTexts"

# Uploads: the cap is checked by the form; Django refuses a body far past it before parsing.
UPLOAD_MAX_BYTES = 10 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "rcm_portal.uploads.handler.CappedMemoryUploadHandler"
]  # never a file in the clear on disk
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# A body past this is refused unread with a page of its own; below it the form can say so beside the field.
REQUEST_MAX_BYTES = 60 * 1024 * 1024

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logs.configuration(readable=DEBUG)
if SENTRY_DSN:
    logs.start_sentry(SENTRY_DSN)

# One clear line for each value that production must not start without.
problems = startup.problems(
    debug=DEBUG,
    secret_key=SECRET_KEY,
    encryption_keys=FIELD_ENCRYPTION_KEYS,
    allowed_hosts=ALLOWED_HOSTS,
    base_url=PORTAL_BASE_URL,
    trusted_proxies=TRUSTED_PROXIES,
    metrics_token=METRICS_TOKEN,
    metrics_addresses=METRICS_ADDRESSES,
)
if problems:
    sys.exit("\n".join(problems))
