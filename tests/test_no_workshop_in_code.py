"""No fact of one workshop stands in code, templates or scripts: names of its parties, payers, places and dates are data."""

import ast
import re
import tomllib

import pytest

from tests.sources import BASE_DIR, python_files

PRESETS = [BASE_DIR / "registration/presets/imrf-2022.toml", BASE_DIR / "tests/presets/datos-2026.toml"]
# Names of the conference itself, of its own bodies and of what is no fact of a workshop.
OF_THE_PORTAL = {
    "RCM",  # the Regional Conference on Migration, whose portal this is
    "CRM",
}
OF_THE_WORLD = {"rcm_portal/output/country_names.py"}  # what the United Nations call all countries
# Where a name may stand all the same, and why.
ALLOWED = {
    ("rcm_portal/security/roles.py", "IOM"),  # the name of a staff group, by contract
    ("registration/management/commands/load_demo.py", "RNCOM"),  # people for the demonstration's own data
    ("logistics/management/commands/load_demo_travel.py", "RNCOM"),
}


def names(preset: dict) -> set[str]:
    """Proper names that a preset gives: codes and names of parties, payers, host, organiser, city, venue, address."""
    found = set()

    def take(value) -> None:
        if isinstance(value, dict):
            for each in value.values():
                take(each)
        elif isinstance(value, str) and value:
            found.add(value)

    workshop = preset["workshop"]
    for key in ("venue", "city", "organiser", "contact_email", "letter_prefix", "short_name"):
        take(workshop.get(key, ""))
    for party in preset["parties"]:
        for key in ("name", "short_name"):
            take(party.get(key, ""))
        if not party["kind"].startswith("member"):
            take(party["code"])
    for payer in preset.get("payers", []):
        for key in ("name", "short_name"):
            take(payer.get(key, ""))
    return {name for name in found if name not in OF_THE_PORTAL and "(RCM)" not in name}


ALL = sorted(set().union(*(names(tomllib.loads(path.read_text())) for path in PRESETS)))


def strings_of(path) -> list[str]:
    """The string literals of a module that are no docstrings."""
    tree = ast.parse((BASE_DIR / path).read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    ]


def named_in(text: str) -> set[str]:
    # Looked for as it stands first: nearly no text holds any of them.
    return {name for name in ALL if name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)}


def test_the_scan_knows_names_of_both_presets():
    assert {"IOM", "SACM", "Mexico City", "Guatemala", "REDATA", "City of Knowledge"} <= set(ALL)


def test_no_module_names_what_belongs_to_one_workshop():
    found = {
        (str(path), name)
        for path in python_files()
        if path.parts[0] in ("registration", "logistics", "agenda", "rcm_portal")
        and "migrations" not in path.parts
        and str(path) not in OF_THE_WORLD
        for text in strings_of(path)
        for name in named_in(text)
    }
    assert found - ALLOWED == set()


@pytest.mark.parametrize("folder", ["templates", "static"])
def test_no_template_and_no_script_names_what_belongs_to_one_workshop(folder):
    found = {
        (str(path.relative_to(BASE_DIR)), name)
        for path in sorted((BASE_DIR / folder).rglob("*"))
        if path.suffix in (".html", ".txt", ".js", ".css")
        for name in named_in(re.sub(r"\{#.*?#\}|/\*.*?\*/", "", path.read_text(), flags=re.S))
    }
    assert found == set()
