"""`make mutants` (tools/mutants): which changes are made, how a listed one is found, and that each line keeps its tests."""

import json

import coverage
import pytest

from tools.mutants import ledger, maps, scope
from tools.mutants.operators import mutants


def changes(source: str) -> set[str]:
    """The new lines of all mutants of a function with this body; dropped statements are `pass`."""
    text = "def f(a, b):\n" + "".join(f"    {line}\n" for line in source.splitlines())
    found = mutants("registration/rules/x.py", text)
    for mutant in found:
        compile(mutant.applied(text), "x", "exec")
    return {line[2:] for mutant in found for line in mutant.diff.splitlines() if line.startswith("+ ")}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if a < b:\n    raise E", {"if a <= b:", "if not (a < b):", "pass"}),
        ("if a == b:\n    a.save()", {"if a != b:", "pass"}),
        ("if not a:\n    return b", {"if (a):", "return None"}),
        ("x = a and b", {"x = (a) or (b)", "x = (b)", "x = (a)"}),
        ("x = (a or b) == 2", {"x = (a or b) != 2", "x = (a or b) == 3", "x = (a or b) == 1",
                               "x = ((a) and (b)) == 2", "x = ((b)) == 2", "x = ((a)) == 2"}),
        ("x = [y for y in a if y]", {"x = [y for y in a if True]", "x = [y for y in a if not (y)]"}),
        ("x = a - b", {"x = a + b"}),
        ("a.x = b", {"pass"}),
        ('x = "es"', {'x = "en"'}),
        ("x = any(a)", {"x = all(a)"}),
        ("x = a.select_for_update().get(b)", {"x = a.get(b)"}),
        ("x = a.filter(c=b, d=b)", {"x = a.filter(d=b)", "x = a.filter(c=b)"}),
        ("x = a.exclude(c=b)", {"x = a"}),
        ("x = a.order_by(b).first()", {"x = a.order_by(b).last()", "x = a.order_by(b).reverse().first()"}),
        ("with transaction.atomic():\n    x = a", {"with __import__('contextlib').nullcontext():"}),
        ("log.info(a)", set()),
        ('"""Words."""\nx = f"{a < b}"', set()),
    ],
)  # fmt: skip
def test_a_mutant_changes_one_thing(source, expected):
    assert changes(source) == expected


def test_a_mutant_knows_its_function_and_what_runs_at_import():
    text = "X = 1\nclass A:\n    @transaction.atomic\n    def f(self, a=2):\n        def g(): return self.b\n        return g\n"
    found = {(each.function, each.outer, each.diff.splitlines()[0]) for each in mutants("a/b.py", text)}
    assert found == {
        ("", None, "- X = 1"),
        ("A.f", None, "- @transaction.atomic"),
        ("A.f", None, "- def f(self, a=2):"),
        ("A.f.<locals>.g", "A.f", "- def g(): return self.b"),
        ("A.f", "A.f", "- return g"),
    }


def test_a_change_has_the_same_key_wherever_its_function_stands():
    text = "def f(a):\n    return a < 1\n"
    keys = [{each.key for each in mutants("a.py", before + text)} for before in ("", "import os\n\n")]
    assert keys[0] == keys[1]
    assert keys[0].isdisjoint(each.key for each in mutants("a.py", text.replace("1", "2")))


def test_an_equivalent_is_found_by_its_diff_and_reported_when_it_is_gone(tmp_path, monkeypatch):
    entry = '[[equivalent]]\nfile = "{}"\nfunction = "f"\ndiff = """\n- return a < 1\n+ return a <= 1\n"""\nreason = "why"\n'
    listed = tmp_path / "equivalent.toml"
    listed.write_text(entry.format("registration/rules/todo.py") + entry.format("gone.py"))
    monkeypatch.setattr(ledger, "EQUIVALENT", listed)
    for text, reasons, stale in (("<", {"why", ""}, 1), (">", {""}, 2)):
        equivalents = ledger.Equivalents()
        found = mutants("registration/rules/todo.py", f"\n\ndef f(a):\n    return a {text} 1\n")
        assert {equivalents.reason(each) for each in found} == reasons
        assert len(equivalents.stale(["registration/rules/todo.py"])) == stale


def test_each_listed_equivalent_names_a_mutant_of_the_code_as_it_is():
    equivalents = ledger.Equivalents()
    files = scope.files([])
    for file in {entry["file"] for entry in equivalents.entries} & set(files):
        for mutant in mutants(file, (scope.ROOT / file).read_text()):
            equivalents.reason(mutant)
    assert equivalents.stale(files) == []
    assert all(entry["reason"].strip() for entry in equivalents.entries)


def test_a_line_keeps_its_tests_when_it_moves_and_a_newer_map_counts(tmp_path, monkeypatch):
    file = "registration/rules/email_confirmation.py"
    text = (scope.ROOT / file).read_text()
    monkeypatch.setattr(maps, "MAPS", tmp_path)
    here, other = "tests/test_mutants.py::a", "tests/test_mutants.py::b"

    def measured(name: str, before: str, lines: dict[str, int]) -> None:
        data = coverage.CoverageData(str(tmp_path / f"{name}.coverage"))
        for test, line in lines.items():
            data.set_context(f"{test}|run")
            data.add_lines({str(scope.ROOT / file): [line]})
        told = [{"test": test, "passed": True, "seconds": 1.0} for test in lines]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, told)))
        (tmp_path / f"{name}.json").write_text(json.dumps({file: before + text}))

    measured("1", "# moved\n", {here: 5, other: 6})
    measured("2", "", {here: 7})
    found = maps.Map([file])
    assert [found.running(file, [(line, line)]) for line in (4, 5, 7)] == [[], [other], [here]]
    assert found.running(file, [(1, 2), (5, 7)]) == [here, other]
