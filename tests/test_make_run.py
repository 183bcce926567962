"""`make run` from the second step on (the packages are those of the tests): one start, one stop, and what it says when it cannot."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import urllib.request
from pathlib import Path

import pytest

from tests import services
from tests.make_run import accounts_in, command, environment, start
from tests.sources import BASE_DIR


def get(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.status, answer.read().decode()


def children_of(pid: int) -> set[int]:
    """The process's children and theirs."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            child, parent = (
                entry.read_text().rsplit(")", 1)[0].split()[0],
                entry.read_text().rsplit(")", 1)[1].split()[1],
            )
        except OSError:
            continue
        if int(parent) == pid:
            found |= {int(child), *children_of(int(child))}
    return found


@pytest.fixture(scope="module")
def var(tmp_path_factory):
    return tmp_path_factory.mktemp("run") / "var"


def test_the_portal_starts_with_its_demonstration_and_stops_with_everything_it_started(var):
    port = services.free_port()
    process = start(var, port)
    try:
        process.wait_until(lambda: "The portal runs on" in process.output(), seconds=120)
        assert f"http://127.0.0.1:{port}/admin/" in process.output()
        assert get(f"http://127.0.0.1:{port}/")[0] == 200
        assert "imrf-2022" in get(f"http://127.0.0.1:{port}/es/")[1]
        accounts = accounts_in(process.output())
        assert set(accounts) == {"secretariat", "iom", "host", "reception"}
        services.wait_until(
            lambda: len(children_of(process.pid)) >= 5, what="web, worker with two of its own, and beat"
        )
        children = children_of(process.pid)
        browser = _sign_in(port, "secretariat", accounts["secretariat"])
        letter = browser.open(f"http://127.0.0.1:{port}/admin/registration/invitationletter/1/change/")
        # The pages know of the certificate that this very start has made.
        assert re.search("being sealed|sealed on", letter.read().decode())
        for part in (" ready.", "beat: Starting"):
            services.wait_until(
                lambda part=part: part in (var / "log" / "worker.log").read_text(), what=part, seconds=60
            )
    finally:
        process.stop(seconds=30)
    assert process.child.returncode == 0, process.output()
    assert "Stopping." in process.output()
    services.wait_until(lambda: not any(map(_alive, children)), what="the end of all that it started")
    for name in ("run.env", "staff-accounts.json", "portal.sqlite3"):
        assert stat.S_IMODE((var / name).stat().st_mode) == 0o600, name


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _sign_in(port: int, username: str, password: str):
    """With the printed password, as a browser does it; returns the browser."""
    import http.cookiejar
    import urllib.parse

    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    address = f"http://127.0.0.1:{port}/admin/login/"
    page = browser.open(address).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    data = {"username": username, "password": password, "csrfmiddlewaretoken": token, "next": "/admin/"}
    answer = browser.open(address, urllib.parse.urlencode(data).encode())
    assert (answer.status, answer.url) == (200, f"http://127.0.0.1:{port}/admin/")
    return browser


def test_a_second_start_keeps_secrets_accounts_and_data(var):
    before = (var / "run.env").read_text(), json.loads((var / "staff-accounts.json").read_text())
    port = services.free_port()
    process = start(var, port)
    try:
        process.wait_until(lambda: "The portal runs on" in process.output(), seconds=60)
        assert get(f"http://127.0.0.1:{port}/es/")[0] == 200
        assert all(account["password"] in process.output() for account in before[1].values())
    finally:
        process.stop(seconds=30)
    assert before == ((var / "run.env").read_text(), json.loads((var / "staff-accounts.json").read_text()))


def test_a_part_that_ends_by_itself_stops_the_rest_and_is_named(var):
    process = start(var, services.free_port())
    try:
        process.wait_until(
            lambda: "The portal runs on" in process.output() and len(children_of(process.pid)) >= 5,
            seconds=60,
        )
        children = children_of(process.pid)
        worker = next(
            pid for pid in sorted(children) if b"--beat" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        os.kill(worker, signal.SIGKILL)
        process.child.wait(40)
    finally:
        process.stop()
    assert process.child.returncode == 1
    assert "task worker (var/log/worker.log) ended with status -9" in process.output()
    services.wait_until(lambda: not any(map(_alive, children)), what="the end of all that it started")


def fails(var: Path, port: str) -> str:
    done = subprocess.run(
        command(var), env=environment(var, port), cwd=BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    return done.stdout


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1", "80 80"])
def test_a_port_that_is_none_is_said(var, port):
    assert fails(var, port) == f"PORT must be a number from 1 to 65535, not {port!r}: make run PORT=8001\n"


def test_a_port_in_use_is_said(var):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert fails(var, str(port)).startswith(f"Port {port} is in use. Choose another: make run PORT=")
