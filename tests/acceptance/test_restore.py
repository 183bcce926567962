"""RESTORE-1: a backup and its restore lose nothing and issue no number twice, after everything was destroyed."""

import json
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
import pytest

from tests import production, services
from tests.acceptance.drill import NUMBER, SECOND, THIRD
from tests.sources import BASE_DIR

GOOD = {
    "ready": True,
    "database": "ok",
    "guards": "ok",
    "keys": "ok",
    "migrations": "ok",
    "storage": "ok",
    "static": "ok",
}


@dataclass
class Installation:
    """A portal of its own: database, storage and folder, which `destroy` empties."""

    folder: Path
    database: str
    bucket: str = ""
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def environment(self) -> dict[str, str | None]:
        postgres = services.postgres().url(self.database)
        changes = {
            "DATABASE_URL": postgres if self.database else f"sqlite:///{self.var / 'portal.sqlite3'}",
            "PORTAL_VAR": str(self.var),
            "REDIS_URL": None,
            "EMAIL_URL": services.smtp_server().url,
            "STAFF_MFA": "off",
            "RATE_LIMITS": "off",
            **self.secrets,
        }
        if self.bucket:
            s3 = services.s3_server()
            changes |= {
                "AWS_STORAGE_BUCKET_NAME": self.bucket,
                "AWS_S3_ENDPOINT_URL": s3.url,
                **s3.credentials,
            }
        return changes

    def manage(self, *arguments: str, fails: bool = False) -> str:
        """What a command said; of one that fails, its last words."""
        done = production.manage(*arguments, **self.environment)
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr.strip() if fails else done.stdout

    def steps(self, *steps: str) -> list:
        """What each step of the drill found, all in one process."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.acceptance.drill", *steps],
            cwd=BASE_DIR,
            env=production.environment(**self.environment),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def make_empty(self) -> None:
        shutil.rmtree(self.var, ignore_errors=True)
        if self.database:
            services.postgres().create_database(self.database)
        if self.bucket:
            client = services.s3_server().client()
            for each in client.list_objects_v2(Bucket=self.bucket).get("Contents", []):
                client.delete_object(Bucket=self.bucket, Key=each["Key"])


@pytest.fixture(params=["postgresql, bucket", "sqlite, folder"])
def here(request, tmp_path):
    """An installation that is not there yet."""
    name = f"drill_{secrets.token_hex(4)}" if request.param.startswith("postgresql") else ""
    bucket = (
        services.s3_server().make_bucket(f"drill-{secrets.token_hex(4)}") if "bucket" in request.param else ""
    )
    given = production.environment()
    keys = {key: given[key] for key in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS")}
    here = Installation(tmp_path, name, bucket, keys)
    here.make_empty()
    return here


def mail_log(path: Path, message_id: str, line: str = "{} postfix/cleanup[7]: 4F1: message-id={}") -> Path:
    path.write_text(
        "Nov 30 02:00:01 mail postfix/qmgr[9]: 4F1: from=<portal@portal.test>, size=900, nrcpt=1\n"
        + line.format("Nov 30 02:00:01 mail", message_id)
        + "\n"
    )
    return path


def test_restore_1_nothing_is_lost_and_no_number_is_issued_twice(here, tmp_path, smtp):
    identity = pyrage.x25519.Identity.generate()
    private, public, backups = tmp_path / "private.txt", tmp_path / "public.txt", tmp_path / "backups"
    private.write_text(f"# made for a test\n{identity}\n")
    public.write_text(f"{identity.to_public()}\n")
    # After the backup two letters leave with their mails, and a second version of the first one.
    built, said, waiting, second, third, again = here.steps(
        "manage:migrate",
        "build",
        f"manage:backup {backups} --public-key {public}",
        "mails",
        f"approve:{SECOND}",
        f"approve:{THIRD}",
        "renew",
    )[1:]
    assert "encrypted" in said and "NOT" not in said
    assert (second["number"], third["number"], again) == (2, 3, {"number": 1, "version": 2})
    queued = sorted(
        each for each, state in waiting.items() if state == "queued" and each != "<1@portal.test>"
    )
    log = mail_log(tmp_path / "mail.log", queued[0])

    here.make_empty()
    said = here.manage("restore", str(backups), "--private-key", str(private), "--sent-log", str(log))
    assert "letters of imrf-2022: 1 was the last in the backup, 102 comes next" in said
    assert "1 had left since by the log" in said

    seen, _sent, second, again, before, _made, _more, said, after = here.steps(
        "look",
        "send",
        f"approve:{SECOND}",
        "renew",
        "mails",
        f"manage:backup {backups}-2",
        f"approve:{THIRD}",
        f"manage:restore {backups}-2 --overwrite --letters-since 0",
        "mails",
    )
    assert seen == {
        "ready": 200,
        "parts": GOOD,
        "home": 200,
        "letter": built["sha256"],
        "verified": 200,
        "on_screen": True,
        "copy": True,
        "same_number": 2,
        "same": NUMBER,
        "subject": True,
        "letters": [[1, 1]],
    }
    # The mail that had left is not sent again; the others are, each once.
    sent = [message["Message-ID"] for message in smtp.messages]
    assert sorted(sent) == queued[1:]
    # One more, and the first one anew: neither has a number or version that had left.
    assert (second["number"], again) == (102, {"number": 1, "version": 12})
    # The same over data that stand there.
    assert "Restored in" in said
    assert after == before
