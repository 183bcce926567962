"""`python3 deploy/make_env.py HOST > FILE`: portal.env.example for this host name, with secrets that nobody else has.

Standard library only, and any Python 3: it runs before anything is installed.
"""

import base64
import re
import secrets
import sys
from pathlib import Path

EXAMPLE = Path(__file__).with_name("portal.env.example")
EXAMPLE_HOST = "workshops.example.org"


def made():
    """New values for the settings that must be secret."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "POSTGRES_PASSWORD": secrets.token_hex(24),
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(24),
    }


def environment(host):
    """The file's text for `host`."""
    text = EXAMPLE.read_text(encoding="utf-8").replace(EXAMPLE_HOST, host)
    for name, value in made().items():
        text = text.replace(f"\n{name}=\n", f"\n{name}={value}\n")
    return text


if __name__ == "__main__":
    if len(sys.argv) != 2 or not re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", sys.argv[1]):
        sys.exit(
            "Give the host name under which people will find the portal: python3 deploy/make_env.py HOST > FILE"
        )
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.write(environment(sys.argv[1]))
