"""rotate_keys: everything that an older key wrote is written anew, in one run or in several."""

import base64
import secrets

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command

from rcm_portal.files import crypto, key_rotation
from rcm_portal.files.storage import delete_private, private_storage, read_private, save_private
from rcm_portal.models import KeyCheck, OutgoingMail
from rcm_portal.models.keys import SENTENCE
from registration.models import Passport, PassportCopy
from tests import accounts
from tests.factories import DelegateFactory, PassportCopyFactory, PassportFactory


def new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture(autouse=True)
def private_root(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def written(settings, db):
    """A passport, its copy, a mail and a second factor, written with a key that is then the older of two."""
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    KeyCheck.objects.update(sentence=SENTENCE)
    delegate = DelegateFactory(passport=None)
    PassportFactory(delegate=delegate, number="P1234567", mrz="two\nlines")
    PassportCopyFactory(delegate=delegate, key=save_private("passports", b"copy"))
    OutgoingMail.objects.create(
        kind="x",
        to="a@example.org",
        language="es",
        subject="s",
        text="body",
        personal_token="t",
        message_id="<1@x>",
        state="held",
    )
    user = accounts.make_staff()
    accounts.add_authenticator_app(user)
    settings.FIELD_ENCRYPTION_KEYS = [new_key(), *settings.FIELD_ENCRYPTION_KEYS]
    return user


def secret_of(user) -> str:
    row = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    return TOTP(row).instance.data["secret"]


def test_after_it_the_new_key_alone_opens_everything(written, settings, capsys):
    call_command("rotate_keys")
    printed = capsys.readouterr().out
    assert "1  registration.Passport" in printed and "1  files" in printed and "1  second factors" in printed
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    passport = Passport.objects.get()
    assert (passport.number, passport.mrz) == ("P1234567", "two\nlines")
    assert (
        Passport.objects.get(number_index=crypto.blind_index("P1234567", purpose="passport number"))
        == passport
    )
    assert read_private(PassportCopy.objects.get().key) == b"copy"
    mail = OutgoingMail.objects.get()
    assert (mail.text, mail.personal_token) == ("body", "t")
    from rcm_portal.security.signin import PortalMFAAdapter

    assert PortalMFAAdapter().decrypt(secret_of(written))


def test_doing_it_again_changes_nothing(written, capsys):
    call_command("rotate_keys", verbosity=0)
    before = {key: private_storage().read_blob(key) for key in private_storage().keys("")}
    secret = secret_of(written)
    capsys.readouterr()
    call_command("rotate_keys")
    printed = capsys.readouterr().out
    assert {line.split()[0] for line in printed.splitlines()[:-1]} == {"0"}
    assert {key: private_storage().read_blob(key) for key in before} == before
    assert secret_of(written) == secret


def test_a_dry_run_counts_and_changes_nothing(written, capsys):
    key = PassportCopy.objects.get().key
    before, secret = private_storage().read_blob(key), secret_of(written)
    call_command("rotate_keys", "--dry-run")
    printed = capsys.readouterr().out
    assert (
        "1  registration.Passport" in printed and "1  files" in printed and "nothing was changed" in printed
    )
    assert (private_storage().read_blob(key), secret_of(written)) == (before, secret)
    assert list(key_rotation.rows_to_rotate(Passport))


def test_an_interrupted_run_is_taken_up_where_it_stopped(written, settings, monkeypatch):
    whole = key_rotation.reencrypt_file

    def interrupted(key):
        raise KeyboardInterrupt

    monkeypatch.setattr(key_rotation, "reencrypt_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        call_command("rotate_keys", verbosity=0)
    assert not list(key_rotation.rows_to_rotate(Passport)), "the rows were done"
    monkeypatch.setattr(key_rotation, "reencrypt_file", whole)
    call_command("rotate_keys", verbosity=0)
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    assert read_private(PassportCopy.objects.get().key) == b"copy"


def test_a_file_that_no_row_names_is_not_brought_back_and_keeps_the_old_key_needed(written):
    orphan = save_private("passports", b"orphan")
    with_old_key = private_storage().read_blob(PassportCopy.objects.get().key)
    private_storage().write_blob(orphan, with_old_key)
    with pytest.raises(CommandError, match="1 files that no row names"):
        call_command("rotate_keys", verbosity=0)
    assert private_storage().read_blob(orphan) == with_old_key


def test_a_file_destroyed_meanwhile_stays_destroyed(written, monkeypatch):
    key = PassportCopy.objects.get().key
    listed = list(key_rotation.files_to_rotate())
    delete_private(key)
    monkeypatch.setattr(key_rotation, "files_to_rotate", lambda: iter(listed))
    call_command("rotate_keys", verbosity=0)
    assert list(private_storage().keys()) == []


def test_what_no_key_opens_is_named_and_everything_else_is_done(written, settings):
    settings.FIELD_ENCRYPTION_KEYS = [
        settings.FIELD_ENCRYPTION_KEYS[0],
        new_key(),
    ]  # the writer's key is lost
    with pytest.raises(CommandError) as caught:
        call_command("rotate_keys", verbosity=0)
    assert "registration.Passport" in str(caught.value) and PassportCopy.objects.get().key in str(
        caught.value
    )
