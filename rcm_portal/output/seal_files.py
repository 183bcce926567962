"""The organisation's certificate and key for seals: whether they can be used, until when, and making them.

Both are files that may be exchanged while the portal runs: whoever asks here asks the files of this moment.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from cryptography import x509

WARN_BEFORE = timedelta(days=30)


class SealError(Exception):
    """The seal cannot be made now; the message names the setting and no secret."""


def can_seal() -> bool:
    """Whether a certificate and its key are set."""
    return bool(settings.SEAL_CERTIFICATE and settings.SEAL_KEY)


def seal_ends() -> datetime | None:
    """When the certificate ends; None where none is set or it cannot be read."""
    try:
        return _certificate().not_valid_after_utc if can_seal() else None
    except SealError:
        return None


def seal_problem(now: datetime) -> str:
    """Why nothing can be sealed at `now`, in one sentence; "" where all is well, and where no seal is set."""
    if not settings.SEAL_CERTIFICATE and not settings.SEAL_KEY:
        return ""
    try:
        check_seal(now)
    except SealError as error:
        return str(error)
    return ""


def check_seal(now: datetime) -> None:
    """Raise SealError unless certificate and key are there, fit, and hold at `now`."""
    if not can_seal():
        raise SealError(_("SEAL_CERTIFICATE and SEAL_KEY are not both set."))
    certificate = _certificate()
    _check_key(certificate)
    if now > certificate.not_valid_after_utc:
        raise SealError(
            _("The certificate in SEAL_CERTIFICATE ended on %(day)s.")
            % {"day": certificate.not_valid_after_utc.date().isoformat()}
        )
    if now < certificate.not_valid_before_utc:
        raise SealError(
            _("The certificate in SEAL_CERTIFICATE begins on %(day)s.")
            % {"day": certificate.not_valid_before_utc.date().isoformat()}
        )
    stamps = settings.SEAL_TIMESTAMP_URL
    if stamps and not (urlsplit(stamps).scheme in ("http", "https") and urlsplit(stamps).hostname):
        raise SealError(_("SEAL_TIMESTAMP_URL is no address that begins with http:// or https://."))


def state_of_files() -> tuple[tuple[int, int, int], ...]:
    """Something that is another one as soon as a file of the seal is."""
    stats = [Path(path).stat() for path in (settings.SEAL_CERTIFICATE, settings.SEAL_KEY)]
    return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in stats)


def _content(setting: str) -> bytes:
    try:
        return Path(getattr(settings, setting)).read_bytes()
    except PermissionError:
        raise SealError(_("%(name)s names a file that this user may not read.") % {"name": setting}) from None
    except OSError:
        raise SealError(_("%(name)s names no file.") % {"name": setting}) from None


def _certificate() -> "x509.Certificate":
    from cryptography import x509  # noqa: PLC0415 - a web worker does not need it

    try:
        return x509.load_pem_x509_certificates(_content("SEAL_CERTIFICATE"))[0]
    except ValueError:
        raise SealError(_("SEAL_CERTIFICATE holds no certificate in PEM.")) from None


def _check_key(certificate: "x509.Certificate") -> None:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - a web worker does not need it
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - a web worker does not need it

    passphrase = settings.SEAL_PASSPHRASE.encode() or None
    try:
        key = serialization.load_pem_private_key(_content("SEAL_KEY"), passphrase)
    except TypeError:  # one has a passphrase and the other has not
        if passphrase is None:
            raise SealError(_("The key in SEAL_KEY needs SEAL_PASSPHRASE.")) from None
        raise SealError(_("SEAL_PASSPHRASE is set, but the key in SEAL_KEY has none.")) from None
    except (ValueError, UnsupportedAlgorithm):
        raise SealError(
            _("SEAL_KEY holds no private key in PEM, or SEAL_PASSPHRASE does not open it.")
        ) from None
    if key.public_key() != certificate.public_key():
        raise SealError(_("The key in SEAL_KEY is not that of the certificate in SEAL_CERTIFICATE."))


def write_seal(
    *, certificate: Path, key: Path, name: str, now: datetime, years: int, passphrase: str = ""
) -> None:
    """Make a self-signed certificate for seals, and its key, readable by this user alone; each file changes at once."""
    made = make_certificate(name, now=now, years=years, passphrase=passphrase)
    for path, content, mode in ((key, made[1], 0o600), (certificate, made[0], 0o644)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
        new.replace(path)


def make_certificate(
    name: str, *, now: datetime, years: int = 10, passphrase: str = ""
) -> tuple[bytes, bytes]:
    """A self-signed certificate for seals and its key, both PEM, the key behind `passphrase` if there is one."""
    from cryptography import x509  # noqa: PLC0415 - a web worker does not need it
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - a web worker does not need it
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - a web worker does not need it

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        **dict.fromkeys(
            ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
        ),
        **dict.fromkeys(("encipher_only", "decipher_only"), False),
    )
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    locked = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    return certificate.public_bytes(pem), key.private_bytes(pem, serialization.PrivateFormat.PKCS8, locked)
