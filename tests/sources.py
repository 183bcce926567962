"""What the tests of the code base itself read: our own files, and the settings that the environment may give."""

import re
import subprocess
from functools import cache
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SETTING = re.compile(r'\b(?:env|environ\.Env\(\))\.\w+\(\s*"([A-Z][A-Z0-9_]+)"')


def environment_names() -> list[str]:
    """Names of the environment variables that rcm_portal/settings.py reads, in its order."""
    return list(dict.fromkeys(SETTING.findall((BASE_DIR / "rcm_portal" / "settings.py").read_text())))


@cache
def own_files() -> list[Path]:
    """Every file of the project, relative to its root: what git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=BASE_DIR, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [Path(name) for name in listed if (BASE_DIR / name).is_file()]


def python_files() -> list[Path]:
    return [path for path in own_files() if path.suffix == ".py"]
