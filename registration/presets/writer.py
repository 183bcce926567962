"""Writes what a preset says into the database without taking back what staff changed since it was last loaded."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DEFAULT_DB_ALIAS, IntegrityError, router, transaction
from django.db.models import Model
from django.db.models.deletion import Collector, ProtectedError, RestrictedError
from django.utils.translation import gettext as _

from ..models import PresetRecord, Workshop
from .mistakes import Mistakes
from .tables import Text, join

LANGUAGES = ("es", "en")


@dataclass
class Report:
    """What a load did, as lines of text per kind."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)  # "agenda.AgendaItem:d1-3 title_es"
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # staff's own values where the preset says otherwise
    deleted_by_staff: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)  # no longer in the file, still in the database

    @property
    def changes(self) -> int:
        return len(self.created) + len(self.updated) + len(self.removed)

    @property
    def changed(self) -> bool:
        return self.changes > 0


def texts(name: str, text: Text | None) -> dict[str, str]:
    """The columns `<name>_es` and `<name>_en` of a bilingual text; a text that is not given is empty in both."""
    return {f"{name}_{code}": getattr(text, code) if text else "" for code in LANGUAGES}


def plain(model: type[Model], name: str, value):
    """A column's value as JSON data, so that file, record and database compare; instants in UTC, relations by key."""
    column = model._meta.get_field(name)
    if column.is_relation:
        return value.pk if isinstance(value, Model) else value
    value = column.to_python(value)
    if isinstance(value, datetime):
        value = value.astimezone(UTC)
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


