from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _objectives(sender, using, **kwargs) -> None:
    """The 23 objectives are there as soon as their table is, and again after a test has emptied it."""
    from .models import GCMObjective
    from .services.editing import load_objectives

    if GCMObjective._meta.db_table in connections[using].introspection.table_names():
        load_objectives(using=using)


class AgendaConfig(AppConfig):
    name = "agenda"
    verbose_name = _("Agenda")

    def ready(self):
        from rcm_portal import guards
        from rcm_portal.backup.contributed import FILLED_BY_MIGRATE
        from rcm_portal.files import owners
        from rcm_portal.health.words import NOT_DONE, tell
        from rcm_portal.mail import kinds
        from registration.presets.sections import SECTIONS
        from registration.rules.findings import CHECKS

        from . import receivers, staff_home, tasks  # noqa: F401 - staff_home and tasks register themselves
        from .services import notices

        kinds.NAMES.register(notices.KIND, _("changes in the agenda"))
        receivers.connect()
        tell(
            "sweep-programmes",
            ill=_("Programmes that were published are not printed."),
            repair=NOT_DONE,
            people=True,
        )
        SECTIONS.register("agenda", "agenda.services.preset.AgendaSection")
        CHECKS.register("agenda", "agenda.queries.workshop_checks.check")
        # What readers were shown stays as it was: no UPDATE of a published version, whoever tries.
        final = guards.Guard(
            name="agenda_version_is_final",
            table="agenda_agendaversion",
            events=("UPDATE",),
            condition="1 = 1",
        )
        guards.GUARDS.register(final.name, final)
        FILLED_BY_MIGRATE.register("agenda", "agenda_gcmobjective")
        owners.register(
            owners.Owner("agenda.AgendaDocument", "storage_key", prefix="agenda"),
            owners.Owner("agenda.PrintedProgramme", "storage_key", prefix="programmes"),
        )
        post_migrate.connect(_objectives, sender=self)
