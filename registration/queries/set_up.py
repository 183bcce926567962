"""What a workshop still needs, as staff see it: parted by what was set aside, each with who can cure it."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.urls import resolve
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import localized
from rcm_portal.security.roles import NAMES, PERMISSIONS, Staff

from ..models import FindingSeen, Workshop
from ..rules.findings import Finding, Level, findings


@dataclass(frozen=True)
class Need:
    """One finding with the groups of staff who can cure it, and the row by which it was set aside, if it was."""

    finding: Finding
    cured_by: list[str | Promise]
    seen: FindingSeen | None = None

    @property
    def is_error(self) -> bool:
        return self.finding.level == Level.ERROR


@dataclass
class SetUp:
    """What a workshop still needs, errors first, and what somebody has looked at and left: in the active language."""

    open: list[Need] = field(default_factory=list)
    aside: list[Need] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(need.is_error for need in self.open)

    @property
    def warnings(self) -> int:
        return len(self.open) - self.errors


def set_up_of(workshop: Workshop) -> SetUp:
    """The findings of a workshop. An error is never aside, whatever a row says."""
    rows = FindingSeen.objects.filter(workshop=workshop, taken_back_at__isnull=True).select_related("by")
    seen = {localized(row, "words"): row for row in rows}
    found = SetUp()
    for finding in findings(workshop):
        row = seen.get(finding.words) if finding.level == Level.WARNING else None
        (found.aside if row else found.open).append(Need(finding, cured_by(finding.url), row))
    return found


def cured_by(url: str) -> list[str | Promise]:
    """The groups of staff whom the page of the admin lets change what it shows, by what it asks of anybody who opens it.

    Where no group may (a list that nobody edits, such as the entitlements), those who may look at it.
    """
    if not url:
        return [_("administrator")]
    page = resolve(urlsplit(url).path)
    admin: ModelAdmin[Any] = page.func.model_admin  # type: ignore[attr-defined]  # Django sets it on each page of the admin
    adds = (page.url_name or "").endswith("_add")
    for may in (
        [admin.has_add_permission] if adds else [admin.has_change_permission, admin.has_view_permission]
    ):
        if groups := [
            group for group in PERMISSIONS if may(cast("HttpRequest", SimpleNamespace(user=Staff(group))))
        ]:
            return [NAMES[group] for group in groups]
    return [_("administrator")]
