"""deploy/bounces.sh: what a mail server pipes into the portal, with the settings of a file and nothing else."""

import os
import subprocess

import pytest

from rcm_portal.models import MailState, OutgoingMail, UndeliverableAddress
from tests import production, workers
from tests.portal.dsn import report
from tests.portal.test_undeliverable import sent
from tests.sources import BASE_DIR, environment_names

pytestmark = pytest.mark.usefixtures("mail_templates")


def settings_file(path, **changes):
    """The settings as systemd reads them from a file."""
    names = environment_names()
    given = production.environment(**changes)
    lines = [f"{name}={given[name]}" for name in names if name in given and name != "DEFAULT_FROM_EMAIL"]
    path.write_text(
        "\n".join(["# settings", "", 'DEFAULT_FROM_EMAIL="RCM $(touch /tmp/no) <p@portal.test>"', *lines])
    )
    return path


def pipe(raw: bytes, file) -> subprocess.CompletedProcess:
    """As Postfix does it: no environment to speak of, another folder."""
    return subprocess.run(
        [BASE_DIR / "deploy" / "bounces.sh", file],
        input=raw,
        env={"PATH": os.defpath, "LANG": "C"},
        cwd="/",
        capture_output=True,
        timeout=60,
    )


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_came_back_marks_its_row_and_everything_else_is_tried_again(tmp_path):
    mail = sent()
    file = settings_file(tmp_path / "env", DATABASE_URL=workers.environment()["DATABASE_URL"])
    done = pipe(report(mail), file)
    assert (done.returncode, done.stderr.count(b"Traceback")) == (0, 0), done.stderr.decode()
    assert OutgoingMail.objects.get(pk=mail.pk).state == MailState.REFUSED
    assert UndeliverableAddress.objects.get().address == mail.to

    assert pipe(b"Subject: hello\n\nI am no report.", file).returncode == 0
    away = settings_file(tmp_path / "away", DATABASE_URL="postgres://nobody@127.0.0.1:9/none")
    assert pipe(report(mail), away).returncode == os.EX_TEMPFAIL
    broken = settings_file(tmp_path / "broken", SECRET_KEY="")
    assert pipe(report(mail), broken).returncode == os.EX_TEMPFAIL
    absent = pipe(report(mail), tmp_path / "absent")
    assert absent.returncode == os.EX_TEMPFAIL
    assert b"cannot be read" in absent.stderr
