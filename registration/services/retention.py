"""The daily purge: what its time is over is destroyed, and what was destroyed is looked at again.

When: a passport N days after the workshop's last day, by its own clock (`Workshop.retention_days`), with everything
else personal; a half-finished form and an upload that was never sent after `Workshop.draft_days`; the passport of a
registration that ended at once, and of one that lapsed because nobody confirmed its address (its holder may still
come back) after the same days; a file that no row names after one day; a delegation's focal point with the workshop's
personal data, and what the party keeps of it for the next workshop three years after its last one; a record of who looked at what after settings.ACCESS_RECORD_DAYS.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from rcm_portal.files import owners
from rcm_portal.files.owners import discard_unnamed
from rcm_portal.files.storage import delete_private, private_storage
from rcm_portal.mail.sending import erase
from rcm_portal.models import AccessRecord, OutgoingMail
from rcm_portal.models.mail import OPEN_STATES

from ..models import (
    Delegate,
    Delegation,
    DestructionReport,
    Nomination,
    Party,
    PassportCopy,
    PendingUpload,
    RegistrationDraft,
    VisaLetter,
    Workshop,
)
from ..queries.personal_data import files_about, left_of, needles_of
from .erasing import BLANK, destroy_passport, destroy_person, forget_nominations
from .writing import messages

log = logging.getLogger(__name__)

ORPHAN_AGE = timedelta(days=1)
PARTY_KEPT = timedelta(days=3 * 365)
WITH_THE_PASSPORT = (PassportCopy._meta.label, VisaLetter._meta.label)  # whose files go with it

KINDS = {
    "people": _("people reduced to the record of the meeting"),
    "passports": _("passport particulars"),
    "copies": _("passport copies"),
    "visa_letters": _("letters for the consulate"),
    "letters": _("letters without their words"),
    "signatures": _("drawn signatures and letters signed by hand"),
    "files": _("files"),
    "mails": _("mails without their text"),
    "nominations": _("nominations by focal points"),
    "focal_points": _("focal points of delegations"),
    "access_records": _("access records"),
    "messages": _("messages of staff to many"),
    "drafts": _("half-finished forms"),
    "uploads": _("uploads that were never sent"),
    "orphans": _("files that no row named"),
}


@dataclass
class Purge:
    """What one run did: how many of what, whose, what is still there, and which rows name a file that is not."""

    destroyed: Counter = field(default_factory=Counter)
    people: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def did_something(self) -> bool:
        return bool(self.destroyed or self.left or self.lost)


def retention_over(workshop: Workshop, now: datetime) -> bool:
    """Whether the workshop's personal data have had their time: from the first instant after `retention_days`."""
    return now >= workshop.archived_from


def purge(*, now: datetime, dry_run: bool = False) -> Purge:
    """Destroy whatever is due at the aware instant `now`, and write a DestructionReport if there was anything.

    Each person is a transaction of its own; one that fails is logged, reported as left, and stops nothing else.
    `dry_run` does everything inside a transaction that is rolled back, and touches no file.
    """
    if dry_run:
        with transaction.atomic():
            done = _purge(now, files=False)
            transaction.set_rollback(True)
        return done
    done = _purge(now, files=True)
    if done.did_something:
        DestructionReport.objects.create(
            at=now,
            destroyed=dict(done.destroyed),
            people=sorted(done.people),
            left=sorted(done.left),
            lost=done.lost,
        )
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return done


def _purge(now: datetime, *, files: bool) -> Purge:
    done = Purge()
    workshops = list(Workshop.objects.all())
    over = [workshop for workshop in workshops if retention_over(workshop, now)]
    people = Delegate.objects.filter(workshop__in=over).with_personal_data()
    _each(done, people.select_related("workshop", "passport"), destroy_person, files=files, now=now)
    _each(done, come_back(), destroy_person, files=files, now=now)
    _each(done, ended_with_passport(now), destroy_passport, files=files)
    saved, created = Q(workshop__in=over), Q(workshop__in=over)
    for days in {workshop.draft_days for workshop in workshops}:  # few, however many the workshops
        of_these, too_old = Q(workshop__draft_days=days), now - timedelta(days=days)
        saved |= of_these & Q(saved_at__lte=too_old)
        created |= of_these & Q(created_at__lte=too_old)
    _drafts(done, RegistrationDraft.objects.filter(saved))
    _uploads(done, PendingUpload.objects.filter(created))
    nominations = Nomination.objects.filter(delegation__workshop__in=over)
    done.destroyed["nominations"] += nominations.count()
    forget_nominations(nominations)
    named = Delegation.objects.filter(workshop__in=over).exclude(focal_point_name="", focal_point_email="")
    done.destroyed["focal_points"] += named.update(
        focal_point_name="", focal_point_email="", link_version=F("link_version") + 1
    )
    done.destroyed["messages"] += messages.destroy(messages.too_old(over, now))
    done.destroyed["focal_points"] += _forget_parties_focal_points(now)
    too_old = now - timedelta(days=settings.ACCESS_RECORD_DAYS)
    done.destroyed["access_records"] += AccessRecord.objects.filter(at__lt=too_old).delete()[0]
    done.destroyed["mails"] += erase(mails_to_erase([workshop.slug for workshop in over]))
    if files:
        _look_at_files(done, now)
    done.destroyed = +done.destroyed
    return done


