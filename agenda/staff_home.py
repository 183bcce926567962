"""The ways to the agenda's pages, by what people come to do."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from rcm_portal.staff import jobs
from rcm_portal.staff.jobs import Job, Way

from . import perms


@jobs.ways.answer("agenda")
def ways(user: Any) -> list[Way]:
    """What the user may open of the agenda."""
    if not perms.may_edit(user):
        return []
    parts = tuple(
        f"agenda_{model}_{page}" for model in ("agendaitem", "agendaday") for page in ("add", "change")
    )
    return [
        Way(Job.AGENDA, _("Agenda"), reverse("admin:agenda_programme_changelist"), parts),
        Way(Job.DOCUMENTS, _("Documents"), reverse("admin:agenda_agendadocument_changelist")),
    ]
