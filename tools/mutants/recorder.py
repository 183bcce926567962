"""A plugin of pytest: writes down of every test whether it passed and how long it took, one JSON line each."""

import json
from pathlib import Path


def pytest_addoption(parser):
    parser.addoption("--record-tests", help="the file that takes one JSON line a test")


def pytest_configure(config):
    path = config.getoption("--record-tests")
    if path and not hasattr(config, "workerinput"):  # with xdist only the controller writes
        config.pluginmanager.register(Recorder(Path(path)))


class Recorder:
    """Adds up the phases of a test; a test without a line in the file did not end."""

    def __init__(self, path: Path):
        self.file = path.open("w")
        self.tests: dict[str, list] = {}

    def pytest_runtest_logreport(self, report):
        passed, seconds = self.tests.get(report.nodeid, (True, 0.0))
        self.tests[report.nodeid] = passed and report.outcome == "passed", seconds + report.duration
        if report.when == "teardown":
            passed, seconds = self.tests.pop(report.nodeid)
            line = {"test": report.nodeid, "passed": passed, "seconds": round(seconds, 3)}
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()
