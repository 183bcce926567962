"""Private files in an S3 bucket through django-storages: encrypted here, so that the bucket's owner reads nothing.

In a module of its own because boto3 costs 30 MB of memory and a third of a second: loaded only where a bucket is
configured.
"""

from collections.abc import Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage

from .storage import KEY_PATTERN, EncryptedStorage

NOT_FOUND = 404
# One request ends within about ten seconds, whatever the server does: a web thread waits for it.
CONNECT_SECONDS = 2
READ_SECONDS = 5
ATTEMPTS = 2


class EncryptedS3Storage(EncryptedStorage, S3Storage):  # type: ignore[misc]  # django-storages brings no types
    """Encrypted objects in settings.AWS_STORAGE_BUCKET_NAME; configured by django-storages' AWS_* settings."""

    def get_default_settings(self) -> dict[str, Any]:
        """django-storages' settings, with waits that a web request can bear in place of boto3's minutes."""
        defaults: dict[str, Any] = super().get_default_settings()
        if defaults["client_config"] is None:
            defaults["client_config"] = Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                s3={"addressing_style": defaults["addressing_style"]},
                signature_version=defaults["signature_version"],
                proxies=defaults["proxies"],
            )
        return defaults

    @property
    def bucket(self) -> Any:
        """The bucket by this thread's own connection, where django-storages gives all threads that of the first: boto3's
        resources are not made for several."""
        bucket = getattr(self._connections, "bucket", None)
        if bucket is None:
            bucket = self._connections.bucket = self.connection.Bucket(self.bucket_name)
        return bucket

    def read_blob(self, name: str) -> bytes:
        """See EncryptedStorage. One request, where django-storages' own file object takes three."""
        try:
            blob: bytes = self.bucket.Object(self._normalize_name(name)).get()["Body"].read()
            return blob
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == NOT_FOUND:
                raise FileNotFoundError("There is no such private file.") from None
            raise

    def write_blob(self, name: str, blob: bytes) -> None:
        """See EncryptedStorage. S3 replaces an object whole or not at all."""
        full_name = self._normalize_name(name)
        self.bucket.Object(full_name).put(Body=blob, **self._get_write_parameters(full_name))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """See EncryptedStorage."""
        start = self._normalize_name(f"{prefix}/" if prefix else "")
        above = self._normalize_name("")
        for found in self.bucket.objects.filter(Prefix=start):
            key = found.key[len(above) :].lstrip("/")
            if KEY_PATTERN.fullmatch(key):
                yield key

    def ready(self) -> None:
        """See EncryptedStorage."""
        self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
