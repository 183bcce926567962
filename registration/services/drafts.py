"""Half-finished forms: kept, encrypted, for as long as `Workshop.draft_days` says, and opened again by a mailed link."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from rcm_portal.mail.sending import erase_about

from ..documents.mails import mail_draft
from ..exceptions import DeadlinePassed
from ..models import Delegation, Nomination, PendingUpload, RegistrationDraft, Workshop


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
) -> RegistrationDraft:
    """Keep what was typed into a form, in one row, and mail its link to `email`.

    The same `form_key` again writes the same row anew, and its time begins anew, the uploaded copy's too. Another address
    gets another link, and the one sent before ends. `typed` is field name to texts; `delegation` or `nomination` is the
    link that the form was opened with. With `mail` false nothing is sent. Raises DeadlinePassed.
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
        mail_draft(draft)
    return draft


@transaction.atomic
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
