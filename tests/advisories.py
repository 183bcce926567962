"""The audit of the locked packages against known vulnerabilities, and whether the service that knows them answers at all."""

import json
import os
import re
import ssl
import subprocess
import sys
import urllib.request

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.sources import BASE_DIR

LOCK = "requirements.lock"
# A version with published vulnerabilities: whoever names none for it is not the advisory service (a package mirror, say).
KNOWN_BAD = "https://pypi.org/pypi/django/2.2/json"
# Behind a proxy with a certificate of its own only the system's list knows it.
SYSTEM_LIST = "/etc/ssl/certs/ca-certificates.crt"


def service_answers() -> bool:
    """Asks the service that pip-audit asks, by another way than pip-audit."""
    listed = os.environ.get("REQUESTS_CA_BUNDLE") or (SYSTEM_LIST if os.path.exists(SYSTEM_LIST) else None)
    try:
        with urllib.request.urlopen(
            KNOWN_BAD, timeout=20, context=ssl.create_default_context(cafile=listed)
        ) as answer:
            return bool(json.load(answer).get("vulnerabilities"))
    except (OSError, ValueError, AttributeError):  # not reached, refused, no JSON, another JSON
        return False


def audit() -> list[str]:
    """What is wrong with the locked packages, or with the audit itself."""
    command = [sys.executable, "-m", "pip_audit", "-r", LOCK, "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off"]
    environment = {
        **({"REQUESTS_CA_BUNDLE": SYSTEM_LIST} if os.path.exists(SYSTEM_LIST) else {}),
        **os.environ,
    }
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=300)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return [f"pip-audit ended with {done.returncode} and no report: {done.stderr.strip()[-2000:]}"]
    return problems(report, locked((BASE_DIR / LOCK).read_text()))


def locked(text: str) -> set[tuple[str, str]]:
    """Names and versions of a lock file that are installed here."""
    lines = re.findall(r"^[a-z0-9][^\n\\]*", text, flags=re.MULTILINE | re.IGNORECASE)
    wanted = [Requirement(line) for line in lines]
    return {
        (canonicalize_name(each.name), next(iter(each.specifier)).version)
        for each in wanted
        if each.marker is None or each.marker.evaluate()
    }


def problems(report: dict, expected: set[tuple[str, str]]) -> list[str]:
    """One line for each package that is vulnerable, was skipped, or is not in pip-audit's report at all."""
    found, audited = [], set()
    for package in report["dependencies"]:
        if "skip_reason" in package:
            found.append(f"{package['name']} was not audited: {package['skip_reason']}")
            continue
        audited.add((canonicalize_name(package["name"]), package["version"]))
        for advisory in package["vulns"]:
            mended = ", ".join(advisory["fix_versions"]) or "no version"
            found.append(f"{package['name']} {package['version']}: {advisory['id']}, mended in {mended}")
    skipped = {
        canonicalize_name(package["name"]) for package in report["dependencies"] if "skip_reason" in package
    }
    found += [
        f"{name} {version} is not in the report"
        for name, version in sorted(expected - audited)
        if name not in skipped
    ]
    return found
