"""What production must not start without: one line for each setting that is missing or weak."""

from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from ipaddress import ip_network
from urllib.parse import urlsplit

SECRET_KEY_CHARACTERS = 40
ENCRYPTION_KEY_BYTES = 32
METRICS_TOKEN_CHARACTERS = 20


def problems(
    *,
    debug: bool,
    secret_key: str,
    encryption_keys: Sequence[str],
    allowed_hosts: Sequence[str],
    base_url: str,
    trusted_proxies: Sequence[str],
    metrics_token: str = "",
    metrics_addresses: Sequence[str] = (),
) -> list[str]:
    """What is wrong with these values, each line beginning with the setting's name; empty when all is well.

    With `debug` (`make run`) the public address and the hosts have defaults and are not asked for.
    """
    found = []
    if len(secret_key) < SECRET_KEY_CHARACTERS:
        found.append(
            f"SECRET_KEY is missing or shorter than {SECRET_KEY_CHARACTERS} characters: set it to a long random text."
        )
    found += _encryption_keys(encryption_keys)
    if not debug:
        if not allowed_hosts or "*" in allowed_hosts:
            found.append(
                "ALLOWED_HOSTS is missing or '*': set it to the portal's host names, comma-separated."
            )
        address = urlsplit(base_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            found.append(
                "PORTAL_BASE_URL is missing or no address: set it to the portal's public address, such as https://host.example."
            )
    if metrics_token and len(metrics_token) < METRICS_TOKEN_CHARACTERS:
        found.append(
            f"METRICS_TOKEN is shorter than {METRICS_TOKEN_CHARACTERS} characters: set it to a long random text, or not at all."
        )
    found += _networks("METRICS_ADDRESSES", metrics_addresses)
    return found + _networks("TRUSTED_PROXIES", trusted_proxies, sockets=True)


def _encryption_keys(keys: Sequence[str]) -> list[str]:
    if not keys:
        return [
            f"FIELD_ENCRYPTION_KEYS is missing: set it to one or more keys of {ENCRYPTION_KEY_BYTES} random bytes in URL-safe "
            "base64, comma-separated."
        ]
    found = []
    for position, key in enumerate(keys, start=1):
        if _length(key) != ENCRYPTION_KEY_BYTES:
            found.append(
                f"FIELD_ENCRYPTION_KEYS: key {position} is not {ENCRYPTION_KEY_BYTES} bytes in URL-safe base64: make it anew."
            )
    if len(set(keys)) != len(keys):
        found.append("FIELD_ENCRYPTION_KEYS: the same key stands twice: take one out.")
    return found


def _length(key: str) -> int:
    """How many bytes a base64 text holds; 0 when it is none."""
    try:
        return len(urlsafe_b64decode(key.encode() + b"=" * (-len(key) % 4)))
    except (Base64Error, ValueError):
        return 0


def _networks(setting: str, entries: Sequence[str], *, sockets: bool = False) -> list[str]:
    found = []
    for entry in entries:
        if sockets and entry == "unix":
            continue
        try:
            everybody = ip_network(entry, strict=False).prefixlen == 0
        except ValueError:
            kinds = (
                "neither an address nor a network nor 'unix'"
                if sockets
                else "neither an address nor a network"
            )
            found.append(f"{setting}: {entry!r} is {kinds}.")
        else:
            if everybody:
                found.append(f"{setting}: {entry!r} would trust everybody.")
    return found
