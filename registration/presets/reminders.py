"""The section `reminders` of a preset: one rule per thing that may be missing."""

from datetime import time
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import Field

from ..enums import Language, ReminderAnchor, ReminderClock, ReminderTo, ReminderTopic
from ..models import ReminderRule
from .mistakes import Mistakes
from .sections import Section
from .tables import Count, Table, join, one_of, read


class RuleTable(Table):
    what: one_of(ReminderTopic)
    to: one_of(ReminderTo) = ReminderTo.DELEGATE.value
    before: one_of(ReminderAnchor) = ReminderAnchor.DEADLINE.value
    language: one_of(Language) | None = None
    clock: one_of(ReminderClock) = ReminderClock.WORKSHOP.value
    days: Annotated[list[Annotated[int, Field(ge=0, le=365)]], Field(min_length=1)]


class RemindersTable(Table):
    quiet_from: time = time(20)
    quiet_until: time = time(8)
    missed_after_hours: Count = 24
    rules: list[RuleTable]


class ReminderSection(Section):
    name = "reminders"

    def validate(self, data, mistakes: Mistakes):
        return read(RemindersTable, data, self.name, mistakes)

    def check(self, tables, preset, mistakes: Mistakes) -> None:
        seen = set()
        for index, rule in enumerate(tables.rules):
            if rule.what in seen:
                message = _("there is a rule for this in the file already.")
                mistakes.add(join(self.name, "rules", index, "what"), message, rule.what)
            seen.add(rule.what)

    def load(self, tables, preset, writer) -> None:
        for index, rule in enumerate(tables.rules):
            writer.put(
                ReminderRule,
                rule.what,
                path=join(self.name, "rules", index),
                lookup={"workshop": writer.workshop, "what": rule.what},
                values={
                    "to": rule.to,
                    "before": rule.before,
                    "days": rule.days,
                    "language": rule.language or "",
                    "clock": rule.clock,
                    "quiet_from": tables.quiet_from,
                    "quiet_until": tables.quiet_until,
                    "missed_after_hours": tables.missed_after_hours,
                },
            )
