"""The machine, its nginx, and visitors who never stop asking."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.deploy.machine import HOST, Machine
from tests.processes import MissingPiece, Process, answers, session_dir
from tests.sources import BASE_DIR


@pytest.fixture(scope="module")
def machine():
    """With nginx in front, as deploy/nginx.conf is shipped but for ports, paths and the host name."""
    folder = session_dir() / "machine"
    folder.mkdir()
    machine = Machine(folder)
    _certificate(folder)
    proxy = _nginx(machine)
    yield machine
    proxy.stop()
    machine.close()


def _certificate(folder) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    tls = folder / "etc/portal/tls"
    (tls / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tls / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))


def _nginx(machine: Machine) -> Process:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not nginx:
        raise MissingPiece("nginx", "nginx-light")
    text = machine.moved((BASE_DIR / "deploy/nginx.conf").read_text()).replace("workshops.example.org", HOST)
    text = text.replace(f"{machine.folder}/etc/nginx/mime.types", "/etc/nginx/mime.types")
    text = re.sub(r"(listen (?:\[::\]:)?)443", rf"\g<1>{machine.tls}", text)
    text = re.sub(r"(listen (?:\[::\]:)?)80", rf"\g<1>{machine.plain}", text)
    if os.geteuid():
        text = text.replace(
            "user www-data;", ""
        )  # this account's own sockets and folders are all that it can have
    config = machine.folder / "etc/nginx/nginx.conf"
    config.write_text(text)
    checked = subprocess.run([nginx, "-t", "-c", config], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    command = [nginx, "-c", str(config), "-g", "daemon off;"]
    process = Process(command, log=machine.folder / "nginx.log")
    process.wait_until(lambda: answers(machine.tls))
    return process


def ask(
    machine: Machine, path: str, *, host: str = HOST, method: str = "GET", body=None, **headers
) -> http.client.HTTPResponse:
    """One request through nginx, on a connection of its own, as a browser sends it."""
    trusting = ssl.create_default_context(cafile=str(machine.folder / "etc/portal/tls/fullchain.pem"))
    trusting.check_hostname = host == HOST
    with (
        socket.create_connection(("127.0.0.1", machine.tls), 60) as plain,
        trusting.wrap_socket(plain, server_hostname=host) as inside,
    ):
        connection = http.client.HTTPConnection(host)
        connection.sock = inside
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode(errors="replace")
        return answer


class Visitors:
    """Threads that ask for one page again and again: `seen` counts (status, what the page said), errors by their name."""

    def __init__(self, machine: Machine, path: str, count: int = 3):
        self.machine, self.path = machine, path
        self.seen: Counter = Counter()
        self.slowest = 0.0
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _each in range(count)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *problem):
        self._end.set()
        for thread in self._threads:
            thread.join(60)

    def wait_for(self, answer: tuple, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while answer not in self.seen:
            assert time.monotonic() < until, self.seen
            time.sleep(0.02)

    def wait_for_total(self, total: int, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while self.seen.total() < total and time.monotonic() < until:
            time.sleep(0.02)

    def _ask(self) -> None:
        while not self._end.is_set():
            began = time.monotonic()
            try:
                answer = ask(self.machine, self.path)
                what = answer.status, answer.text.strip()
            except Exception as problem:
                what = type(problem).__name__, ""
            with self._lock:
                self.seen[what] += 1
                self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(0.01)
