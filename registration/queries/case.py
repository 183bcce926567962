"""Everything about one person that registration holds, for the page of their case: constant queries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from rcm_portal.mail.kinds import name_of
from rcm_portal.models import OutgoingMail
from rcm_portal.output.dates import until, when

from ..enums import CorrectionKind, ScanState
from ..exceptions import ChangedMeanwhile, RegistrationError
from ..models import (
    AcceptanceExtension,
    Correction,
    Delegate,
    DetailChange,
    InvitationLetter,
    Passport,
    StatusChange,
    VisaLetter,
)
from ..questions import CaseEvent
from .personal_data import log_entries

MAILS = 50  # the newest; the list of mails has all


@dataclass(frozen=True)
class Case:
    """What is read of one person. `mails` is empty for who may not see them."""

    letters: Sequence[InvitationLetter]
    changes: Sequence[StatusChange]
    details: Sequence[DetailChange]
    corrections: Sequence[Correction]
    mails: Sequence[tuple[str, OutgoingMail]]  # with the name of its kind
    extensions: Sequence[AcceptanceExtension]
    visa_letters: Sequence[VisaLetter]
    passport: Passport | None
    log: Sequence[Any]

    @property
    def current(self) -> InvitationLetter | None:
        """The letter that is not void."""
        return next((letter for letter in self.letters if letter.is_current), None)


def case_of(delegate: Delegate, *, mails: bool) -> Case:
    """Everything about `delegate`, with the `mails` about them where the reader may see them. A passport is read without its
    number."""
    letters = (
        delegate.letters.select_related("acceptance__sealed", "issued_by", "workshop")
        .prefetch_related("scans__decided_by", "refusals")
        .order_by("-version")
    )
    written = OutgoingMail.objects.filter(about=delegate.public_id).defer("text", "html", "personal_token")
    return Case(
        letters=list(letters),
        changes=list(StatusChange.objects.filter(delegate=delegate).select_related("by")),
        details=list(DetailChange.objects.filter(delegate=delegate).select_related("settled_by")),
        corrections=list(Correction.objects.filter(delegate=delegate).select_related("by")),
        mails=[(name_of(mail.kind), mail) for mail in written.order_by("-created_at", "-pk")[:MAILS]]
        if mails
        else [],
        extensions=list(AcceptanceExtension.objects.filter(delegate=delegate).select_related("by")),
        visa_letters=list(VisaLetter.objects.filter(delegate=delegate).select_related("issued_by")),
        passport=Passport.objects.filter(delegate=delegate)
        .select_related("verified_by")
        .only("delegate", "verified_at", "verified_by", "airline_name", "airline_name_confirmed_at")
        .first(),
        log=list(log_entries(delegate).select_related("user")),
    )


def name_of_user(user: Any, otherwise: object = "") -> str:
    """An officer by name, by user name where none is known; else `otherwise`."""
    return (user and user.get_full_name()) or str(user or otherwise)


def change_in_words(change: StatusChange) -> str:
    """What somebody did meanwhile, who, and when in the workshop's zone."""
    return _("Since you opened this page: %(what)s (%(who)s, %(when)s).") % {
        "what": change.get_verb_display(),
        "who": name_of_user(change.by, change.get_actor_display()),
        "when": when(change.at, change.delegate.workshop),
    }


def refused_in_words(refused: RegistrationError) -> str:
    """Why a step is refused; where somebody else took one before, what, who and when."""
    change = getattr(refused, "change", None)
    if isinstance(refused, ChangedMeanwhile):
        return change_in_words(refused.change)
    if change is None:
        return str(refused.message)
    words = _("%(refused)s Last step: %(what)s (%(who)s, %(when)s).")
    return words % {
        "refused": refused.message,
        "what": change.get_verb_display(),
        "who": name_of_user(change.by, change.get_actor_display()),
        "when": when(change.at, change.delegate.workshop),
    }


