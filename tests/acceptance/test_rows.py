"""Every row of the acceptance contract has a test that bears its name."""

import re

from tests.sources import BASE_DIR

ROWS = {
    "CFG": 6, "HDR": 6, "FIL": 11, "ACL": 6, "AUT": 5, "BIZ": 5, "EXP": 2, "MAIL": 6, "LOG": 1, "RET": 1, "PDF": 1, "SEAT": 3,
    "SWAP": 1, "NAME": 1, "PHONE": 1, "RED": 1, "HOST": 1, "RATE": 1, "SIGN": 1, "LETTER": 2, "REM": 1,
}  # fmt: skip
NAMED = re.compile(r"^\s*(?:def test_|class Test)(\w+)", flags=re.MULTILINE)
RANGE = re.compile(r"^([a-z]{2,6}?)_?(\d+)_to_(\d+)_")


def rows_in(name: str) -> set[str]:
    """The rows that a test's name bears: "hdr_1_to_4_every…", "mail_4_and_pdf_1_…", "AUT2BruteForce"."""
    name = name.lower()
    if span := RANGE.match(name):
        return {f"{span[1]}{number}" for number in range(int(span[2]), int(span[3]) + 1)}
    return {f"{group}{number}" for group, number in re.findall(r"(?:^|and_)([a-z]{2,6}?)_?(\d+)", name)}


def test_every_row_of_the_contract_has_its_test():
    borne = set()
    for path in (BASE_DIR / "tests" / "acceptance").glob("test_*.py"):
        for name in NAMED.findall(path.read_text()):
            borne |= rows_in(name)
    wanted = {f"{group.lower()}{number}" for group, rows in ROWS.items() for number in range(1, rows + 1)}
    assert wanted - borne == set()
