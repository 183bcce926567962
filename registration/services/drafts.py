"""Half-finished forms: kept, encrypted, for as long as `Workshop.draft_days` says, and opened again by a mailed link."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from rcm_portal.mail.sending import erase_about

from ..documents.mails import mail_draft
from ..exceptions import DeadlinePassed
from ..models import Delegate, Delegation, Nomination, PendingUpload, RegistrationDraft, Workshop
from ..rules.typed.emails import email_key


@transaction.atomic
def save_draft(
    *,
    workshop: Workshop,
    form_key: UUID,
    email: str,
    language: str,
    typed: Mapping[str, list[str]],
    now: datetime,
    delegation: Delegation | None = None,
    nomination: Nomination | None = None,
    mail: bool = True,
    earlier: Workshop | None = None,
) -> RegistrationDraft:
    """Keep what was typed into a form, in one row, and mail its link to `email`.

    The same `form_key` again writes the same row anew, and its time begins anew, the uploaded copy's too. Another address
    gets another link, and the one sent before ends. `typed` is field name to texts; `delegation` or `nomination` is the
    link that the form was opened with, `earlier` the workshop whose registration it repeats. With `mail` false nothing is
    sent. Raises DeadlinePassed.
    """
    if not workshop.is_open(now):
        raise DeadlinePassed
    draft, _made = RegistrationDraft.objects.select_for_update(of=("self",)).get_or_create(
        form_key=form_key, defaults={"workshop": workshop, "email": email, "language": language}
    )
    if draft.email != email:
        erase_about(draft.public_id)
        draft.public_id = uuid.uuid4()
    draft.workshop, draft.email, draft.language, draft.saved_at = workshop, email, language, now
    draft.delegation, draft.nomination = delegation, nomination
    draft.link_version = delegation.link_version if delegation else None
    draft.data = json.dumps(dict(typed))
    draft.save()
    PendingUpload.objects.filter(workshop=workshop, form_key=form_key).update(created_at=now)
    if mail:
        mail_draft(draft, earlier=earlier)
    return draft


REFUSED = timedelta(hours=1)


def keep_refused(*, workshop: Workshop, now: datetime, **form) -> RegistrationDraft:
    """Keep a form for an hour whose address is somebody's already: with another address it is sent again from the page
    after it, and nobody types it anew. No mail leads to it. The rest, and what it raises, as for `save_draft`."""
    draft = save_draft(workshop=workshop, now=now, mail=False, **form)
    draft.saved_at = now - timedelta(days=workshop.draft_days) + REFUSED
    draft.save(update_fields=["saved_at"])
    PendingUpload.objects.filter(workshop=workshop, form_key=draft.form_key).update(created_at=draft.saved_at)
    return draft


# What somebody gave at an earlier workshop and need not type again; the passport and their needs are asked anew.
REPEATED = (
    "surnames",
    "given_names",
    "form_of_address",
    "badge_name",
    "date_of_birth",
    "sex",
    "nationality",
    "institution",
    "position",
    "email",
    "phone",
    "language",
    "interpretation",
)


def offer_earlier(*, workshop: Workshop, email: str, language: str, now: datetime) -> None:
    """Mail whoever took part in an earlier workshop, and asks for it, a form filled in with what is still held of that.

    Nobody is recognised unasked, and who asks learns nothing: only the mailbox does. Nothing happens once registration has
    closed, or where no confirmed registration of that address is held.
    """
    earlier = (
        Delegate.objects.with_personal_data()
        .filter(email_key=email_key(email), email_confirmed_at__isnull=False)
        .exclude(workshop=workshop)
        .select_related("workshop")
        .order_by("-submitted_at", "-pk")
        .first()
    )
    if earlier is None or not workshop.is_open(now):
        return
    said = {name: getattr(earlier, name) for name in REPEATED}
    save_draft(
        workshop=workshop,
        form_key=uuid.uuid4(),
        email=earlier.email,
        language=language,
        typed={name: [str(value)] for name, value in said.items() if value},
        now=now,
        earlier=earlier.workshop,
    )


@transaction.atomic(savepoint=False)
def forget_draft(form_key: UUID | None) -> None:
    """Destroy a half-finished form that was sent, or that its writer wants gone, with the mails that carried its link.

    The uploaded copy is the caller's: a registration takes it over.
    """
    for draft in RegistrationDraft.objects.filter(form_key=form_key) if form_key else ():
        erase_about(draft.public_id)
        draft.delete()


def typed_into(draft: RegistrationDraft) -> dict[str, list[str]]:
    """What was filled in: field name to texts; nothing where it cannot be opened."""
    return json.loads(draft.data or "{}")
