"""Staff correct a registration, or key in what came by e-mail or on paper: recorded, and its delegate is told.

What a change means for the passport's comparison, the ticket, the letter for the consulate and the address stands where the
delegate's own changes go through (`update_details`); here is only what staff say beyond it, and why.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ...documents.mails import mail_delegate
from ...enums import CorrectionKind
from ...exceptions import ReasonMissing, RegistrationError
from ...models import Correction, Delegate, InvitationLetter, Passport
from ...models.changes import COPY, LOOKED_AT, PASSPORT, in_words, label_of
from ..letters.issuing import PRINTED_FIELDS, reissue_letter
from ..registering import update_details
from ..transitions import By, lock_changeable, lock_delegate

SHOWN_IN_LETTER = frozenset({*PRINTED_FIELDS, "form_of_address"})


class NothingChanged(RegistrationError):
    message = _("Nothing is changed: everything stands there as it is.")


class ChangedSince(RegistrationError):
    """Somebody changed fields since the form was opened that it would set back. `fields` are their names."""

    def __init__(
        self, delegate: Delegate, passport: Passport, fields: Iterable[str], last: Correction | None
    ):
        self.fields = sorted(fields)
        said = [
            (
                label_of(name),
                "•••" if name in LOOKED_AT else in_words(name, as_text(value_of(name, delegate, passport))),
            )
            for name in self.fields
        ]
        words = _("Changed since you opened this page, and now:")
        pattern = "{} " + "; ".join(["{}: {}"] * len(said)) + "."
        who = [part for line in said for part in line]
        if last and last.by:
            pattern += " ({})"
            who.append(last.by.get_full_name() or str(last.by))
        super().__init__(format_lazy(pattern, words, *who))


def value_of(name: str, delegate: Delegate, passport: Passport | None) -> Any:
    """What stands in a field of Delegate, or of Passport after "passport."."""
    if name.startswith(PASSPORT):
        return getattr(passport, name.removeprefix(PASSPORT), None)
    return getattr(delegate, name)


def as_text(value: Any) -> str:
    """A value as it is written down."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def seen_fields(delegate: Delegate, passport: Passport | None, names: Iterable[str]) -> dict[str, str]:
    """Keyed digests of what stands in these fields, to be sent along with a correction."""
    return {
        name: salted_hmac(
            "registration.correcting", f"{name}\0{as_text(value_of(name, delegate, passport))}"
        ).hexdigest()[:16]
        for name in names
    }


@transaction.atomic
def correct(
    *,
    delegate: Delegate,
    details: Mapping[str, Any],
    passport: Mapping[str, Any],
    kind: CorrectionKind,
    reason: str,
    seen: Mapping[str, str],
    by: By,
    now: datetime,
    file_key: UUID | None = None,
) -> Correction:
    """Correct fields of Delegate (`details`) and Passport, with a reason that the delegate reads in a mail.

    A typing error leaves an approval as it is; where the letter shows what was corrected it is made anew. Another person
    takes the approval back (SWAP-1). `seen` is `seen_fields` of the form. Raises ReasonMissing, ChangedSince, NothingChanged
    and what `update_details` raises.
    """
    if not reason.strip():
        raise ReasonMissing
    delegate = lock_changeable(delegate, by=by, now=now)
    held = Passport.objects.filter(delegate=delegate).first() or Passport(delegate=delegate)
    wanted = {**details, **{f"{PASSPORT}{name}": value for name, value in passport.items()}}
    present = seen_fields(delegate, held, wanted)
    stale = {
        name
        for name, value in wanted.items()
        if name in seen and seen[name] != present[name] and value_of(name, delegate, held) != value
    }
    if stale:
        last = Correction.objects.filter(delegate=delegate).select_related("by").last()
        raise ChangedSince(delegate, held, stale, last)
    was_approved = delegate.is_approved
    before = {name: as_text(value_of(name, delegate, held)) for name in (*wanted, "email")}
    names = update_details(
        delegate=delegate,
        details=details,
        passport=passport,
        file_key=file_key,
        now=now,
        by=by,
        takes_back=kind == CorrectionKind.ANOTHER_PERSON,
        reason=reason.strip(),
    )
    if not names:
        raise NothingChanged
    delegate = Delegate.objects.select_related("delegation__party", "workshop").get(pk=delegate.pk)
    held = Passport.objects.filter(delegate=delegate).first()
    lines = [
        (name, "", "") if name == COPY else (name, before[name], as_text(value_of(name, delegate, held)))
        for name in sorted(names)
    ]
    correction = _record(delegate, kind, lines, reason, by, now)
    renewed = delegate.is_approved and _letter_anew(delegate, names, reason, by, now)
    _tell(delegate, lines, reason, taken_back=was_approved and not delegate.is_approved, renewed=renewed)
    return correction


def _record(
    delegate: Delegate, kind: str, lines: list, reason: str, by: By, now: datetime, what: str = ""
) -> Correction:
    return Correction.objects.create(
        delegate=delegate,
        kind=kind,
        what=what,
        lines=json.dumps(lines) if lines else "",
        reason=reason.strip(),
        by=by.user,
        at=now,
    )


def _letter_anew(delegate: Delegate, names: set[str], reason: str, by: By, now: datetime) -> bool:
    """A new version of a letter that shows what was corrected; one that is still being made will say it anyway."""
    if not names & SHOWN_IN_LETTER or not InvitationLetter.objects.readable().filter(delegate=delegate):
        return False
    reissue_letter(delegate=delegate, by=by, reason=reason, now=now)
    return True


def _tell(
    delegate: Delegate, lines: Iterable[tuple[str, str, str]], reason: str, *, taken_back: bool, renewed: bool
) -> None:
    with translation.override(delegate.language):
        changes = [
            {"what": label_of(name), "before": "", "after": "", "hidden": True}
            if name in LOOKED_AT or name == COPY
            else {"what": label_of(name), "before": in_words(name, before), "after": in_words(name, after)}
            for name, before, after in lines
        ]
    mail_delegate(
        "corrected", delegate, changes=changes, reason=reason.strip(), taken_back=taken_back, renewed=renewed
    )


@transaction.atomic
def note_entry(*, delegate: Delegate, what: str, note: str, by: By, now: datetime) -> Correction:
    """Record that staff keyed in for a delegate what is no field of the registration: `what` is a msgid, `note` says how it
    came and was agreed to. Raises ReasonMissing."""
    if not note.strip():
        raise ReasonMissing
    return _record(lock_delegate(delegate), CorrectionKind.ENTERED, [], note, by, now, what)
