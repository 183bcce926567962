"""Destroying what is held about one person: the passport alone, or everything but the record of the meeting."""

import json
from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation

from rcm_portal.files.owners import discard_unnamed
from rcm_portal.mail.sending import erase_about
from rcm_portal.mail.writing import queue_mail
from rcm_portal.models import AccessAction, AccessRecord
from rcm_portal.output.i18n import localized
from rcm_portal.security.access_log import record_access

from ..enums import Actor, SystemReason
from ..models import (
    Acceptance,
    AcceptanceExtension,
    Batch,
    BatchEntry,
    Correction,
    Delegate,
    DetailChange,
    DuplicateDecision,
    InvitationLetter,
    LetterRefusal,
    MessageRecipient,
    Nomination,
    Passport,
    PassportCopy,
    ReminderPause,
    SealedLetter,
    SignedScan,
    StatusChange,
)
from ..models.changes import PASSPORT
from ..queries.personal_data import files_about, log_entries
from ..rules.workflow import Verb, possible
from ..signals import passport_destroyed, personal_data_destroyed
from .decisions import cancel
from .letters.visa_letters import destroy_visa_letters
from .seat_limit import lock_delegation
from .transitions import DELEGATE

# What the record of the meeting does not need. Delegation, role, level, status, dates and the code stay.
BLANK = {
    "form_of_address": "",
    "given_names": "",
    "surnames": "",
    "badge_name": "",
    "institution": "",
    "position": "",
    "phone": "",
    "interpretation": "none",
    "nationality": "",
    "date_of_birth": None,
    "sex": "",
    "dietary": "",
    "accessibility": "",
    "emergency_contact": "",
    "needs_consent_at": None,
    "listed_at": None,
    "source_reason": "",
    "form_key": None,
    "new_email": "",
    "new_email_id": None,
}
ERASED_DOMAIN = "erased.invalid"  # RFC 2606: reaches nobody


@transaction.atomic
def destroy_passport(*, delegate: Delegate) -> Counter:
    """Destroy the passport's particulars, its copy and the letter for the consulate that names it, and have the other
    apps destroy what they copied of it; returns how many of each.

    The file goes after the commit: a rollback keeps both, a failure between leaves an orphan that the daily task finds.
    """
    done: Counter = Counter()
    copy = PassportCopy.objects.select_for_update().filter(delegate=delegate).first()
    if copy:
        key = copy.key
        copy.delete()
        discard_unnamed([key])
        done.update(copies=1, files=1)
    for correction in Correction.objects.filter(delegate=delegate).exclude(lines=""):
        kept = [line for line in correction.changed if not line[0].startswith(PASSPORT)]
        if len(kept) < len(correction.changed):
            correction.lines = json.dumps(kept) if kept else ""
            correction.save(update_fields=["lines"])
    done["passports"] += Passport.objects.filter(delegate=delegate).delete()[0]
    letters = destroy_visa_letters(
        delegate
    )  # after the passport, whose lock a worker holds while it makes one
    done.update(visa_letters=letters, files=letters)
    done = +done
    if done:
        passport_destroyed.send(sender=Delegate, delegate=delegate)
        record_access(
            action=AccessAction.DESTROY,
            subject=f"passport of {delegate.code}",
            workshop=delegate.workshop.slug,
            about=delegate.public_id,
        )
    return done


