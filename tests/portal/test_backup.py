"""What `backup` writes and what `restore` refuses, beside the drill of tests/acceptance/test_restore.py."""

import base64
import gzip
import os
import shutil
import stat
import subprocess
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from rcm_portal.backup import BackupError, engines, manifest, restoring, sealing, sent_log
from rcm_portal.files.storage import delete_private, private_storage, save_private
from rcm_portal.models import MailState, OutgoingMail
from registration.models import Delegate, PassportCopy
from tests.factories import DelegateFactory, PassportCopyFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def delegate():
    delegate = DelegateFactory(surnames="Zapatero")
    PassportCopyFactory(delegate=delegate, key=save_private("passports", b"the copy"))
    return delegate


@pytest.fixture
def said(capsys):
    """Call a command; what it said, and of one that fails its message."""

    def call(*arguments) -> str:
        try:
            call_command(*map(str, arguments))
        except CommandError as error:
            return capsys.readouterr().out + str(error)
        return capsys.readouterr().out

    return call


@pytest.fixture
def folder(tmp_path, delegate, said):
    """A backup of one delegate with a passport copy."""
    said("backup", tmp_path / "backups")
    return manifest.find(tmp_path / "backups")


def files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file())


def test_a_backup_is_its_owners_alone_and_holds_nobody_in_the_clear(tmp_path, delegate, said):
    identity = pyrage.x25519.Identity.generate()
    said("backup", tmp_path / "new" / "place", "--public-key", identity.to_public())
    folder = manifest.find(tmp_path / "new" / "place")
    assert {stat.S_IMODE(each.stat().st_mode) for each in files(folder)} == {0o600}
    folders = [folder.parent, folder, *(each for each in folder.rglob("*") if each.is_dir())]
    assert {stat.S_IMODE(each.stat().st_mode) for each in folders} == {0o700}
    everything = b"".join(each.read_bytes() for each in files(folder))
    for personal in ("Zapatero", delegate.email, delegate.passport.number, "the copy"):
        assert personal.encode() not in everything
    # Other programs read it.
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    assert pyrage.decrypt((folder / "database.dump.age").read_bytes(), [identity]).startswith(b"PGDMP")


def test_an_ssh_key_opens_what_was_encrypted_to_it(tmp_path, delegate, said):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "id"], check=True)
    said("backup", tmp_path / "backups", "--public-key", tmp_path / "id.pub")
    answer = said("restore", tmp_path / "backups", "--check", "--private-key", tmp_path / "id")
    assert "it can be restored: 1 files" in answer


@pytest.mark.parametrize("key", ["age1nobody", "ssh-ed25519 AAAA", "/no/such/file"])
def test_a_key_that_is_none_makes_no_backup(tmp_path, delegate, said, key):
    assert "is neither a public key" in said("backup", tmp_path / "backups", "--public-key", key)
    assert not (tmp_path / "backups").exists()


def test_a_private_key_that_does_not_fit_is_told_and_not_shown(tmp_path, delegate, said):
    mine, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    said("backup", tmp_path / "backups", "--public-key", mine.to_public())
    (tmp_path / "key").write_text(str(other))
    answer = said("restore", tmp_path / "backups", "--check", "--private-key", tmp_path / "key")
    assert answer == "Nothing was touched. The private key given does not open this backup."
    (tmp_path / "key").write_text(f"{other}broken")
    answer = said("restore", tmp_path / "backups", "--check", "--private-key", tmp_path / "key")
    assert "cannot be read as a private key" in answer and str(other) not in answer


def test_only_the_newest_are_kept_and_a_killed_run_is_cleared_away(tmp_path, delegate, said):
    place = tmp_path / "backups"
    said("backup", place)
    first = manifest.find(place)
    for name in ("2026-01-01T000000Z", "2026-01-02T000000Z"):
        shutil.copytree(first, place / name)
    (place / "2026-01-03T000000Z").mkdir()  # somebody's own, and no complete backup
    killed, running = place / ".part-2026-01-01T000000Z", place / ".part-2026-01-02T000000Z"
    killed.mkdir()
    running.mkdir()
    ago = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(killed, (ago, ago))
    first.rename(place / "2026-01-04T000000Z")
    said("backup", place, "--keep", 2)
    names = sorted(each.name for each in place.iterdir())
    assert names[:-1] == [running.name, "2026-01-03T000000Z", "2026-01-04T000000Z"]


