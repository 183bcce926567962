"""How the agenda takes part in registration's pages and hears of its changes."""

from django.db.models.signals import post_save
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rcm_portal.i18n import language_code
from registration.signals import (
    Panel,
    details_changed,
    landing_panels,
    personal_data_destroyed,
    status_changed,
)

from . import page, queries, services
from .models import Programme


def connect() -> None:
    """Called once, when the apps are ready."""
    landing_panels.connect(landing_panel, dispatch_uid="agenda.landing_panel")
    status_changed.connect(speaker_changed, dispatch_uid="agenda.status_changed")
    details_changed.connect(speaker_changed, dispatch_uid="agenda.details_changed")
    personal_data_destroyed.connect(speaker_changed, dispatch_uid="agenda.personal_data_destroyed")
    post_save.connect(
        workshop_changed, sender="registration.Workshop", dispatch_uid="agenda.workshop_changed"
    )


def landing_panel(sender, workshop, **kwargs) -> Panel | None:
    """The agenda in short on the workshop's landing page; nothing before a version is published."""
    shown = queries.shown(workshop.slug)
    if shown is None or shown.version is None:
        return None
    made = page.made(shown, language_code(get_language()))
    return Panel(order=30, anchor="agenda", title=_("Agenda"), html=made.landing)


def speaker_changed(sender, delegate, **kwargs) -> None:
    """A delegate's name may appear or must vanish: the agenda pages that name them are made anew."""
    for programme in Programme.objects.filter(workshop=delegate.workshop_id):
        if str(delegate.public_id) in programme.named:
            services.page_touched(programme.workshop_id)


def workshop_changed(sender, instance, update_fields, **kwargs) -> None:
    """The workshop's name, venue and zone stand on the agenda's page. Giving out a letter number changes none of them."""
    if update_fields is None or set(update_fields) - {"letters_issued"}:
        services.page_touched(instance.pk)
