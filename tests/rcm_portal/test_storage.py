"""Private files on disk and in a real S3 server: the same promises, and each tried on both."""

import base64
import io
import os
import secrets
import stat
import subprocess
import sys
import threading
from pathlib import Path
from uuid import UUID

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from rcm_portal.files import crypto, key_rotation
from rcm_portal.files.crypto import DecryptionError
from rcm_portal.files.storage import (
    EncryptedFileSystemStorage,
    delete_private,
    new_key,
    private_storage,
    read_private,
    require_key,
    save_private,
)
from tests import production

CONTENT = b"%PDF-1.7 passport of nobody " * 100


@pytest.fixture
def on_disk(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {"BACKEND": "rcm_portal.files.storage.EncryptedFileSystemStorage"},
    }
    return private_storage()


@pytest.fixture
def in_bucket(settings, s3, monkeypatch):
    for name, value in s3.credentials.items():
        monkeypatch.setenv(name, value)
    bucket = s3.make_bucket(f"portal-{secrets.token_hex(6)}")
    settings.AWS_STORAGE_BUCKET_NAME = bucket
    settings.AWS_S3_ENDPOINT_URL = s3.url
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {"BACKEND": "rcm_portal.files.storage_s3.EncryptedS3Storage"},
    }
    return private_storage()


@pytest.fixture(params=["on_disk", "in_bucket"])
def storage(request):
    return request.getfixturevalue(request.param)


def test_saved_file_is_ciphertext_outside_and_itself_inside(storage):
    key = save_private("passports/imrf-2022", CONTENT)
    prefix, _slash, name = key.rpartition("/")
    assert prefix == "passports/imrf-2022"
    assert UUID(name).version == 4 and str(UUID(name)) == name
    assert b"passport" not in storage.read_blob(key)
    assert read_private(key) == CONTENT
    with storage.open(key) as file:
        assert file.read() == CONTENT
    assert storage.size(key) == len(CONTENT)
    assert storage.exists(key)


def test_s3_server_itself_holds_ciphertext_only(in_bucket, s3, settings):
    key = save_private("passports", CONTENT)
    held = s3.client().get_object(Bucket=settings.AWS_STORAGE_BUCKET_NAME, Key=key)
    assert b"passport" not in held["Body"].read()
    assert held["ContentType"] == "application/octet-stream"


def test_file_field_keeps_the_folder_and_drops_the_name(storage):
    for given in ("passports/../../x.pdf", "passports/Núñez.pdf", "passports\\x.pdf"):
        if ".." in given:
            with pytest.raises(SuspiciousFileOperation):
                storage.generate_filename(given)
        else:
            key = storage.save(storage.generate_filename(given), ContentFile(CONTENT))
            assert key.startswith("passports/") and require_key(key)
            assert read_private(key) == CONTENT


HOSTILE_NAMES = [
    "../../x.pdf",
    "passports/../../etc/passwd",
    "/etc/passwd",
    "passports/x.pdf",
    "passports/" + "x" * 300,
    "passports/\0",
    "passports/c0ffee00-0000-4000-8000-000000000000\n",
    "passports/c0ffee00-0000-1000-8000-000000000000",
    "passports/C0FFEE00-0000-4000-8000-000000000000",
    "a/b/c/d/c0ffee00-0000-4000-8000-000000000000",
    "./c0ffee00-0000-4000-8000-000000000000",
    "c0ffee00-0000-4000-8000-000000000000",
    "",
    None,
    Path("passports/c0ffee00-0000-4000-8000-000000000000"),
]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=repr)
def test_only_generated_keys_are_touched(storage, name):
    for touch in (read_private, delete_private, storage.exists, storage.size, storage.open):
        with pytest.raises(SuspiciousFileOperation):
            touch(name)
    with pytest.raises((SuspiciousFileOperation, AttributeError, TypeError)):
        storage.save(name, ContentFile(b"x"))


@pytest.mark.parametrize(
    "prefix", ["", "/", "..", "a/../b", "Passports", "a b", "a/b/c/d", "a/", "a\0", "a\n"]
)
def test_only_plain_prefixes_are_accepted(prefix):
    with pytest.raises(SuspiciousFileOperation):
        new_key(prefix)


def test_nothing_is_ever_overwritten_by_saving(storage):
    key = save_private("passports", CONTENT)
    with pytest.raises(FileExistsError):
        storage.save(key, ContentFile(b"other"))
    assert read_private(key) == CONTENT


def test_there_is_no_address(storage):
    key = save_private("passports", CONTENT)
    with pytest.raises(NotImplementedError):
        storage.url(key)


def test_deleted_file_is_gone_and_deleting_twice_is_no_error(storage):
    key = save_private("passports", CONTENT)
    delete_private(key)
    delete_private(key)
    assert not storage.exists(key)
    with pytest.raises(FileNotFoundError):
        read_private(key)
    assert list(storage.keys()) == []


def test_keys_are_listed_whole_or_by_prefix(storage):
    passports = {save_private("passports/imrf-2022", b"a") for _file in range(3)}
    letters = {save_private("letters/imrf-2022", b"b")}
    assert set(storage.keys()) == passports | letters
    assert set(storage.keys("letters/imrf-2022")) == letters
    assert set(storage.keys("letters")) == letters
    assert list(storage.keys("letter")) == []