class Writer:
    """One load of one preset. `put` is called for every object of the file, then `finish` once."""

    def __init__(self, *, mistakes: Mistakes, overwrite: bool = False, workshop: Workshop | None = None):
        self.mistakes = mistakes
        self.overwrite = overwrite
        self.workshop = workshop
        self.report = Report()
        self.section = ""
        known = PresetRecord.objects.filter(workshop=workshop) if workshop else ()
        self._records = {record.key: record for record in known}
        self._seen: dict[str, tuple[str, str, dict]] = {}  # key -> section, primary key, values

    @property
    def changes(self) -> int:
        """How many objects and columns this load has changed so far."""
        return self.report.changes

    def put(
        self,
        model: type[Model],
        key: str,
        *,
        path: str,
        lookup: dict,
        values: dict,
        toml_keys: dict[str, str] | None = None,
        clean: bool = True,
    ) -> Model | None:
        """Create or update the object that `lookup` finds, so that its columns hold `values`.

        `key` names the object among those of its model in this workshop, `path` its table in the file, `toml_keys` the
        keys of columns that are called otherwise there. `clean=False` leaves out the model's own `clean()`, for rules
        over several rows that hold only when all are written. Returns None when staff deleted the object, or when it
        could not be written (which is then among the mistakes).
        """
        name = f"{model._meta.label}:{key}"
        wanted = {column: plain(model, column, value) for column, value in values.items()}
        record = self._records.get(name)
        found = model._default_manager.filter(**lookup).first()
        if found is None and record is not None:
            # Staff may have changed the very columns that name the object, such as the first day of an income group.
            found = model._default_manager.filter(pk=record.object_id).first()
            if found is not None and self.overwrite:
                values = lookup | values
                wanted = {column: plain(model, column, value) for column, value in values.items()}
        if found is None and record is not None and not self.overwrite:
            self.report.deleted_by_staff.append(name)
            self._seen[name] = (record.section, record.object_id, record.values)
            return None
        if found is None:
            found = model(**lookup, **values)
            if not self._save(found, path, toml_keys or {}, clean=clean):
                return None
            self.report.created.append(name)
        else:
            self._update(found, name, path, values, wanted, record, toml_keys or {}, clean)
        self._seen[name] = (self.section, str(found.pk), wanted)
        return found

    def finish(self, *, shared: tuple[type[Model], ...] = ()) -> None:
        """Deal with what an earlier load wrote and the file no longer names, and remember what this one wrote.

        Left-over objects stay, and are told; `overwrite` removes those that nothing else refers to. Objects of the
        `shared` models belong to all workshops and are never removed.
        """
        for name, record in reversed(self._records.items()):  # what belongs to something comes after it
            if name in self._seen:
                continue
            model = apps.get_model(name.split(":", 1)[0])
            obj = model._default_manager.filter(pk=record.object_id).first()
            if obj is not None and (not self.overwrite or model in shared or not _delete_if_alone(obj)):
                self.report.left_over.append(name)
                continue
            if obj is not None:
                self.report.removed.append(name)
            record.delete()
        self._remember()

    def _update(self, obj, name, path, values, wanted, record, toml_keys, clean) -> None:
        model = type(obj)
        changed = []
        for column, value in values.items():
            current = plain(model, column, getattr(obj, model._meta.get_field(column).attname))
            if current == wanted[column]:
                continue
            loaded_before = (
                record is not None and column in record.values and record.values[column] == current
            )
            if loaded_before or self.overwrite:
                setattr(obj, column, value)
                changed.append(column)
            else:
                self.report.kept.append(f"{name} {column}")
        if changed and self._save(obj, path, toml_keys, columns=changed, clean=clean):
            self.report.updated += [f"{name} {column}" for column in changed]

    def _save(self, obj, path, toml_keys, *, columns=None, clean=True) -> bool:
        """Validate and save; what the model or the database refuses becomes a mistake. Says whether it was saved."""
        untouched = (
            set() if columns is None else {each.name for each in obj._meta.fields if each.name not in columns}
        )
        # What a relation was given as an object is there; asking the database again takes a fifth of a load.
        there = {
            each.name for each in obj._meta.fields if each.is_relation and each.get_cached_value(obj, None)
        }
        try:
            obj.clean_fields(exclude=untouched | there)
            if clean:
                obj.clean()
            with transaction.atomic():
                obj.save(update_fields=columns)
        except ValidationError as error:
            self._tell(error, obj, path, toml_keys)
        except IntegrityError as error:
            self._explain(error, obj, path, toml_keys)
        else:
            return True
        return False

    def _explain(self, error: IntegrityError, obj, path, toml_keys) -> None:
        """The model's own sentence for what the database refused, or the database's where the model has none.

        Constraints are left to the database until it refuses: asking it about each beforehand doubles the time of a load.
        """
        try:
            obj.validate_unique()
            obj.validate_constraints()
        except ValidationError as known:
            self._tell(known, obj, path, toml_keys)
        else:
            self.mistakes.add(path, _("the database refuses this: %s") % str(error).splitlines()[0])

    def _tell(self, error: ValidationError, obj, path, toml_keys) -> None:
        for column, messages in error.message_dict.items():
            if column == NON_FIELD_ERRORS:
                self.mistakes.add(path, " ".join(messages))
                continue
            base, _under, language = column.rpartition("_")
            if column not in toml_keys and language in LANGUAGES and base:
                place = join(path, toml_keys.get(base, base), language)
            else:
                place = join(path, toml_keys.get(column, column))
            self.mistakes.add(place, " ".join(messages), getattr(obj, obj._meta.get_field(column).attname))

    def _remember(self) -> None:
        """Write the records of this load; those that would not differ are left alone."""
        new = []
        for name, (section, object_id, values) in self._seen.items():
            record = self._records.get(name)
            if record is None:
                new.append(
                    PresetRecord(
                        workshop=self.workshop, section=section, key=name, object_id=object_id, values=values
                    )
                )
            elif (record.section, record.object_id, record.values) != (section, object_id, values):
                record.section, record.object_id, record.values = section, object_id, values
                record.save()
        PresetRecord.objects.bulk_create(new)


def _delete_if_alone(obj: Model) -> bool:
    """Delete an object that nothing else refers to; says whether it was."""
    using = router.db_for_write(type(obj)) or DEFAULT_DB_ALIAS
    collector = Collector(using=using, origin=obj)
    try:
        collector.collect([obj])
    except (ProtectedError, RestrictedError):
        return False
    others = any(instances - {obj} for instances in collector.data.values())
    if others or any(query.exists() for query in collector.fast_deletes):
        return False
    with transaction.atomic():
        obj.delete()
    return True