def test_a_file_that_a_row_names_and_nobody_has_makes_it_fail_but_stay(tmp_path, delegate, said):
    key = PassportCopy.objects.get().key
    delete_private(key)
    assert f"lacks 1 files that rows name and the storage does not have, such as {key}" in said(
        "backup", tmp_path / "b"
    )
    assert manifest.read(manifest.find(tmp_path / "b")).lost == [key]


def test_a_file_destroyed_with_its_row_meanwhile_is_no_loss(tmp_path, delegate, said, monkeypatch):
    copy = PassportCopy.objects.get()
    read = type(private_storage()).read_blob

    def destroyed_meanwhile(self, name):
        PassportCopy.objects.all().delete()
        delete_private(copy.key)
        return read(self, name)

    monkeypatch.setattr(type(private_storage()), "read_blob", destroyed_meanwhile)
    answer = said("backup", tmp_path / "b")
    assert "1 files were destroyed with their rows while it was made: no loss" in answer
    assert "lacks" not in answer


def test_files_that_no_row_names_are_not_kept_longer_by_a_backup(tmp_path, delegate, said):
    orphan = save_private("passports", b"of nobody")
    elsewhere = save_private("unregistered", b"of a prefix that nobody registered")
    said("backup", tmp_path / "b")
    names = {each.name for each in files(manifest.find(tmp_path / "b"))}
    assert orphan.rpartition("/")[2] not in names
    assert elsewhere.rpartition("/")[2] in names


def test_a_backup_that_fails_leaves_nothing_and_says_so_in_one_line(tmp_path, delegate, said, monkeypatch):
    def away(self, name):
        raise ConnectionError("the bucket\ndoes not answer")

    monkeypatch.setattr(type(private_storage()), "read_blob", away)
    assert said("backup", tmp_path / "b") == "No backup was made. ConnectionError: the bucket"
    assert list((tmp_path / "b").iterdir()) == []


def test_programs_that_are_too_old_or_missing_are_named(tmp_path, delegate, said, monkeypatch):
    monkeypatch.setattr(engines, "_major", lambda path: 9)
    assert "pg_dump of PostgreSQL 15 or newer is needed, the newest here is 9" in said(
        "backup", tmp_path / "b"
    )
    monkeypatch.setattr(engines, "PROGRAMS", ())
    monkeypatch.setattr(engines.shutil, "which", lambda name: None)
    assert "none is here: install the package postgresql-client-15" in said("backup", tmp_path / "b")


def test_the_password_of_the_database_is_no_argument_of_a_program(tmp_path, delegate, said, monkeypatch):
    from django.db import connection

    begun = []
    real = subprocess.Popen

    def noted(command, **options):
        begun.append((command, options.get("env") or {}))
        return real(command, **options)

    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "very-secret")
    monkeypatch.setattr(engines.subprocess, "Popen", noted)
    said("backup", tmp_path / "b")
    dumps = [(command, env) for command, env in begun if "--format=custom" in command]
    assert [env["PGPASSWORD"] for _command, env in dumps] == ["very-secret"]
    assert "very-secret" not in str(dumps[0][0])
    assert not {"SECRET_KEY", "FIELD_ENCRYPTION_KEYS"} & set(dumps[0][1])


# ── What a restore refuses before it touches anything ────────────────────────────────────────────────────────────────


