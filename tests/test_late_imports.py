"""Modules that are imported inside functions, so at the first use and by several threads at once: each bears that.

One interpreter sets Django up, as gunicorn does before its workers begin, and is forked for each module.
"""

import ast
import json
import subprocess
import sys
from importlib.util import find_spec

from tests import production
from tests.sources import BASE_DIR, python_files

APPS = ("rcm_portal", "registration", "logistics", "agenda")
# Once every app is ready, in one thread, before anything is served; commands have one thread, and so has the program that
# reads passports (worker.py).
BEFORE = ("apps.py", "management", "worker.py")
# What Django itself imports at the first request.
FIRST_REQUEST = ("rcm_portal.urls", "rcm_portal.outages.redis_cache", "rcm_portal.files.storage_s3")
# Parts of these import each other, and two threads that begin at different ones meet in a deadlock. Nobody does: a lock
# (output/pdf.py) lets one thread at a time print, and what seals (output/seal.py) runs in a worker's single thread.
ALONE = {"weasyprint", "pyhanko"}
LIMIT_SECONDS = 60

RACE = """
import django, importlib, json, os, sys, threading, time, traceback
django.setup()
sys.setswitchinterval(1e-6)  # threads change places as often as they can

def raced(names):
    barrier, problems = threading.Barrier(len(names)), []
    def load(name):
        barrier.wait()
        try:
            importlib.import_module(name)
        except BaseException:
            problems.append(traceback.format_exc(limit=-3))
    threads = [threading.Thread(target=load, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems

failed = {}
for names in json.loads(sys.argv[1]):
    for _time in range(3 if len(set(names)) > 1 else 1):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.write(write, "".join(raced(names))[-2000:].encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as said:
            problems = said.read()
        status = os.waitpid(child, 0)[1]
        if problems or status:
            failed[" ".join(dict.fromkeys(names))] = problems or f"status {status}"
print(json.dumps(failed))
"""


def modules_of(node: ast.Import | ast.ImportFrom, package: tuple[str, ...]) -> set[str]:
    """Full names of the modules that an import loads."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    base = list(package[: len(package) - node.level + 1]) if node.level else []
    module = ".".join([*base, *(node.module.split(".") if node.module else [])])
    named = {f"{module}.{alias.name}" for alias in node.names}
    return {module} | {name for name in named if is_module(name)}


def is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # its parent is a module, and no package
        return False
    except ValueError:  # loaded, and dressed up by its package
        return True


def late_imports() -> set[str]:
    """Every module that one of our functions imports."""
    found = set()
    for path in python_files():
        if path.parts[0] not in APPS or set(path.parts) & set(BEFORE):
            continue
        for function in ast.walk(ast.parse((BASE_DIR / path).read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        found |= modules_of(node, path.parent.parts)
    return found


def test_a_module_that_is_imported_late_bears_several_threads_at_once():
    modules = late_imports()
    assert {"PIL.Image", "weasyprint", "openpyxl", "rcm_portal.uploads.pdfs"} <= modules
    races = [[name] * 4 for name in sorted(modules | set(FIRST_REQUEST))]
    # Different parts at once, which wait for each other's locks.
    races.append(sorted(name for name in modules | set(FIRST_REQUEST) if name.split(".")[0] not in ALONE))
    done = subprocess.run(
        [sys.executable, "-c", RACE, json.dumps(races)],
        cwd=BASE_DIR,
        env=production.environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {}
