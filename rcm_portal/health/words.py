"""What is said of each part that is ill, to whom, and what to do about it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ..registry import Registry

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ASK = _("Please tell whoever runs the portal.")


@dataclass(frozen=True)
class Words:
    """`ill` says what does not work and what follows, `repair` what to do on the server. `people` is whether those whose
    mails and letters hang on it read it too, beside who runs the server; `page` is a list of the admin that shows more."""

    ill: "StrOrPromise"
    repair: "StrOrPromise"
    people: bool = False
    page: str = ""


WORDS: Registry[Words] = Registry()


def tell(
    name: str, *, ill: "StrOrPromise", repair: "StrOrPromise", people: bool = False, page: str = ""
) -> None:
    """Make known what is said of the part `name`."""
    WORDS.register(name, Words(ill, repair, people, page))


def words_of(name: str) -> Words:
    """What is said of it. Raises LookupError for a part that nobody described."""
    words = WORDS.get(name)
    if words is None:
        raise LookupError(name)
    return words


MIGRATE = _("Run on the server: manage.py migrate")

tell(
    "beat",
    ill=_("The clock does not run: no reminder, no summary and no repeated mail goes out by itself."),
    repair=_("Start the process of the clock again: celery -A rcm_portal beat"),
    people=True,
)
tell(
    "broker",
    ill=_("The task queue takes nothing: mails and letters wait until it is back. Nothing is lost."),
    repair=_("Start Redis again, and see that REDIS_URL leads to it."),
    people=True,
)
tell(
    "worker",
    ill=_("No worker runs: mails and letters wait until one does. Nothing is lost."),
    repair=_("Start the process of the worker again: celery -A rcm_portal worker"),
    people=True,
)
tell(
    "tasks",
    ill=_("A worker runs but finishes no task: mails and letters wait."),
    repair=_("Look in the log of the worker at what it waits for, and start it again."),
    people=True,
)
tell(
    "mails",
    ill=_("Mails that should have left are still waiting."),
    repair=_("If the worker and the mail server work, more wait than one worker can send: start another."),
    people=True,
    page="admin:portal_outgoingmail_changelist",
)
tell(
    "mail-server",
    ill=_("The mail server cannot be reached or lets nobody in: mails wait and are tried again."),
    repair=_("See that EMAIL_URL is right and that the mail server answers. The log of the worker says why."),
    people=True,
)
tell(
    "scanner",
    ill=_("The virus scanner does not answer: passport copies and other files are refused."),
    repair=_("Start clamd again, and see that CLAMD_ADDRESS leads to it."),
    people=True,
)
tell(
    "storage",
    ill=_("Private files cannot be stored: passport copies are refused and letters are not made."),
    repair=_("Make the folder of private files writable again, or see that the S3 bucket answers."),
    people=True,
)
tell(
    "seal",
    ill=_("The certificate that seals accepted letters cannot be used, or ends within 30 days."),
    repair=_("Put a new certificate and its key where SEAL_CERTIFICATE and SEAL_KEY say."),
    people=True,
)
tell(
    "disk",
    ill=_("The disk is nearly full: less than 500 MB are free."),
    repair=_("Make room on the disk of PORTAL_VAR."),
)
tell(
    "keys",
    ill=_("None of the keys opens what the database holds."),
    repair=_("Give the key that wrote it in FIELD_ENCRYPTION_KEYS again, and start all processes anew."),
)
tell("guards", ill=_("The database lacks rules that keep seats from being given twice."), repair=MIGRATE)
tell("migrations", ill=_("The database lacks changes that this version needs."), repair=MIGRATE)
tell(
    "static",
    ill=_("The list of static files is gone: a process that starts now can show no page."),
    repair=_("Run on the server: manage.py collectstatic, and start the web process again."),
)

# Scheduled work, by the names of CELERY_BEAT_SCHEDULE; the apps tell of theirs.
NOT_DONE = _("It was not done in its time, or ended in an error: the log of the worker says which.")
tell(
    "look-at-parts",
    ill=_("Nobody looks at mail server, scanner, private files, certificate and disk any more."),
    repair=NOT_DONE,
)
tell("sweep-outbox", ill=_("Mails that failed are not sent again."), repair=NOT_DONE, people=True)
tell("tidy-sign-ins", ill=_("Old records of sign-ins are not deleted."), repair=NOT_DONE)
