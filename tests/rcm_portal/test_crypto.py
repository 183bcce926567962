"""What is encrypted opens again only unchanged, in its own place and with a configured key."""

import base64
import copy
import logging
import secrets

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from rcm_portal.files import crypto, key_rotation
from rcm_portal.files.crypto import DecryptionError, EncryptedTextField, Unreadable


def new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@given(st.binary(max_size=5000), st.text(max_size=50))
def test_what_was_encrypted_comes_back(data, context):
    assert crypto.decrypt(crypto.encrypt(data, context=context), context=context) == data


@given(st.binary(min_size=1, max_size=200), st.data())
def test_one_flipped_bit_anywhere_is_refused(data, draw):
    blob = bytearray(crypto.encrypt(data, context="a"))
    position = draw.draw(st.integers(0, len(blob) - 1))
    blob[position] ^= 1 << draw.draw(st.integers(0, 7))
    with pytest.raises(DecryptionError):
        crypto.decrypt(bytes(blob), context="a")


@given(st.binary(max_size=200))
def test_bytes_from_elsewhere_are_refused(data):
    with pytest.raises(DecryptionError):
        crypto.decrypt(data, context="a")


@pytest.mark.parametrize("length", [0, 1, crypto.HEADER_BYTES, crypto.OVERHEAD - 1, crypto.OVERHEAD + 3])
def test_ciphertext_cut_short_is_refused(length):
    with pytest.raises(DecryptionError):
        crypto.decrypt(crypto.encrypt(b"passport", context="a")[:length], context="a")


def test_ciphertext_moved_to_another_place_is_refused():
    blob = crypto.encrypt(b"passport", context="passports/a")
    with pytest.raises(DecryptionError):
        crypto.decrypt(blob, context="passports/b")


def test_ciphertext_shows_nothing_and_never_repeats():
    first, second = (crypto.encrypt(b"passport" * 10, context="a") for _time in range(2))
    assert first != second
    assert b"passport" not in first
    assert len(first) == 80 + crypto.OVERHEAD


def test_another_key_is_refused(settings):
    blob = crypto.encrypt(b"passport", context="a")
    settings.FIELD_ENCRYPTION_KEYS = [new_key()]
    with pytest.raises(DecryptionError):
        crypto.decrypt(blob, context="a")


def test_old_key_still_opens_and_asks_to_be_rotated(settings):
    blob = crypto.encrypt(b"passport", context="a")
    assert not crypto.needs_rotation(blob)
    settings.FIELD_ENCRYPTION_KEYS = [new_key(), *settings.FIELD_ENCRYPTION_KEYS]
    assert crypto.decrypt(blob, context="a") == b"passport"
    assert crypto.needs_rotation(blob)
    assert not crypto.needs_rotation(crypto.encrypt(b"passport", context="a"))


def test_key_bytes_are_used_for_one_purpose_each():
    [text] = crypto.settings.FIELD_ENCRYPTION_KEYS
    secret = base64.urlsafe_b64decode(text)
    key = crypto._keys()[0]
    assert secret not in (key.index, key.id)
    assert secret[: len(key.id)] != key.id


@pytest.mark.parametrize(
    "text", ["", "short", "ñ" * 44, "!" * 44, base64.urlsafe_b64encode(bytes(31)).decode(), "A" * 43]
)
def test_weak_key_is_named_by_its_position_only(settings, text):
    settings.FIELD_ENCRYPTION_KEYS = [new_key(), text]
    with pytest.raises(ImproperlyConfigured) as caught:
        crypto.encrypt(b"a", context="a")
    assert "key 2" in str(caught.value)
    assert not text or text not in str(caught.value)


def test_no_key_is_an_error_and_not_plain_text(settings):
    settings.FIELD_ENCRYPTION_KEYS = []
    with pytest.raises(ImproperlyConfigured):
        crypto.encrypt(b"a", context="a")


# ── Blind index ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_blind_index_finds_equals_of_one_purpose_only():
    assert crypto.blind_index("P123", purpose="number") == crypto.blind_index("P123", purpose="number")
    assert crypto.blind_index("P123", purpose="number") != crypto.blind_index("P124", purpose="number")
    assert crypto.blind_index("P123", purpose="number") != crypto.blind_index("P123", purpose="mrz")
    assert len(crypto.blind_index("P123", purpose="number")) == 64