def come_back():
    """People whose data were destroyed and of whom something is there again: no service writes it, so look for it."""
    letters = VisaLetter.objects.filter(delegate=OuterRef("pk")).exclude(key="")
    found = Q(passport__isnull=False) | Q(passport_copy__isnull=False) | Q(Exists(letters))
    for name, blank in BLANK.items():
        found |= Q(**{f"{name}__isnull": False}) if blank is None else ~Q(**{name: blank})
    destroyed = Delegate.objects.filter(found, purged_at__isnull=False)
    return destroyed.select_related("workshop", "passport").order_by("pk")


def ended_with_passport(now: datetime):
    """Registrations that ended so long ago (Workshop.ended_passport_days) that nobody reopens them, with a passport still.
    Somebody who withdraws has it destroyed at once."""
    ended = Delegate.objects.ended().filter(Q(passport__isnull=False) | Q(passport_copy__isnull=False))
    lapsed = ended.annotate(ended_at=Max("status_changes__at")).select_related("workshop", "passport")
    return [
        delegate
        for delegate in lapsed.order_by("pk")
        if delegate.ended_at is None
        or delegate.ended_at <= now - timedelta(days=delegate.workshop.ended_passport_days)
    ]


def mails_to_erase(slugs: list[str]):
    """Mails of workshops whose time is over, and those that have left by now of somebody whose data are destroyed: about
    them, and the two in which one who takes a seat and the one who leaves it are named to each other."""
    purged = Delegate.objects.filter(purged_at__isnull=False)
    theirs = (
        Q(about__in=purged.values("public_id"))
        | Q(about__in=purged.values("replaces__public_id"), kind="substituted")
        | Q(about__in=Delegate.objects.filter(replaces__in=purged).values("public_id"), kind="registered")
    )
    return OutgoingMail.objects.filter(
        (theirs & ~Q(state__in=OPEN_STATES)) | Q(workshop__in=slugs), erased_at__isnull=True
    )


def _forget_parties_focal_points(now: datetime) -> int:
    """Who was a party's focal point is kept for its next workshop, and no longer than PARTY_KEPT after its last one."""
    recent = Workshop.objects.filter(ends_on__gt=(now - PARTY_KEPT).date(), delegations__party=OuterRef("pk"))
    old = Party.objects.exclude(focal_point_name="", focal_point_email="").filter(~Exists(recent))
    return old.update(focal_point_name="", focal_point_email="", focal_point_language="")


def _each(
    done: Purge,
    delegates: Iterable[Delegate],
    destroy: Callable[..., Counter],
    *,
    files: bool,
    **arguments,
) -> None:
    for delegate in delegates:
        words = needles_of(delegate)
        keys = [
            key
            for held, key in files_about(delegate)
            if destroy is destroy_person or held.label in WITH_THE_PASSPORT
        ]
        try:
            done.destroyed += destroy(delegate=delegate, **arguments)
        except Exception:  # whatever the receiver of another app raises: nobody else waits for it
            log.exception("personal data of %s could not be destroyed", delegate.code)
            done.left.append(f"{delegate.code}: {destroy.__name__}")
            continue
        done.people.append(delegate.code)
        done.left += [f"{delegate.code}: {place}" for place in look_again(delegate, words, destroy)]
        if files:
            done.left += [f"{delegate.code}: {key}" for key in keys if is_there(key)]


def look_again(delegate: Delegate, words: set[str], destroy: Callable[..., Counter]) -> list[str]:
    """Where something of what had to go still stands."""
    if destroy is destroy_person:
        return left_of(delegate, words)
    fresh = Delegate.objects.get(pk=delegate.pk)
    left = [name for name in ("passport", "passport_copy") if hasattr(fresh, name)]
    return left + ["visa_letter"] * VisaLetter.objects.filter(delegate=delegate).exclude(key="").exists()


def is_there(key: str) -> bool:
    """Whether the file may still be there: a storage that cannot be asked counts as yes."""
    try:
        return private_storage().exists(key)
    except Exception:  # whatever the storage's own client raises
        log.exception("the storage of private files cannot be asked")
        return True


def _drafts(done: Purge, drafts) -> None:
    for draft in drafts:
        done.destroyed["mails"] += erase(OutgoingMail.objects.filter(about=draft.public_id))
        draft.delete()
        done.destroyed["drafts"] += 1


def _uploads(done: Purge, uploads) -> None:
    for upload in uploads:
        with transaction.atomic():
            discard_unnamed([upload.key])
            upload.delete()
        done.destroyed["uploads"] += 1


def _look_at_files(done: Purge, now: datetime) -> None:
    """Destroy what no row names, and find the rows whose file is gone. A storage that cannot be asked is told, and takes
    no report with it of what was destroyed before."""
    try:
        done.destroyed["orphans"] += _orphans(now)
        done.lost = list(owners.without_file())
    except Exception:  # whatever the storage's own client raises
        log.exception("the storage of private files cannot be asked")
        done.left.append("private files: storage")


def _orphans(now: datetime) -> int:
    keys = list(owners.orphans(older_than=now - ORPHAN_AGE))
    for key in keys:
        delete_private(key)
    return len(keys) + private_storage().remove_unfinished(older_than=now - ORPHAN_AGE)
