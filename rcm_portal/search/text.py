"""A column that says what a row is found by: folded, kept by every way in which Django writes a row, and indexed."""

import logging
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar, cast

from django.apps import AppConfig, apps
from django.db import DatabaseError, connections, models, transaction

logger = logging.getLogger(__name__)
BATCH = 2000
Row = TypeVar("Row", bound=models.Model)


class SearchText(models.TextField):  # type: ignore[type-arg]
    """What the model's `search_words` says, worked out anew whenever the row is saved or made in bulk."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": "", "editable": False, "blank": True, **kwargs})

    def deconstruct(self) -> Any:
        """A plain text for migrations, whose models cannot say what they are found by."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002 - Django's own signature
        text: str = model_instance.search_words()  # type: ignore[attr-defined]
        setattr(model_instance, self.attname, text)
        return text


class SearchableQuerySet(models.QuerySet[Row]):
    """Keeps the search text in `update`, and so in `bulk_update`, which calls it."""

    def update(self, **values: Any) -> int:
        if not cast("type[Searchable]", self.model).SEARCHED & values.keys():
            return super().update(**values)
        with transaction.atomic(using=self.db, savepoint=False):
            keys = list(self.order_by().values_list("pk", flat=True))
            done = super().update(**values)
            rows = self.model._default_manager.using(self.db)
            for start in range(0, len(keys), BATCH):
                refold(rows.filter(pk__in=keys[start : start + BATCH]))
        return done

    update.alters_data = True  # type: ignore[attr-defined]


class Searchable(models.Model):
    """A row that is found by the words of `search_words`, whose own columns are named in SEARCHED."""

    SEARCHED: ClassVar[frozenset[str]]
    SEARCHED_RELATED: ClassVar[tuple[str, ...]] = ()  # what `search_words` reads of other tables

    search_text = SearchText()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        columns = kwargs.get("update_fields")
        if columns is None and "search_text" in self.get_deferred_fields():
            self.search_text = ""  # else Django would leave the column out with the other deferred ones
        if columns is not None and self.SEARCHED & set(columns):
            kwargs["update_fields"] = {*columns, "search_text"}
        super().save(*args, **kwargs)

    def search_words(self) -> str:
        """The folded words by which this row is found."""
        raise NotImplementedError


def refold(rows: "models.QuerySet[Any]") -> int:
    """Work out the search text of these rows again, in batches, each written at once; returns how many differed."""
    model: type[Searchable] = rows.model
    related = model.SEARCHED_RELATED
    rows = (rows.select_related(*related) if related else rows).order_by("pk")
    changed, last = 0, 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        texts = ((row.search_words(), row.pk, row.search_text) for row in batch)
        stale = [(text, pk) for text, pk, kept in texts if text != kept]
        write_texts(model._meta.db_table, stale, using=rows.db)
        changed += len(stale)
    return changed


def write_texts(table: str, texts: Iterable[tuple[str, int]], *, using: str = "default") -> None:
    """Write (search text, primary key) of many rows: the statement is prepared once, ten times faster than `bulk_update`."""
    texts = list(texts)
    if texts:
        with transaction.atomic(using=using, savepoint=False), connections[using].cursor() as cursor:
            cursor.executemany(f'UPDATE "{table}" SET "search_text" = %s WHERE "id" = %s', texts)  # noqa: S608 - our own name


def install_indexes(sender: AppConfig, using: str, **kwargs: Any) -> None:  # noqa: ARG001
    """After each `migrate`, on PostgreSQL: a trigram index on every search text, which finds parts of words.

    Not in a migration: the extension needs a right that not every database grants (a trusted one, since PostgreSQL 13:
    CREATE on the database). Without it a search reads the whole column, and the next `migrate` tries again.
    """
    connection = connections[using]
    if connection.vendor != "postgresql" or sender.label != "portal":
        return
    tables = [model._meta.db_table for model in apps.get_models() if issubclass(model, Searchable)]
    try:
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        logger.warning("Searches of people have no index: this account may not create the extension pg_trgm.")
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace "
            "WHERE extname = 'pg_trgm'"
        )
        (schema,) = cursor.fetchone()
        cursor.execute(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'search_text' "
            "AND table_schema = current_schema() AND table_name = ANY(%s)",
            [tables],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'CREATE INDEX IF NOT EXISTS "{table}_search" ON "{table}" USING gin (search_text {schema}.gin_trgm_ops)'
            )