def events_of(case: Case, delegate: Delegate) -> Iterator[CaseEvent]:
    """What happened, in no order."""
    for change in case.changes:
        what = change.get_verb_display() or str(change)
        yield CaseEvent(
            change.at, what, name_of_user(change.by, change.get_actor_display()), change.reason_text
        )
    for detail in case.details:
        yield from _detail(detail)
    for correction in case.corrections:
        what = _("Corrected by staff")
        if correction.kind == CorrectionKind.ANOTHER_PERSON:
            what = _("Corrected by staff: another person")
        elif correction.kind == CorrectionKind.ENTERED:
            what = _("Keyed in by staff: %(what)s") % {"what": gettext(correction.what)}
        who = name_of_user(correction.by)
        yield CaseEvent(correction.at, what, who, str(correction.reason), changes=correction.shown())
    for letter in case.letters:
        yield from _letter(letter)
    for extension in case.extensions:
        words = _("More time to accept the letter: until %(until)s") % {
            "until": until(extension.until, delegate.workshop)
        }
        yield CaseEvent(extension.at, words, name_of_user(extension.by), extension.reason)
    for visa_letter in case.visa_letters:
        yield CaseEvent(
            visa_letter.created_at, _("Letter for the consulate"), name_of_user(visa_letter.issued_by)
        )
    for kind, mail in case.mails:
        url = reverse("admin:portal_outgoingmail_change", args=[mail.pk])
        words = _("Mail: %(kind)s (%(state)s)") % {"kind": kind, "state": mail.get_state_display()}
        yield CaseEvent(mail.created_at, words, note=mail.subject, url=url, language=mail.language)
    if case.passport and case.passport.verified_at:
        who = name_of_user(case.passport.verified_by)
        yield CaseEvent(case.passport.verified_at, _("Passport: seen and agrees"), who)
    if case.passport and case.passport.airline_name_confirmed_at:
        yield CaseEvent(case.passport.airline_name_confirmed_at, _("Name on the ticket confirmed"))
    if delegate.email_confirmed_at:
        yield CaseEvent(delegate.email_confirmed_at, _("E-mail address confirmed"))
    for entry in case.log:
        yield CaseEvent(entry.action_time, entry.get_change_message(), name_of_user(entry.user))


def _detail(detail: DetailChange) -> Iterator[CaseEvent]:
    changes = ((detail.label, str(detail.before_words), str(detail.after_words)),)
    yield CaseEvent(detail.at, _("Changed by the delegate"), changes=changes)
    if detail.settled_at:
        what = _("Change agreed to") if detail.agreed else _("Change set back")
        yield CaseEvent(detail.settled_at, what, name_of_user(detail.settled_by), note=detail.label)


def _letter(letter: InvitationLetter) -> Iterator[CaseEvent]:
    url = reverse("admin:registration_invitationletter_change", args=[letter.pk])
    named = {"reference": letter.reference, "version": letter.version}
    if letter.rendered_at:
        words = _("Letter %(reference)s, version %(version)d, issued") % named
        yield CaseEvent(letter.rendered_at, words, name_of_user(letter.issued_by), url=url)
    if letter.voided_at:
        words = _("Letter %(reference)s, version %(version)d, void") % named
        yield CaseEvent(letter.voided_at, words, url=url)
    acceptance = getattr(letter, "acceptance", None)
    if acceptance:
        words = _("Letter %(reference)s, version %(version)d, accepted") % named
        yield CaseEvent(
            acceptance.at, words, acceptance.typed_name, str(acceptance.get_method_display()), url
        )
        if hasattr(acceptance, "sealed"):
            yield CaseEvent(acceptance.sealed.sealed_at, _("Accepted letter sealed"), url=url)
    for refusal in letter.refusals.all():
        yield CaseEvent(refusal.at, _("Letter declined"), note=refusal.reason, url=url)
    for scan in letter.scans.all():
        at = reverse("admin:registration_signedscan_change", args=[scan.pk])
        yield CaseEvent(scan.at, _("Letter signed by hand received"), url=at)
        if scan.decided_at and scan.state != ScanState.REPLACED:
            words = _("Letter signed by hand: %(state)s") % {"state": scan.get_state_display()}
            yield CaseEvent(scan.decided_at, words, name_of_user(scan.decided_by), scan.reason, at)


def newest_first(events: Iterable[CaseEvent]) -> list[CaseEvent]:
    """As a timeline reads; of what happened at one instant, what was said last comes first."""
    found = list(events)[::-1]
    found.sort(key=lambda event: event.at, reverse=True)
    return found
