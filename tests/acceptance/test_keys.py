"""KEY-1: other keys than the database's stop the start, and one value that cannot be opened takes no page down."""

import base64
import os
import subprocess
import sys
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from rcm_portal.files.key_rotation import also_of, encrypted_fields, encrypted_models, reencrypt_rows
from rcm_portal.health import readiness
from rcm_portal.mail import sending
from rcm_portal.models import OutgoingMail, UndeliverableAddress
from rcm_portal.models.keys import refuse_other_keys
from registration.models import Correction, DetailChange, Passport, PassportCopy, PendingUpload
from registration.rules.typed.zone_reading import ReadZone
from tests import production
from tests.acceptance.test_access import answer_of
from tests.factories import IN_TIME
from tests.sources import BASE_DIR
from tests.urls import all_routes

# Addresses that hand out one private file.
FILES = {
    "agenda:document",
    "admin:agenda_agendadocument_file",
    "admin:registration_delegate_passport_page",
    "admin:registration_signedscan_file",
    "admin:registration_signedscan_page",
    "admin:registration_signatoryimage_picture",
}


def new_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def columns():
    return [
        (model._meta.db_table, field.column)
        for model in encrypted_models()
        for field in encrypted_fields(model)
    ]


def raw() -> dict[tuple[str, str], list]:
    with connection.cursor() as cursor:
        found = {}
        for table, column in columns():
            cursor.execute(f'SELECT "{column}" FROM "{table}" ORDER BY 1')
            found[table, column] = [value for (value,) in cursor.fetchall()]
        return found


@pytest.fixture
def full(world):
    """The world with something in every encrypted column."""
    delegate = world.delegate
    Passport.objects.update_or_create(delegate=delegate, defaults={"number": "P7654321", "mrz": "P<BLZ"})
    DetailChange.objects.create(delegate=delegate, field="position", before="Asesora", after="Directora")
    lines = '[["position", "Asesora", "Directora"]]'
    Correction.objects.create(delegate=delegate, kind="typing_error", lines=lines, reason="x", at=IN_TIME)
    read = ReadZone(("P<", "1"), frozenset(), names=True).as_text
    PassportCopy.objects.update(zone_read=read)
    PendingUpload.objects.create(
        workshop=delegate.workshop, form_key=uuid4(), key="passports/ahead", media_type="application/pdf", size=1,
        sha256="0" * 64, zone_read=read,
    )  # fmt: skip
    for model in encrypted_models():
        for field in encrypted_fields(model):
            if model is not DetailChange and model._base_manager.exists():
                row = model._base_manager.first()
                filled = getattr(row, field.attname) or '{"surnames": ["Paz"]}'
                model._base_manager.filter(pk=row.pk).update(**{field.attname: filled})
    return world


def test_every_encrypted_column_of_the_world_is_filled(full):
    empty = {where for where, values in raw().items() if not any(values)}
    assert empty == {("logistics_travelneed", name) for name in ("meal", "assistance", "needs_detail")} | {
        ("portal_mailattachment", "content")
    }


@pytest.mark.parametrize("role", ["anonymous", "superuser"])  # who sees the public pages, and who sees all
def test_no_page_falls_over_a_value_that_no_key_opens(full, settings, role):
    routes = all_routes()
    before = {route.name: answer_of(full, role, route) for route in routes}
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    readiness.forget()
    after = {route.name: answer_of(full, role, route) for route in routes}
    assert before.pop("readyz") == 200 and after.pop("readyz") == 503
    # A page that is the file itself says that it cannot be had.
    wrong = {name: (before[name], after[name]) for name in before if after[name] not in (before[name], 503)}
    assert wrong == {}
    assert {name for name in before if after[name] == 503} <= FILES


def test_saving_a_row_leaves_what_it_cannot_open_as_it_was(full, settings):
    before = raw()
    index = Passport.objects.get().number_index
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    for model in encrypted_models():
        for row in model._base_manager.all():
            row.save()
    assert raw() == before
    assert Passport.objects.get().number_index == index


def test_a_mail_that_cannot_be_opened_is_not_sent_empty(full, settings, mailoutbox):
    UndeliverableAddress.objects.all().delete()
    mail = OutgoingMail.objects.exclude(text="").first()
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    sending.deliver(mail.pk)
    mail.refresh_from_db()
    assert (mail.state, mailoutbox) == ("failed", [])
    assert "cannot be opened" in mail.last_error


def test_a_change_whose_former_value_cannot_be_opened_is_not_set_back_to_nothing(full, settings):
    change = DetailChange.objects.get(field="position")
    position = full.delegate.position
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    client = full.client("secretariat")
    client.post(f"/admin/registration/delegate/change/{change.pk}/undo/")
    full.delegate.refresh_from_db()
    change.refresh_from_db()
    assert (full.delegate.position, change.settled_at) == (position, None)


def test_other_keys_stop_the_start_and_a_new_first_key_does_not(db, settings):
    refuse_other_keys()
    old = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [new_key(), *old]
    refuse_other_keys()
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(SystemExit):
        refuse_other_keys()


@pytest.mark.parametrize(
    "process",
    [
        ("gunicorn", "--config", "gunicorn.conf.py", "rcm_portal.wsgi"),
        ("celery", "-A", "rcm_portal", "worker"),
        ("celery", "-A", "rcm_portal", "beat"),
    ],
)
def test_no_process_starts_with_keys_of_another_database(tmp_path, process):
    here = {"DATABASE_URL": f"sqlite:///{tmp_path / 'portal.sqlite3'}", "PORTAL_VAR": str(tmp_path)}
    migrated = production.manage("migrate", "--verbosity", "0", **here)
    assert migrated.returncode == 0, migrated.stderr
    command = [sys.executable, "-m", *process]
    env = production.environment(**here, FIELD_ENCRYPTION_KEYS=new_key())
    done = subprocess.run(command, cwd=BASE_DIR, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "FIELD_ENCRYPTION_KEYS: none of these keys opens" in done.stderr
    assert "Traceback" not in done.stderr


def test_after_the_rotation_the_old_key_can_go(full, settings):
    old = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [new_key(), *old]
    for model in encrypted_models():
        reencrypt_rows(model, also=also_of(model))
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    refuse_other_keys()
    assert Passport.objects.get().number == "P7654321"


def test_the_rotation_names_what_no_key_opens(full, settings):
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(CommandError):
        call_command("rotate_keys")