def test_blind_index_of_nothing_matches_nothing():
    assert crypto.blind_index("", purpose="number") == ""


def test_blind_index_depends_on_the_key(settings):
    before = crypto.blind_index("P123", purpose="number")
    settings.FIELD_ENCRYPTION_KEYS = [new_key(), *settings.FIELD_ENCRYPTION_KEYS]
    after = crypto.blind_index("P123", purpose="number")
    assert after != before


# ── The model field ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def note(db):
    """A table with two encrypted columns, gone with the test's transaction."""
    with isolate_apps("rcm_portal"):

        class Note(models.Model):
            text = EncryptedTextField(blank=True)
            other = EncryptedTextField(null=True)
            index = models.CharField(max_length=64, blank=True)

            class Meta:
                app_label = "rcm_portal"

            def __str__(self):
                return "note"

    with connection.schema_editor() as editor:
        editor.create_model(Note)
    return Note


def raw(model, column: str = "text") -> list:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{model._meta.db_table}" ORDER BY id')
        return [row[0] for row in cursor.fetchall()]


def test_column_holds_ciphertext_and_python_the_text(note):
    note.objects.create(text="Ñ 254871236 العربية")
    assert "254871236" not in raw(note)[0]
    assert note.objects.get().text == "Ñ 254871236 العربية"
    assert list(note.objects.values_list("text", "other")) == [("Ñ 254871236 العربية", None)]


def test_nothing_stays_nothing(note):
    note.objects.create(text="", other=None)
    note.objects.create(text="a", other="b")
    assert raw(note)[0] == "" and raw(note, "other")[0] is None
    assert note.objects.filter(text="").count() == 1
    assert note.objects.exclude(text="").get().text == "a"
    assert note.objects.filter(other__isnull=True).count() == 1


def test_update_and_bulk_update_encrypt_too(note):
    row = note.objects.create(text="a")
    note.objects.update(text="254871236")
    assert note.objects.get().text == "254871236" and "254871236" not in raw(note)[0]
    row.text = "987654321"
    note.objects.bulk_update([row], ["text"])
    assert note.objects.get().text == "987654321" and "987654321" not in raw(note)[0]


def test_search_by_the_value_is_refused_rather_than_empty(note):
    with pytest.raises(ValueError, match="blind index"):
        note.objects.filter(text="254871236").count()
    for lookup in ("contains", "icontains", "in", "startswith", "iexact", "regex", "gt", "length", "lower"):
        with pytest.raises(FieldError):
            note.objects.filter(**{f"text__{lookup}": "2"}).count()


def test_value_copied_into_another_column_is_not_read(note):
    note.objects.create(text="254871236", other="x")
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{note._meta.db_table}" SET other = text')
    row = note.objects.get()
    assert row.text == "254871236" and isinstance(row.other, Unreadable) and row.other == ""


def test_plain_text_in_the_column_is_not_read_and_not_lost(note):
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{note._meta.db_table}" (text, "index") VALUES (%s, %s)', ["plain ñ", ""]
        )
    row = note.objects.get()
    row.text = copy.deepcopy(row.text)
    assert isinstance(row.text, Unreadable) and row.text == ""
    row.save()
    assert raw(note) == ["plain ñ"]


def test_rows_are_rotated_once_with_their_blind_index(note, settings):
    def indexed(row) -> dict:
        return {"index": crypto.blind_index(row.text, purpose="number")}

    for number in ("111", "", "333"):
        note.objects.create(text=number, index=crypto.blind_index(number, purpose="number"))
    old = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [new_key(), *old]
    note.objects.create(text="444")
    assert key_rotation.reencrypt_rows(note, also=indexed) == 2
    assert key_rotation.reencrypt_rows(note, also=indexed) == 0
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    assert list(note.objects.order_by("id").values_list("text", flat=True)) == ["111", "", "333", "444"]
    assert note.objects.get(index=crypto.blind_index("333", purpose="number")).text == "333"


def test_model_without_encrypted_columns_has_nothing_to_rotate(django_user_model, db):
    assert key_rotation.reencrypt_rows(django_user_model) == 0


def test_no_log_holds_what_is_encrypted(note, caplog):
    with caplog.at_level(logging.DEBUG):
        note.objects.create(text="254871236")
        note.objects.get()
    assert "254871236" not in caplog.text
