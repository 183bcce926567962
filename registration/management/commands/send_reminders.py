"""`send_reminders [--dry-run] [--at ISO] [--workshop SLUG]`: write the reminders that are due, or show them."""

from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rcm_portal.templatetags.portal import until, when
from registration.models import Workshop
from registration.queries.reminder_plan import plan
from registration.rules.reminders import Action
from registration.services.reminders import send_due


class Command(BaseCommand):
    help = "Writes the reminders that are due into the outbox. With --dry-run only says who would get what, and why."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="write nothing, print what is due")
        parser.add_argument(
            "--at", metavar="ISO", help="as if it were this instant, such as 2022-02-22T09:00-06:00"
        )
        parser.add_argument("--workshop", metavar="SLUG", help="only this workshop")

    def handle(self, *args, dry_run, at, workshop, **options):
        now = self.instant(at) if at else timezone.now()
        workshops = None
        if workshop:
            workshops = Workshop.objects.filter(slug=workshop)
            if not workshops:
                raise CommandError(_("There is no workshop “%s”.") % workshop)
        if not dry_run:
            counts = send_due(now=now, workshops=workshops)
            self.stdout.write(", ".join(f"{outcome}: {count}" for outcome, count in counts.items()))
            return
        planned = plan(now=now, workshops=workshops)
        for each in planned:
            self.stdout.write(self.line(each))
        late = sum(each.due.action == Action.MISS for each in planned)
        words = [
            ngettext("%d reminder is due.", "%d reminders are due.", len(planned) - late)
            % (len(planned) - late),
            ngettext("%d is too late and not sent.", "%d are too late and not sent.", late) % late,
            _("Nothing was sent."),
        ]
        self.stdout.write(" ".join(words if late else [words[0], words[2]]))

    def instant(self, text: str) -> datetime:
        try:
            instant = datetime.fromisoformat(text)
        except ValueError as error:
            raise CommandError(
                _("--at: “%s” is no instant such as 2022-02-22T09:00-06:00.") % text
            ) from error
        if instant.tzinfo is None:
            raise CommandError(_("--at: “%s” needs its offset from UTC, such as -06:00.") % text)
        return instant

    def line(self, planned) -> str:
        due, workshop = planned.due, planned.who.workshop
        return _(
            "%(action)s: %(who)s <%(address)s>: %(what)s; %(days)d days before %(until)s, due %(due)s"
        ) % {
            "action": due.action.label,
            "who": planned.who,
            "address": planned.address,
            "what": planned.rule.get_what_display(),
            "days": due.days,
            "until": until(due.missing.until, workshop),
            "due": when(due.due_at, workshop),
        }
