"""`check_workshop`: what is missing or does not agree in a workshop's data. Each app contributes its own checks.

An app registers in its AppConfig.ready the dotted name of a function that takes a workshop and gives Findings.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rcm_portal.output.i18n import OTHER_LANGUAGE
from rcm_portal.registry import Registry

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import Promise

    from ..models import Workshop

_LANGUAGE_NAMES = {"es": gettext_lazy("Spanish"), "en": gettext_lazy("English")}


class Level(TextChoices):
    """An error stops something from working (a letter cannot be made); a warning is to be looked at."""

    ERROR = "error", gettext_lazy("error")
    WARNING = "warning", gettext_lazy("warning")


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to look at; `where` names the object for a person ("Agenda, 31 March"), `url` leads to the
    field of the staff page where it is mended. Where one sentence is about several objects, `links` has the name and the
    address of each."""

    level: Level
    where: str
    message: str
    url: str = ""
    links: tuple[tuple[str, str], ...] = ()
    before_links: str = ""  # the sentence without the names

    @property
    def words(self) -> str:
        """What is said, in the language in which it was found: another sentence is another finding."""
        return f"{self.where}: {self.message}"


# The dotted name of a function `check(workshop) -> Iterable[Finding]`, by what it looks at.
CHECKS = Registry[str]()


def findings(workshop: "Workshop") -> list[Finding]:
    """Everything that the apps find, errors first."""
    found = [finding for name in CHECKS for finding in import_string(name)(workshop)]
    return sorted(found, key=lambda finding: finding.level != Level.ERROR)


def errors(workshop: "Workshop") -> list[Finding]:
    """What keeps the workshop from being published."""
    return [finding for finding in findings(workshop) if finding.level == Level.ERROR]


def page_of(obj: "Model", field: str = "") -> str:
    """The staff page of an object, at one of its fields."""
    options = obj._meta
    page = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[obj.pk])
    return f"{page}#id_{field}" if field else page


def about_each(level: Level, where: str, message: str, links: "Iterable[tuple[str, str]]") -> Finding:
    """One sentence about several objects: `message` ends in %s, which their names take. The first is led to."""
    links = tuple(links)
    said = message % ", ".join(name for name, _url in links)
    return Finding(level, where, said, links[0][1], links, (message % "").rstrip(" ."))


def missing_translations(
    objects: "Iterable[Model]", where: "Callable[[Model], str]" = str
) -> Iterator[Finding]:
    """A warning for each pair of columns `<name>_es`, `<name>_en` of which only one is filled."""
    for obj in objects:
        for column in obj._meta.concrete_fields:
            base, _under, language = column.name.rpartition("_")
            other = OTHER_LANGUAGE.get(language)
            if other and not getattr(obj, column.name) and getattr(obj, f"{base}_{other}", ""):
                yield missing_text(where(obj), column.verbose_name, language, page_of(obj, column.name))


def missing_text(where: str, what: "str | Promise", language: str, url: str) -> Finding:
    """A text that stands in the other language only."""
    message = _("%(what)s: no text in %(language)s.")
    return Finding(Level.WARNING, where, message % {"what": what, "language": _LANGUAGE_NAMES[language]}, url)
