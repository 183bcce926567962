"""Load: wrk for pages, threads with kept connections for forms."""

import http.client
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from uuid import uuid4

from tests.services import program


def constant_application(environ, start_response):
    """A WSGI application that always answers the bytes of the file CONSTANT_BODY."""
    global _body
    if _body is None:
        with open(os.environ["CONSTANT_BODY"], "rb") as file:
            _body = file.read()
    start_response(
        "200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(_body)))]
    )
    return [_body]


_body = None


@dataclass(frozen=True)
class Load:
    per_second: float
    p95_ms: float
    errors: int


def load_page(address: str, *, connections: int = 8, seconds: int = 8, cookie: str = "") -> Load:
    """Requests per second of one page with kept connections, of a reader with that cookie."""
    command = [
        program("wrk", "wrk"),
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--latency",
        *(["-H", f"Cookie: {cookie}"] if cookie else []),
        "-s",
        "/dev/stdin",
        address,
    ]
    script = (
        "done = function(summary, latency) io.write(string.format('RESULT %f %f %d\\n', "
        "summary.requests * 1e6 / summary.duration, latency:percentile(95) / 1000, "
        "summary.errors.status + summary.errors.read + summary.errors.timeout + summary.errors.connect)) end"
    )
    output = subprocess.run(command, check=True, capture_output=True, text=True, input=script).stdout
    rate, p95, errors = re.search(r"RESULT ([\d.]+) ([\d.]+) (\d+)", output).groups()
    return Load(float(rate), float(p95), int(errors))


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    location: str = ""


class FormClient:
    """One browser: fetches the form, then sends it; each call is one registration of two requests."""

    def __init__(self, port: int, path: str):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.path = path

    def open_form(self) -> tuple[str, str]:
        """The CSRF token and the cookies of a fresh form."""
        self.connection.request("GET", self.path)
        answer = self.connection.getresponse()
        page = answer.read().decode()
        cookie = "; ".join(each.split(";")[0] for each in answer.headers.get_all("Set-Cookie"))
        return re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1], cookie

    def send(self, fields: dict[str, str], file: tuple[str, str, bytes], token: str, cookie: str) -> Answer:
        boundary = uuid4().hex
        body = multipart(boundary, {**fields, "csrfmiddlewaretoken": token, "form_key": str(uuid4())}, file)
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Cookie": cookie}
        begin = time.perf_counter()
        self.connection.request("POST", self.path, body, headers)
        answer = self.connection.getresponse()
        answer.read()
        return Answer(answer.status, time.perf_counter() - begin, answer.getheader("Location") or "")

    def register(self, fields: dict[str, str], file: tuple[str, str, bytes]) -> Answer:
        """Form to stored: both requests, timed together."""
        begin = time.perf_counter()
        sent = self.send(fields, file, *self.open_form())
        return Answer(sent.status, time.perf_counter() - begin, sent.location)


def multipart(boundary: str, fields: dict[str, str], file: tuple[str, str, bytes]) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    filename, media_type, content = file
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="passport"; filename="{filename}"\r\nContent-Type: {media_type}\r\n\r\n'
    return b"".join([*parts, head.encode(), content, f"\r\n--{boundary}--\r\n".encode()])


def in_threads(count: int, work) -> list:
    """What `work(number)` returned in `count` threads that start together."""
    barrier = Barrier(count)

    def run(number):
        barrier.wait(timeout=60)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
