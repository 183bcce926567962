"""Mails to delegates, focal points and the Secretariat: each is a row written in the transaction that causes it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from rcm_portal.mail.writing import Trusted, queue_mail
from rcm_portal.models import OutgoingMail
from rcm_portal.output.dates import day_in_words, instant_in_words
from rcm_portal.output.i18n import localized
from rcm_portal.output.urls_absolute import portal_url
from rcm_portal.output.zones import zone_name

from ..models import Delegate, Delegation, Nomination, RegistrationDraft, StatusChange, Workshop
from ..rules.workflow import Verb
from .links import delegation_token, draft_token, mailed_url, my_token, nomination_token, token_url

# Their names, as staff read them in the list of mails.
KINDS = {
    "address_changed": _("address changed, to the old address"),
    "already_registered": _("registered already"),
    "approved": _("approval with the invitation letter"),
    "cancelled": _("registration cancelled"),
    "confirm_soon": _("address to be confirmed soon"),
    "confirmed": _("attendance confirmed"),
    "corrected": _("registration corrected by staff"),
    "declined": _("letter declined, to the Secretariat"),
    "draft": _("saved form"),
    "extended": _("more time for the letter"),
    "identity_changed": _("somebody else after approval, to the Secretariat"),
    "let_go": _("registration ended, address not confirmed"),
    "link": _("link to the own page"),
    "merged": _("registered twice, made one"),
    "message": _("message from the Secretariat"),
    "moved": _("moved to another delegation"),
    "new_address": _("new address to be confirmed"),
    "new_address_asked": _("new address asked for, to the old address"),
    "nomination": _("nomination"),
    "offer_over": _("offered seat passed on"),
    "offer_withdrawn": _("offered seat withdrawn"),
    "delegation_link": _("link to the delegation’s page"),
    "practical": _("practical information"),
    "passport_unclear": _("passport to be corrected"),
    "registered": _("registration received"),
    "registrar": _("registration of somebody else, to who sent it"),
    "rejected": _("registration rejected"),
    "reminder": _("reminder"),
    "reminder_delegation": _("reminder to a focal point"),
    "renewed": _("changed invitation letter"),
    "reopened": _("registration open again"),
    "scan_received": _("letter signed by hand, to the Secretariat"),
    "scan_refused": _("letter signed by hand refused"),
    "sealed": _("sealed letter"),
    "sealed_copy": _("sealed letter, to the Secretariat"),
    "seat_given": _("seat given"),
    "seat_offered": _("seat offered"),
    "substituted": _("somebody else takes the place"),
    "summary": _("daily summary"),
    "taken_back": _("approval taken back"),
    "visa_letter": _("letter for the consulate ready"),
    "visa_letter_void": _("letter for the consulate void, to the Secretariat"),
    "withdrawn": _("withdrawn, data destroyed"),
}


def mail_delegate(
    kind: str,
    delegate: Delegate,
    *,
    attachments=(),
    own_files=(),
    hold: bool = False,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    language: str = "",
    to: str = "",
    personal_token: str | None = None,
    **extra,
) -> OutgoingMail:
    """Write the mail `templates/registration/mail/<kind>` to a delegate in their language, or in `language`.

    It goes to the delegate's address, or to `to`; its link is the delegate's own, or made of `personal_token`. `extra` are
    further plain values for the template; before `not_before` it waits, after `not_after` it is no longer sent. Must be called inside a transaction.
    """
    workshop = delegate.workshop
    language = language or delegate.language
    with translation.override(language):
        context = {
            "name": delegate.full_name,
            "code": delegate.code,
            "workshop": localized(workshop, "short_name"),
            "party": localized(delegate.delegation.party, "name"),
            "deadline": workshop.last_moment,
            "zone": zone_name(workshop),
            "contact_email": workshop.contact_email,
            "transfers": localized(workshop, "transfers"),
            "reimbursement": localized(workshop, "reimbursement"),
            "confirmation_hours": workshop.email_confirmation_hours,
            "my_url": mailed_url("my", delegate),
            "address_url": mailed_url("new_address", delegate),
            "waiting": delegate.waiting_position,
            "confirmed": delegate.email_confirmed_at is not None,
            "confirm_by": last_minute(delegate.confirm_by, workshop, language),
            "confirm_by_day": last_day(delegate.confirm_by, workshop, language),
            **extra,
        }
    return queue_mail(
        template=f"registration/mail/{kind}",
        kind=kind,
        to=to or delegate.email,
        language=language,
        context=context,
        workshop=workshop.slug,
        about=delegate.public_id,
        personal_token=my_token(delegate) if personal_token is None else personal_token,
        attachments=attachments,
        own_files=own_files,
        hold=hold,
        not_before=not_before,
        not_after=not_after,
        reply_to=workshop.contact_email,
        zone=workshop.zone,
    )


def last_day(limit: datetime | None, workshop: Workshop, language: str) -> str:
    """The last day before an exclusive limit, for subjects, in words; "" for none."""
    if limit is None:
        return ""
    return day_in_words(timezone.localdate(limit - timedelta(minutes=1), workshop.zone), language)


def mail_leaving(kind: str, delegate: Delegate, *, now: datetime, **extra) -> OutgoingMail:
    """`mail_delegate` to somebody whose registration has ended, with what takes the workshop out of their calendar where a
    confirmation put it there."""
    files: list[tuple[str, str, str]] = []
    if StatusChange.objects.filter(delegate=delegate, verb=Verb.CONFIRM).exists():
        from .calendar import calendar_files  # noqa: PLC0415 - 9 MB that a web worker seldom needs

        files = calendar_files(delegate, now=now, cancelled=True)
    return mail_delegate(kind, delegate, own_files=files, leaves_calendar=len(files), **extra)


def mail_staff(
    template: str, kind: str, delegate: Delegate, *, to: str, reply_to: str, attachments=(), **extra
) -> OutgoingMail:
    """Write a mail about a delegate to staff, in the language that the workshop sets for them.

    `extra` are further plain values for the template.
    """
    workshop = delegate.workshop
    language = workshop.summary_language
    return queue_mail(
        template=template,
        kind=kind,
        to=to,
        language=language,
        context={
            "name": delegate.full_name,
            "code": delegate.code,
            "party": localized(delegate.delegation.party, "name", language),
            "workshop": localized(workshop, "short_name", language),
            **extra,
        },
        workshop=workshop.slug,
        about=delegate.public_id,
        attachments=attachments,
        reply_to=reply_to,
        zone=workshop.zone,
    )


def mail_secretariat(kind: str, delegate: Delegate, *, attachments=(), **extra) -> OutgoingMail:
    """Write the mail `templates/registration/mail/<kind>` about a delegate to the workshop's organiser; an answer goes to the
    delegate. `extra` are further plain values for the template."""
    return mail_staff(
        f"registration/mail/{kind}",
        kind,
        delegate,
        to=delegate.workshop.contact_email,
        reply_to=delegate.email,
        attachments=attachments,
        registration_url=portal_url(reverse("admin:registration_delegate_change", args=[delegate.pk])),
        **extra,
    )


def last_minute(limit: datetime | None, workshop: Workshop, language: str) -> str:
    """The last minute before an exclusive limit in words, in the workshop's zone, which is named; "" for none."""
    if limit is None:
        return ""
    with translation.override(language):
        zone = zone_name(workshop)
    return Trusted(f"{instant_in_words(limit - timedelta(minutes=1), workshop.zone, language)} ({zone})")