def test_flipped_byte_is_refused(storage):
    key = save_private("passports", CONTENT)
    blob = bytearray(storage.read_blob(key))
    blob[len(blob) // 2] ^= 1
    storage.write_blob(key, bytes(blob))
    with pytest.raises(DecryptionError):
        read_private(key)


def test_two_files_that_changed_places_are_refused(storage):
    first, second = save_private("passports", b"first"), save_private("passports", b"second")
    blobs = storage.read_blob(first), storage.read_blob(second)
    storage.write_blob(first, blobs[1])
    storage.write_blob(second, blobs[0])
    for key in (first, second):
        with pytest.raises(DecryptionError):
            read_private(key)


def test_plain_file_put_in_place_is_refused(storage):
    key = save_private("passports", CONTENT)
    storage.write_blob(key, CONTENT)
    with pytest.raises(DecryptionError):
        read_private(key)


def test_wrong_key_is_refused(storage, settings):
    key = save_private("passports", CONTENT)
    settings.FIELD_ENCRYPTION_KEYS = [base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()]
    with pytest.raises(DecryptionError):
        read_private(key)


def test_rotation_writes_anew_once_and_frees_the_old_key(storage, settings):
    key = save_private("passports", CONTENT)
    fresh = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    settings.FIELD_ENCRYPTION_KEYS = [fresh, *settings.FIELD_ENCRYPTION_KEYS]
    assert key_rotation.reencrypt_file(key) is True
    assert key_rotation.reencrypt_file(key) is False
    settings.FIELD_ENCRYPTION_KEYS = [fresh]
    assert read_private(key) == CONTENT


def test_rotation_of_a_missing_file_says_so(storage):
    with pytest.raises(FileNotFoundError):
        key_rotation.reencrypt_file(new_key("passports"))


def test_private_file_is_opened_for_reading_only(storage):
    with pytest.raises(ValueError, match="reading"):
        storage.open(save_private("passports", b"a"), "wb")


def test_saving_reads_a_file_from_its_beginning(storage):
    file = ContentFile(CONTENT)
    file.read(10)
    assert read_private(storage.save(new_key("passports"), file)) == CONTENT


def test_unseekable_content_is_saved_too(storage):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    assert storage.read(storage.save(new_key("passports"), Pipe(b"a"))) == b"a"


def test_empty_and_large_files_come_back(storage):
    for content in (b"", os.urandom(10 * 2**20)):
        assert read_private(save_private("passports", content)) == content


def test_ready_when_it_can_be_used(storage):
    storage.ready()


def test_not_ready_without_its_bucket(in_bucket, settings):
    settings.AWS_STORAGE_BUCKET_NAME = "there-is-no-such-bucket"
    settings.STORAGES = dict(settings.STORAGES)  # Django makes the storages anew
    with pytest.raises(Exception, match="404"):
        private_storage().ready()


def test_not_ready_where_the_folder_cannot_be(settings, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    settings.PRIVATE_ROOT = tmp_path / "file" / "private"
    with pytest.raises(OSError, match="Not a directory"):
        EncryptedFileSystemStorage().ready()


# ── The disk ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_files_and_folders_are_for_the_portal_alone(on_disk, settings):
    before = os.umask(0)
    try:
        key = save_private("passports/imrf-2022", CONTENT)
    finally:
        os.umask(before)
    root = Path(settings.PRIVATE_ROOT)
    assert stat.S_IMODE((root / key).stat().st_mode) == 0o600
    for folder in (root, root / "passports", root / "passports/imrf-2022"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_interrupted_write_leaves_the_old_file_and_no_rest(on_disk, settings, monkeypatch):
    key = save_private("passports", CONTENT)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            on_disk.replace(key, b"other")
    assert read_private(key) == CONTENT
    assert [path.name for path in Path(settings.PRIVATE_ROOT).rglob("*") if path.is_file()] == [key[-36:]]


def test_reader_sees_whole_files_only_while_they_are_replaced(on_disk):
    key = save_private("passports", b"a" * 500_000)
    stop = threading.Event()

    def write():
        while not stop.is_set():
            on_disk.replace(key, b"b" * 500_000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _read in range(200):
            assert len(set(read_private(key))) == 1
    finally:
        stop.set()
        writer.join()


def test_symbolic_link_out_of_the_folder_is_not_followed_by_a_key(on_disk, settings, tmp_path):
    """Keys name files of ciphertext: whatever a link leads to does not decrypt under the key."""
    (tmp_path / "secret").write_bytes(b"secret")
    key = save_private("passports", b"a")
    target = Path(settings.PRIVATE_ROOT) / key
    target.unlink()
    target.symlink_to(tmp_path / "secret")
    with pytest.raises(DecryptionError):
        read_private(key)


# ── Wiring ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_default_storage_is_an_encrypted_one_as_well():
    assert isinstance(storages["default"], EncryptedFileSystemStorage)


def test_s3_library_is_loaded_only_where_a_bucket_is_configured():
    program = (
        "import django, sys; django.setup()\n"
        "from rcm_portal.files.storage import private_storage\n"
        "private_storage()\n"
        "print('boto3' in sys.modules)"
    )
    found = {}
    for bucket in ("", "private-files"):
        environment = production.environment(AWS_STORAGE_BUCKET_NAME=bucket)
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found[bucket] = done.stdout.strip()
    assert found == {"": "False", "private-files": "True"}


def test_s3_does_not_wait_for_minutes(in_bucket):
    config = in_bucket.client_config
    waits = (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"])
    assert waits == (2, 5, 2)


def test_s3_each_thread_has_a_connection_of_its_own(in_bucket):
    found = []
    threads = [threading.Thread(target=lambda: found.append(in_bucket.bucket.meta.client)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(client) for client in (*found, in_bucket.bucket.meta.client)}) == 3
    assert in_bucket.bucket is in_bucket.bucket


def test_ciphertext_is_bound_to_its_key(storage):
    key = save_private("passports", CONTENT)
    assert crypto.decrypt(storage.read_blob(key), context=key) == CONTENT