@transaction.atomic
def destroy_person(*, delegate: Delegate, now: datetime) -> Counter:
    """Destroy everything personal about a delegate; what the record of the meeting needs stays. Counts what went."""
    # As everybody does who decides about a person: nobody writes meanwhile what would outlive this.
    lock_delegation(Delegate.objects.values_list("delegation", flat=True).get(pk=delegate.pk))
    delegate = Delegate.objects.select_for_update(of=("self",)).select_related("workshop").get(pk=delegate.pk)
    keys = sorted({key for _held, key in files_about(delegate)})
    discard_unnamed(keys)
    done = destroy_passport(delegate=delegate) + forget_letters(delegate, now)
    done["files"] = len(keys)
    for change in StatusChange.objects.filter(delegate=delegate).exclude(reason=""):
        if change.reason not in SystemReason.values:
            StatusChange.objects.filter(pk=change.pk).update(reason="")
    AcceptanceExtension.objects.filter(delegate=delegate).update(reason="")
    DetailChange.objects.filter(delegate=delegate).delete()
    Correction.objects.filter(delegate=delegate).delete()
    ReminderPause.objects.filter(delegate=delegate).exclude(reason="").update(reason="—")
    DuplicateDecision.objects.filter(Q(first=delegate) | Q(second=delegate)).update(reason="")
    done["mails"] += forget_nominations(Nomination.objects.filter(delegate=delegate))
    personal_data_destroyed.send(sender=Delegate, delegate=delegate)
    log_entries(delegate).update(object_repr=delegate.code, change_message="")
    # Where they themselves were when they looked; what staff looked at stays for as long as such records are kept.
    AccessRecord.objects.filter(about=delegate.public_id, user=None).update(address=None)
    done["mails"] += erase_about(delegate.public_id)
    Delegate.objects.filter(pk=delegate.pk).update(
        **BLANK,
        email=f"{delegate.code.lower()}@{ERASED_DOMAIN}",
        email_key=f"{delegate.code.lower()}@{ERASED_DOMAIN}",
        link_version=delegate.link_version + 1,
        reminders_paused=True,
        purged_at=now,
    )
    # Its words are about everybody in it: they go with the last of them.
    batches = Batch.objects.filter(entries__delegate=delegate)
    Batch.objects.filter(pk__in=batches.exclude(entries__delegate__purged_at=None)).update(reason="")
    done["people"] += 1
    record_access(
        action=AccessAction.DESTROY,
        subject=f"personal data of {delegate.code}",
        workshop=delegate.workshop.slug,
        about=delegate.public_id,
    )
    return +done


def forget_nominations(nominations: QuerySet[Nomination]) -> int:
    """Destroy nominations, which hold a name and an address, and their mails; returns how many mails."""
    mails = sum(erase_about(public_id) for public_id in nominations.values_list("public_id", flat=True))
    nominations.delete()
    return mails


def forget_letters(delegate: Delegate, now: datetime) -> Counter:
    """Destroy what letters and their acceptances say of the person. Number, version, fingerprint and dates stay:
    whoever holds a letter can still have it confirmed."""
    letters = InvitationLetter.objects.filter(delegate=delegate)
    letters.unfinished().update(voided_at=now)
    for letter in letters:
        reason = letter.void_reason if letter.void_reason in SystemReason.values else ""
        letters.filter(pk=letter.pk).update(
            content={"addressee": {"name": ""}}, problem="", void_reason=reason, key=""
        )
    anonymous = {"address": None, "user_agent": ""}
    signatures = Acceptance.objects.filter(letter__delegate=delegate)
    drawn = signatures.exclude(signature_key="").count()
    signatures.update(typed_name="", statement="", signature_key="", seal_problem="", **anonymous)
    SealedLetter.objects.filter(acceptance__letter__delegate=delegate).update(key="")
    scans, _rows = SignedScan.objects.filter(letter__delegate=delegate).delete()
    LetterRefusal.objects.filter(letter__delegate=delegate).update(reason="", **anonymous)
    for entries in (BatchEntry, MessageRecipient):
        entries.objects.filter(delegate=delegate).update(note="")
    return +Counter(letters=letters.count(), signatures=drawn + scans)


@transaction.atomic
def withdraw(*, delegate: Delegate, now: datetime) -> None:
    """Cancel, where the workshop is not over, and destroy what the record of the meeting does not need.

    A last mail says so to the address that is destroyed with the rest; the daily purge takes it when it has left.
    """
    workshop = delegate.workshop
    over = workshop.is_over(now)
    if not over and Verb.CANCEL in possible(delegate.status, Actor.DELEGATE):
        delegate = cancel(delegate=delegate, by=DELEGATE, now=now)
    to, language, code = delegate.email, delegate.language, delegate.code
    destroy_person(delegate=delegate, now=now)
    with translation.override(language):
        queue_mail(
            template="registration/mail/withdrawn",
            kind="withdrawn",
            to=to,
            language=language,
            context={
                "workshop": localized(workshop, "short_name", language),
                "code": code,
                "contact_email": workshop.contact_email,
                "over": over,
            },
            workshop=workshop.slug,
            about=delegate.public_id,
            reply_to=workshop.contact_email,
            zone=workshop.zone,
        )