def party_context(delegation: Delegation, language: str) -> dict:
    """What mails about a delegation's own links say, in `language`."""
    workshop = delegation.workshop
    return {
        "workshop": localized(workshop, "short_name", language),
        "party": localized(delegation.party, "name", language),
        "seats": delegation.seat_limit,
        "deadline": last_minute(workshop.deadline, workshop, language),
        "deadline_day": last_day(workshop.deadline, workshop, language),
        "open": workshop.is_open(timezone.now()),
        "contact_email": workshop.contact_email,
    }


def mail_focal_point(
    kind: str,
    delegation: Delegation,
    *,
    attachments=(),
    hold: bool = False,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    **extra,
) -> OutgoingMail:
    """Write the mail `templates/registration/mail/<kind>` to a delegation's focal point in their language; the rest as
    `mail_delegate`."""
    workshop, language = delegation.workshop, delegation.focal_point_language
    token = delegation_token(delegation)
    return queue_mail(
        template=f"registration/mail/{kind}",
        kind=kind,
        to=delegation.focal_point_email,
        language=language,
        context={
            **party_context(delegation, language),
            "name": delegation.focal_point_name,
            "delegation_url": token_url("delegation", workshop, language),
            **extra,
        },
        workshop=workshop.slug,
        about=delegation.public_id,
        personal_token=token,
        attachments=attachments,
        hold=hold,
        not_before=not_before,
        not_after=not_after,
        reply_to=workshop.contact_email,
        zone=workshop.zone,
    )


def mail_nomination(nomination: Nomination) -> OutgoingMail:
    """Write the mail that brings a nominated person their own link to the form."""
    delegation = nomination.delegation
    workshop, language = delegation.workshop, nomination.language
    replaced = nomination.replaces
    return queue_mail(
        template="registration/mail/nomination",
        kind="nomination",
        to=nomination.email,
        language=language,
        context={
            **party_context(delegation, language),
            "name": nomination.name,
            "nominated_by": delegation.focal_point_name,
            "replaced": replaced.full_name if replaced else "",
            "nomination_url": token_url("nomination", workshop, language),
        },
        workshop=workshop.slug,
        about=nomination.public_id,
        personal_token=nomination_token(nomination),
        reply_to=workshop.contact_email,
        zone=workshop.zone,
    )


def mail_registrar(delegation: Delegation, *, about: UUID, name: str, to: str, language: str) -> OutgoingMail:
    """Write the mail to somebody who has registered another person, `name`, in the delegation: no link, nothing else of
    that person, whose `public_id` is `about`."""
    workshop = delegation.workshop
    return queue_mail(
        template="registration/mail/registrar",
        kind="registrar",
        to=to,
        language=language,
        context={**party_context(delegation, language), "name": "", "registered": name},
        workshop=workshop.slug,
        about=about,
        reply_to=workshop.contact_email,
        zone=workshop.zone,
    )


def mail_draft(draft: RegistrationDraft, *, earlier: Workshop | None = None) -> OutgoingMail:
    """Write the mail that brings back a half-finished form, or one filled in from an `earlier` workshop; it says nothing of
    what stands in it."""
    workshop, language = draft.workshop, draft.language
    return queue_mail(
        template="registration/mail/draft",
        kind="draft",
        to=draft.email,
        language=language,
        context={
            "name": "",
            "workshop": localized(workshop, "short_name", language),
            "earlier": localized(earlier, "short_name", language) if earlier else "",
            "deadline": last_minute(workshop.deadline, workshop, language),
            "kept_until": last_minute(draft.kept_until, workshop, language),
            "contact_email": workshop.contact_email,
            "draft_url": token_url("draft", workshop, language),
        },
        workshop=workshop.slug,
        about=draft.public_id,
        personal_token=draft_token(draft),
        not_after=draft.kept_until,
        reply_to=workshop.contact_email,
        zone=workshop.zone,
    )
