"""What the tests of the code base itself read: our own files, and the settings that the environment may give."""

import re
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent


def environment_names() -> list[str]:
    """Names of the environment variables that rcm_portal/settings.py reads, in its order."""
    source = (BASE_DIR / "rcm_portal" / "settings.py").read_text()
    return list(
        dict.fromkeys(re.findall(r'\.(?:str|bool|int|float|list|db_url)\(\s*"([A-Z][A-Z0-9_]+)"', source))
    )
