"""A plugin of pytest: a warm session that tries one mutant after the other, each in a child of its own.

The session has Django, its database and all tests ready once. For each mutant it forks; the child exchanges the code of
one function, runs the tests that it is told until one fails, says which, and is gone with all that it changed in memory.
What tests leave in the database is what they leave in any session: nothing.

`--mutants=R,W` gives two pipes. Each line that comes in is a job, each line that goes out its answer (JSON).
"""

import contextlib
import gc
import json
import os
import resource
import select
import signal
import sys
import time
import types
from collections import defaultdict
from collections.abc import Iterator

import pytest
from _pytest.runner import runtestprotocol
from django.core.management import call_command
from django.db import connections
from pytest_django.plugin import blocking_manager_key

from tests import services
from tests.processes import session_dir
from tools.mutants import scope

FRESH_START = 60  # seconds of work that a new process may take before its first test
ON_THE_CLOCK = 10  # a busy machine takes so many times longer than the work itself


def pytest_addoption(parser):
    parser.addoption("--mutants", required=True, help="two pipes, jobs in and answers out")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    if session.testsfailed:
        raise session.Interrupted("tests could not be collected")
    jobs, answers = map(int, session.config.getoption("--mutants").split(","))
    with os.fdopen(jobs) as incoming, os.fdopen(answers, "w") as outgoing:
        worker = _Worker(session)
        for line in incoming:
            outgoing.write(json.dumps(worker.answer(json.loads(line))) + "\n")
            outgoing.flush()
    return True


class _Worker:
    def __init__(self, session):
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        self.first = self._warm_up()
        self.functions = _functions()
        gc.freeze()

    def _warm_up(self):
        """One test with a database, so that the database is made once; then nothing that a child must not share."""
        plain = [item for item in self.session.items if not _of_its_own(item)]
        with_database = [
            item for item in plain if "db" in item.fixturenames or item.get_closest_marker("django_db")
        ]
        first = (with_database or plain or self.session.items)[0]
        runtestprotocol(first, log=False, nextitem=first)
        if any("redis_service" in item.fixturenames for item in self.session.items):
            services.redis_server()
        connections.close_all()
        return first

    def answer(self, job: dict) -> dict:
        """{"failed": test, "why": …} or {"failed": ""}, with how many tests ran; "time" where it was up."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            with contextlib.suppress(BaseException):
                os.setpgid(0, 0)
                seconds = int(job["seconds"]) + (FRESH_START if job["fresh"] else 0)
                resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
                self._in_child(job, writing)
                os._exit(0)
            os._exit(70)
        os.close(writing)
        told, late = _until_closed(reading, ON_THE_CLOCK * (job["seconds"] + FRESH_START))
        if late:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if late or code in {-signal.SIGXCPU, -signal.SIGKILL}:
            self._flush(job)
            return {"failed": "time", "why": f"not done after {job['seconds']:.0f} s", "ran": 0}
        if told:
            return json.loads(told)
        # A new process: 0 all passed, 1 a test failed, 2 to 4 the mutant cannot even be imported.
        return {
            "failed": "" if code == 0 else "a new process",
            "why": f"it ended with {code}",
            "ran": len(job["tests"]),
        }

    def _flush(self, job: dict) -> None:
        """A child that was ended in the middle of a test with real transactions leaves its rows."""
        if not any(_of_its_own(self.items[test]) for test in job["tests"] if test in self.items):
            return
        child = os.fork()
        if child == 0:
            unblocked = self.session.config.stash[blocking_manager_key].unblock()
            with contextlib.suppress(BaseException), unblocked:
                call_command("flush", verbosity=0, interactive=False)
            os._exit(0)
        os.waitpid(child, 0)

    # ── in the child ──

    def _in_child(self, job: dict, writing: int) -> None:
        if job["fresh"] or (job["source"] and not self._exchange(job)):
            os.set_inheritable(writing, True)  # closed when the new process ends
            self._start_anew(job)
        answer = {"failed": "", "why": "", "ran": len(job["tests"])}
        tests = [self.items[test] for test in job["tests"] if test in self.items]
        answer["ran"] = len(tests)
        self.session._setupstate.teardown_exact(tests[0] if tests else self.first)
        for index, item in enumerate(tests):
            after = tests[index + 1] if index + 1 < len(tests) else self.first
            reports = runtestprotocol(item, log=False, nextitem=after)
            if bad := next((report for report in reports if report.failed), None):
                answer = {"failed": item.nodeid, "why": _crash(bad), "ran": index + 1}
                break
        os.write(writing, json.dumps(answer).encode())

    def _exchange(self, job: dict) -> bool:
        """Give the function, wherever it was imported or wrapped, the mutant's code; False if none is found."""
        path = str(scope.ROOT / job["file"])
        done = False
        for code in _codes(compile(job["source"], path, "exec")):
            name = code.co_qualname
            if name != job["outer"] and not name.startswith(f"{job['outer']}.<locals>"):
                continue
            for function in self.functions[path, name]:
                same_place = name != job["outer"] or function.__code__.co_firstlineno == job["outer_line"]
                if same_place and function.__code__.co_freevars == code.co_freevars:
                    function.__code__ = code
                    done |= name == job["outer"]
        return done

    def _start_anew(self, job: dict) -> None:
        """Become a new pytest on the same database."""
        file = session_dir() / "mutant.json"
        file.write_text(json.dumps(job))
        files = sorted({test.partition("::")[0] for test in job["tests"]})
        command = [
            sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "--tb=no", "--reuse-db", "-p", "no:cacheprovider",
            "-p", "tools.mutants.fresh", *files,
        ]  # fmt: skip
        os.execve(sys.executable, command, {**os.environ, "MUTANT": str(file)})  # noqa: S606


def _of_its_own(item) -> bool:
    """Does the test commit, so that the database must be emptied after it?"""
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in item.fixturenames or bool(marker and marker.kwargs.get("transaction"))


def _crash(report) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return (crash.message if crash else str(report.longrepr)).splitlines()[0][:200]


def _functions() -> dict[tuple[str, str], list[types.FunctionType]]:
    """Every function of the scope that exists in this process, by its file and qualified name."""
    found = defaultdict(list)
    here = tuple(str(scope.ROOT / folder) for folder in scope.FOLDERS)
    for each in gc.get_objects():
        # isinstance() would wake Django's lazy objects.
        if type(each) is types.FunctionType and each.__code__.co_filename.startswith(here):
            found[each.__code__.co_filename, each.__code__.co_qualname].append(each)
    return found


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _until_closed(pipe: int, seconds: float) -> tuple[str, bool]:
    """What the child writes until its end, and whether it took longer than this."""
    told, end = b"", time.monotonic() + seconds
    with os.fdopen(pipe, "rb", buffering=0) as file:
        while True:
            ready, _, _ = select.select([file], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                return told.decode(), True
            if not (part := file.read(65536)):
                return told.decode(), False
            told += part