def alter(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("which", ["database.dump", "SHA256SUMS", "files"])
def test_an_altered_file_is_named_and_nothing_is_touched(folder, said, which):
    file = files(folder / which)[0] if which == "files" else folder / which
    alter(file)
    answer = said("restore", folder, "--overwrite")
    assert answer.startswith(f"Nothing was touched. {file} ")
    assert "altered since the backup was made" in answer
    assert Delegate.objects.count() == 1


def test_a_dump_that_breaks_off_is_found_before_anything_is_touched(folder, said):
    """As its own hash says that it is whole: made so on a disk that was full."""
    dump = folder / "database.dump"
    dump.write_bytes(dump.read_bytes()[:20000])
    made = manifest.read(folder)
    sums = (folder / "SHA256SUMS").read_text().splitlines()
    names = {line.split("  ")[1]: line.split("  ")[0] for line in sums}
    names["database.dump"] = manifest.digest(dump)
    for each in ("SHA256SUMS", "manifest.json"):
        (folder / each).unlink()
    made.sums = manifest.write_sums(folder, names)
    made.write(folder)
    assert said("restore", folder, "--overwrite").startswith("Nothing was touched. pg_restore failed: ")
    assert Delegate.objects.count() == 1


def test_other_keys_are_refused_and_another_secret_key_is_told(folder, said, settings):
    keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [base64.urlsafe_b64encode(os.urandom(32)).decode()]
    assert "None of FIELD_ENCRYPTION_KEYS opens what this backup holds" in said("restore", folder, "--check")
    settings.FIELD_ENCRYPTION_KEYS = keys
    settings.SECRET_KEY = "another " * 8
    assert "ATTENTION: SECRET_KEY is another than the backup's" in said("restore", folder, "--check")


def test_a_newer_version_is_named(folder, said):
    made = manifest.read(folder)
    made.migrations["registration"].append("9999_of_tomorrow")
    (folder / "manifest.json").unlink()
    made.write(folder)
    assert "a newer version, with registration.9999_of_tomorrow" in said("restore", folder, "--check")


def test_data_that_stand_there_are_not_destroyed_unasked(folder, said):
    assert "rows (" in (answer := said("restore", folder))
    assert "--overwrite destroys them" in answer
    assert Delegate.objects.count() == 1


def test_a_portal_that_runs_is_not_restored_over(folder, said):
    import psycopg
    from django.db import connection

    database = connection.settings_dict
    with psycopg.connect(host=database["HOST"], user=database["USER"], dbname=database["NAME"]):
        assert "stop web, worker and clock first" in said("restore", folder, "--overwrite")


def test_a_migrated_database_without_data_counts_as_empty():
    assert restoring.held() == {}


@pytest.mark.parametrize("name", ["../../etc/passwd", "files/../../x", "manifest.json", "/etc/passwd"])
def test_a_name_that_leads_out_of_the_backup_is_refused(folder, name):
    made = manifest.read(folder)
    (folder / "SHA256SUMS").unlink()
    made.sums = manifest.write_sums(folder, {name: "0" * 64})
    with pytest.raises(BackupError, match="no part of a backup"):
        manifest.check_sums(folder, made)


# ── Mails ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def mail(state=MailState.QUEUED) -> OutgoingMail:
    now = timezone.now()
    return OutgoingMail.objects.create(
        kind="test",
        to="a@example.org",
        language="es",
        subject="Asunto",
        message_id=OutgoingMail.new_message_id("portal.test"),
        state=state,
        next_try_at=now,
    )


def test_logs_of_several_mail_servers_tell_what_left(tmp_path):
    mails = {name: mail() for name in ("postfix", "exim", "zipped", "refused", "none", "draft")}
    OutgoingMail.objects.filter(pk=mails["draft"].pk).update(state=MailState.HELD, next_try_at=None)
    bare = {name: each.message_id.strip("<>") for name, each in mails.items()}
    (tmp_path / "mail.log").write_text(
        f"postfix/cleanup[7]: 4F1: message-id=<{bare['postfix']}>\n"
        f"2026-11-30 02:00:01 1abc <= portal@portal.test H=web P=esmtp S=900 id={bare['exim']}\n"
        f"postfix/cleanup[7]: 4F2: milter-reject: END-OF-MESSAGE 5.7.1; message-id=<{bare['refused']}>\n"
        f"postfix/cleanup[7]: 4F3: message-id=<{bare['draft']}>\n"
        f"postfix/cleanup[7]: 4F4: message-id=<{uuid4()}@elsewhere.test>\n"
    )
    with gzip.open(tmp_path / "mail.log.1.gz", "wt") as zipped:
        zipped.write(f"message-id=<{bare['zipped']}>\n")
    ids = sent_log.message_ids([tmp_path / "mail.log", tmp_path / "mail.log.1.gz"])
    assert sent_log.mark_sent(ids, now=timezone.now()) == 4
    sent = {
        name for name, each in mails.items() if OutgoingMail.objects.get(pk=each.pk).state == MailState.SENT
    }
    assert sent == {"postfix", "exim", "zipped", "draft"}


def test_a_log_that_is_not_there_stops_the_restore(folder, said, tmp_path):
    answer = said("restore", folder, "--overwrite", "--sent-log", tmp_path / "no.log")
    assert answer.startswith("Nothing was touched. FileNotFoundError")


def test_a_private_key_file_with_comments_is_read(tmp_path):
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "key").write_text(f"# created: today\n# public key: {identity.to_public()}\n{identity}\n")
    assert [str(each) for each in sealing.identities(tmp_path / "key")] == [str(identity)]
