"""The guards of logistics on SQLite, which `make run` uses: the same raw SQL is refused there."""

import os
import subprocess
import sys


def test_the_database_rules_hold_on_sqlite(tmp_path):
    environment = {**os.environ, "TEST_DATABASE_URL": f"sqlite:///{tmp_path / 'logistics.sqlite3'}"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "raw_sql"]
    done = subprocess.run(
        [*command, "tests/logistics/test_decisions.py"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "3 passed" in done.stdout
