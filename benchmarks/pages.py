"""Public pages under load, memory after it, and how long the first answer takes."""

import urllib.request

from benchmarks.clients import load_page
from benchmarks.figures import Figure

PAGES = [
    ("landing page", "/es/imrf-2022/"),
    ("agenda page", "/es/imrf-2022/agenda/"),
    ("who pays", "/es/imrf-2022/who-pays/"),
]
A_COOKIE = "csrftoken=" + "x" * 32  # what everybody has who has seen a form


def run(bench) -> list[Figure]:
    server = bench.server()
    start = min(restart(server) for _round in range(3))
    figures = []
    for name, path in PAGES:
        body = urllib.request.urlopen(server.address + path).read()
        load_page(server.address + path, seconds=2)
        measured = load_page(server.address + path)
        with_cookie = load_page(server.address + path, cookie=A_COOKIE)
        floor_server = bench.constant_server(body)
        floor_server.start("/")
        floor = load_page(floor_server.address + "/", seconds=4)
        floor_server.stop()
        figures.append(
            Figure(
                f"{name}, 8 connections",
                measured.per_second,
                "/s",
                floor.per_second,
                f"the same {len(body) // 1000} kB as a constant",
                "300/s",
                measured.per_second >= 300 and not measured.errors,
                f"p95 {measured.p95_ms:.0f} ms, {measured.errors} errors; "
                f"with a cookie {with_cookie.per_second:.0f}/s, p95 {with_cookie.p95_ms:.0f} ms",
            )
        )
    memory = max(server.worker_memory())
    server.stop()
    constant = bench.constant_server(b"x")
    floor = min(restart(constant) for _round in range(3))
    constant.stop()
    return [
        *figures,
        Figure("memory of a web worker after page load", memory, "MB", goal="< 110 MB", met=memory < 110),
        Figure(
            "gunicorn from start to first 200",
            start,
            "s",
            floor,
            "gunicorn with a constant",
            "< 1.5 s",
            start < 1.5,
        ),
    ]


def restart(server) -> float:
    server.stop()
    return server.start("/es/imrf-2022/" if "wsgi" in " ".join(server.command) else "/")
