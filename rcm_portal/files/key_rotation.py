"""Key rotation: write anew, with the first of FIELD_ENCRYPTION_KEYS, what an older key wrote.

Each function can be run again after an interruption, beside a running portal: it touches only what still needs it.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Cast

from . import crypto
from . import owners as private_files
from .storage import private_storage

ROWS_AT_A_TIME = 200


def reencrypt_file(key: str) -> bool:
    """Re-encrypt one private file if its key is not the current one; whether it was needed.

    Hold a lock on the row that names the file: a file destroyed between the read and the write would come back.
    Raises FileNotFoundError, or crypto.DecryptionError when no configured key opens the file.
    """
    storage = private_storage()
    blob = storage.read_blob(key)
    if not crypto.needs_rotation(blob):
        return False
    storage.replace(key, crypto.decrypt(blob, context=key))
    return True


def encrypted_fields(model: type[models.Model]) -> list[crypto.EncryptedTextField]:
    """The encrypted columns of a model."""
    return [field for field in model._meta.concrete_fields if isinstance(field, crypto.EncryptedTextField)]


def rows_to_rotate(model: type[models.Model]) -> Iterator[Any]:
    """Primary keys of the rows with at least one encrypted column written with an older key."""
    raw = {
        f"raw_{field.attname}": Cast(field.attname, models.TextField()) for field in encrypted_fields(model)
    }
    if not raw:
        return
    for pk, *columns in model._base_manager.order_by("pk").annotate(**raw).values_list("pk", *raw).iterator():
        if any(
            column and crypto.needs_rotation(crypto.EncryptedTextField.blob(column)) for column in columns
        ):
            yield pk


def reencrypt_rows(
    model: type[models.Model], *, also: Callable[[models.Model], dict[str, object]] = lambda row: {}
) -> int:
    """Re-encrypt every row that needs it, in small transactions under row locks; returns how many.

    `also` gives further column values of a row to write with it, such as its blind index under the new key.
    Raises crypto.DecryptionError when no configured key opens a value.
    """
    names = [field.attname for field in encrypted_fields(model)]
    todo = list(rows_to_rotate(model))
    for start in range(0, len(todo), ROWS_AT_A_TIME):
        with transaction.atomic():
            rows = model._base_manager.select_for_update().filter(pk__in=todo[start : start + ROWS_AT_A_TIME])
            for row in rows.order_by("pk"):
                values = {name: getattr(row, name) for name in names} | also(row)
                if any(isinstance(value, crypto.Unreadable) for value in values.values()):
                    raise crypto.DecryptionError(f"No configured key opens row {row.pk}.")
                model._base_manager.filter(pk=row.pk).update(**values)
    return len(todo)


def encrypted_models() -> list[type[models.Model]]:
    """Every model with an encrypted column, proxies aside."""
    return [model for model in apps.get_models() if not model._meta.proxy and encrypted_fields(model)]


def also_of(model: type[models.Model]) -> Callable[[models.Model], dict[str, object]]:
    """What to write beside a model's encrypted columns: its own `keyed_values`, where it has columns made with the key."""
    return getattr(model, "keyed_values", lambda row: {})


@contextmanager
def named(key: str) -> Iterator[bool]:
    """Hold the rows that name the file, so that nobody destroys it meanwhile; whether there is one.

    Files of a prefix that nobody registered have no row to hold, and count as named.
    """
    owners = private_files.owners(key.split("/")[0])
    with ExitStack() as stack:
        stack.enter_context(transaction.atomic())
        rows = [owner.rows.select_for_update().filter(**{owner.field: key}).exists() for owner in owners]
        yield not owners or any(rows)


def files_to_rotate() -> Iterator[str]:
    """Keys of the files written with an older key."""
    storage = private_storage()
    for key in storage.keys(""):
        try:
            if crypto.needs_rotation(storage.read_blob(key)):
                yield key
        except FileNotFoundError:
            continue  # destroyed meanwhile


def reencrypt_json(value: object, *, context: str) -> object:
    """A JSON value with every text in it that an older key encrypted under `context` encrypted anew; others as they are."""
    if isinstance(value, dict):
        return {name: reencrypt_json(item, context=context) for name, item in value.items()}
    if isinstance(value, list):
        return [reencrypt_json(item, context=context) for item in value]
    if not isinstance(value, str):
        return value
    try:
        blob = base64.b64decode(value, validate=True)
        if len(blob) < crypto.OVERHEAD or not crypto.needs_rotation(blob):
            return value
        return base64.b64encode(
            crypto.encrypt(crypto.decrypt(blob, context=context), context=context)
        ).decode()
    except (binascii.Error, crypto.DecryptionError):
        return value
