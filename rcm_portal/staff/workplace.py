"""The workshop that an officer works on: chosen once, kept, and what every list of the admin speaks of.

Which workshops there are an app says. A list is narrowed by the path that its admin class names in `workshop_path`, unless
the address says a workshop itself: what a link asks for is obeyed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse

from ..registry import Question


@dataclass(frozen=True)
class Place:
    """A workshop, as far as the staff pages know one; it is `InZone`."""

    key: int
    slug: str
    name: str
    is_over: bool
    time_zone: str
    zone_label_es: str = ""
    zone_label_en: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


AT_HAND = 20

UTC = Place(key=0, slug="", name="", is_over=False, time_zone="UTC")


@dataclass(frozen=True)
class Workplace:
    """Every workshop, the next one first, and the one that somebody works on (None: all of them)."""

    places: tuple[Place, ...] = ()
    chosen: Place | None = None

    @property
    def at_hand(self) -> tuple[Place, ...]:
        """Those that the header of every page offers; the others stand on a page of their own."""
        first = self.places[:AT_HAND]
        return first if self.chosen is None or self.chosen in first else (*first, self.chosen)

    def of(self, slug: str) -> Place | None:
        """The workshop of this slug, if there is one."""
        return next((place for place in self.places if place.slug == slug), None)


class Workplaces(Protocol):
    def __call__(self, user: Any) -> Workplace:
        """The workshops, and the one that `user` has chosen; the only one is nobody's choice. At most one query a request."""


class Choosing(Protocol):
    def __call__(self, user: Any, slug: str) -> None:
        """Keep the choice of `user`; a slug that is no workshop's means all of them."""


workplaces = Question[Workplaces]("workplaces")
choosing = Question[Choosing]("choosing")


def workplace_of(user: Any) -> Workplace:
    """What the one app that knows workshops says."""
    return next(iter(workplaces))(user)


def choose(user: Any, slug: str) -> None:
    """Keep what `user` works on from now on."""
    next(iter(choosing))(user, slug)


def of_place(model: type[Model], path: str, place: Place) -> Q:
    """Which rows belong to a workshop, or to none: the path ends at a relation, or at a text that holds its slug."""
    fields = get_fields_from_path(model, path)
    if not fields[-1].is_relation:
        return Q((path, place.slug)) | Q((path, ""))
    if any(field.one_to_many or field.many_to_many for field in fields):
        return Q(pk__in=model._base_manager.filter((path, place.key)).values("pk"))
    mine = Q((path, place.key))
    return mine | Q((f"{path}__isnull", True)) if fields[-1].null else mine


def said(request: HttpRequest, path: str) -> str:
    """The key of the address that says a workshop, or a row on the `path` to one; "" where none does."""
    steps = path.split("__")
    rows = ["__".join(steps[:length]) for length in range(1, len(steps))]
    exact = {f"{row}{end}" for row in rows for end in ("", "__exact", "__id__exact", "__pk__exact")}
    keys = (key for key in request.GET if key in exact or key == path or key.startswith(f"{path}__"))
    return next(keys, "") if path else ""


class OfOneWorkshop(admin.ModelAdmin):  # type: ignore[type-arg]
    """Narrows the list of a class with a `workshop_path` to the chosen workshop; the site puts it before every class.

    Each row also gets its `place`, by whose clocks its instants are shown: its workshop's where the path ends at a slug, else
    the chosen one's.
    """

    def _path(self) -> str:
        return getattr(self, "workshop_path", "")  # of the class itself, which this one stands before

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        place = getattr(request, "narrowed_to", None)
        return rows.filter(of_place(self.model, self._path(), place)) if place else rows

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, and what is taken of it (actions, files), of the chosen workshop alone."""
        here = workplace_of(request.user)
        if self._path() and not said(request, self._path()):
            request.narrowed_to = here.chosen  # type: ignore[attr-defined]
        try:
            changelist = super().get_changelist_instance(request)
        finally:
            request.narrowed_to = None  # type: ignore[attr-defined]
        for row in changelist.result_list:
            row.place = self.place_of(row, here)
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            row.place = self.place_of(row, workplace_of(request.user))
        return row

    def place_of(self, row: Model, here: Workplace) -> Place:
        """By whose clocks the instants of a row are shown."""
        path = self._path()
        if path and not get_fields_from_path(self.model, path)[-1].is_relation:
            slug = attrgetter(path.replace("__", "."))(row)
            return here.of(slug) or here.chosen or UTC
        return here.chosen or UTC

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """A link may always say a workshop."""
        path = self._path()
        if path and (lookup == path or lookup.startswith(f"{path}__")):
            return True
        return super().lookup_allowed(lookup, value, request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Says when the list speaks of another workshop than the one that the header names."""
        here = workplace_of(request.user)
        key = said(request, self._path()) if here.chosen else ""
        other = self._other(key, request.GET.get(key, ""), here) if key else None
        return super().changelist_view(request, {"speaks_of": other, **(extra_context or {})})

    def _other(self, key: str, value: str, here: Workplace) -> Place | None:
        """The workshop that the address names, unless it is the chosen one."""
        if not key.startswith(self._path()):
            return None
        named = next((place for place in here.places if value in (str(place.key), place.slug)), None)
        return named if named != here.chosen else None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of a row says so too."""
        context.setdefault("speaks_of", self._of_another(request, kwargs.get("obj")))
        return super().render_change_form(request, context, *args, **kwargs)

    def _of_another(self, request: HttpRequest, row: Model | None) -> Place | None:
        here, path = workplace_of(request.user), self._path()
        if row is None or not path or here.chosen is None:
            return None
        fields = get_fields_from_path(self.model, path)
        if any(field.one_to_many or field.many_to_many for field in fields):
            return None
        value = _value(row, path, is_relation=fields[-1].is_relation)
        named = next((place for place in here.places if value in (place.key, place.slug)), None)
        return named if named != here.chosen else None


def _value(row: Any, path: str, *, is_relation: bool) -> Any:
    """The key or the slug of a row's workshop, without reading the workshop itself."""
    *steps, last = path.split("__")
    for step in steps:
        row = getattr(row, step)
    return getattr(row, f"{last}_id" if is_relation else last)


def admins_with_path(site: admin.AdminSite) -> Iterator[tuple[Any, str]]:
    """Every registered class that names the path to its workshop."""
    for page in site._registry.values():
        if path := getattr(page, "workshop_path", ""):
            yield page, path
