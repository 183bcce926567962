"""A plugin of pytest: a new process in which one module is a mutant from its import on, for lines that run at import.

MUTANT names a file with the module's path, its changed text and the tests to run, in their order.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
from pathlib import Path

from tools.mutants import scope

JOB = json.loads(Path(os.environ["MUTANT"]).read_text())
MODULE = JOB["file"].removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        return compile(JOB["source"], self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname != MODULE:
            return None
        file = str(scope.ROOT / JOB["file"])
        return importlib.util.spec_from_file_location(fullname, file, loader=_Loader(fullname, file))


if JOB["source"]:
    sys.meta_path.insert(0, _Finder())


def pytest_collection_modifyitems(config, items):
    wanted = {test: place for place, test in enumerate(JOB["tests"])}
    items[:] = sorted((item for item in items if item.nodeid in wanted), key=lambda item: wanted[item.nodeid])
