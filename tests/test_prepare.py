"""What `make` says on a machine that is not what the README asks for: an older Python, fonts that are not there."""

import ast
import glob
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources import BASE_DIR, own_files
from tools import prepare

BEFORE_ANYTHING = [
    path for path in own_files() if path.parent == Path("tools") or path == Path("deploy/make_env.py")
]
# Where this machine keeps others, as pyenv and uv do.
OLDER = [
    Path(path)
    for version in ("3.8", "3.9", "3.10")
    for path in glob.glob(f"{Path.home()}/.pyenv/versions/{version}.*/bin/python")
]


@pytest.mark.parametrize("path", BEFORE_ANYTHING, ids=str)
def test_what_runs_before_anything_is_installed_is_read_by_python_3_8(path):
    text = (BASE_DIR / path).read_text()
    tree = ast.parse(text, feature_version=(3, 8))
    annotated = any(
        isinstance(node, ast.FunctionDef)
        and (node.returns or node.args.args and node.args.args[0].annotation)
        for node in ast.walk(tree)
    )
    # Annotations of a newer Python are evaluated when the function is made, unless this says otherwise.
    assert not annotated or "from __future__ import annotations" in text


def run_as(version: tuple, script: str) -> subprocess.CompletedProcess:
    """The script in this interpreter, which takes itself for an older one."""
    code = f"""
import sys, runpy
sys.version_info, sys.version = {version!r}, "{".".join(map(str, version))} (old)"
sys.path.insert(0, "tools"); sys.argv = [{script!r}, "run"]
runpy.run_path({script!r}, run_name="__main__")
"""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, timeout=60
    )


SENTENCE = "Python 3.11 or newer is needed; this is 3.8.18. Try: make PYTHON=python3.11"


@pytest.mark.parametrize("script", ["tools/prepare.py", "tools/run.py"])
def test_an_old_python_gets_the_promised_sentence(script):
    done = run_as((3, 8, 18), script)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert SENTENCE in said
    assert "Traceback" not in said


@pytest.mark.parametrize("script", ["tools/prepare.py", "tools/run.py"])
def test_each_old_python_of_this_machine_gets_it_too(script):
    """Machines without an older Python have the test above."""
    for python in OLDER:
        done = subprocess.run(
            [python, script, "run"], cwd=BASE_DIR, capture_output=True, text=True, timeout=60
        )
        said = done.stdout + done.stderr
        assert done.returncode == 1, python
        assert "Python 3.11 or newer is needed; this is " in said, said
        assert "Traceback" not in said


@pytest.fixture
def bare(monkeypatch):
    """A machine on which we may install nothing; everything but Debian's packages is in place."""
    said = []
    monkeypatch.setattr(prepare, "say", said.append)
    monkeypatch.setattr(prepare.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(prepare.shutil, "which", lambda name: None)
    for step in ("install_requirements", "compile_messages"):
        monkeypatch.setattr(prepare, step, lambda *given: said.append("went on"))
    return said


def test_missing_fonts_are_said_and_stop_nothing(bare, monkeypatch):
    monkeypatch.setattr(prepare, "missing_packages", lambda purpose: ["fonts-dejavu-core"])
    prepare.prepare("run")
    assert "apt-get install -y --no-install-recommends fonts-dejavu-core" in bare[0]
    assert "Going on without them" in bare[0]
    assert "went on" in bare


def test_a_missing_library_stops_with_the_command(bare, monkeypatch):
    monkeypatch.setattr(prepare, "missing_packages", lambda purpose: ["libpango-1.0-0", "fonts-dejavu-core"])
    with pytest.raises(
        prepare.NotReady, match="apt-get install -y --no-install-recommends libpango-1.0-0 fonts-dejavu-core"
    ):
        prepare.prepare("run")
    assert bare == []
