"""Apps reach one another through registries: a question that nobody answers is noticed at start, not in a letter."""

import ast
import subprocess
import sys

import pytest
from celery import current_app

from rcm_portal.registry import NobodyAnswers, Question, joined
from tests.sources import BASE_DIR, python_files

START = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
from django.conf import settings
settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app not in {without!r}]
import django
django.setup()
"""


def start(without: list[str]) -> subprocess.CompletedProcess:
    """The portal's start, in a process of its own, without some apps."""
    command = [sys.executable, "-c", START.format(without=without)]
    return subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True)


def test_the_portal_does_not_start_where_nobody_answers_a_question():
    refused = start(["logistics"])
    assert refused.returncode
    assert (
        "No app answers these questions: case_parts, letter_benefits, journeys, flight_entitled, entry_rules, has_room, owed_items, income_changes"
        in refused.stderr
    )
    assert start([]).returncode == 0


def test_a_question_without_an_answer_raises_instead_of_being_empty():
    question = Question("who is there?")
    try:
        with pytest.raises(NobodyAnswers, match="who is there"):
            list(question)

        @question.answer("me")
        def me():
            return "me"

        assert [answer() for answer in question] == ["me"]
    finally:
        Question.all.remove(question)


def test_answers_about_several_people_are_joined():
    assert joined([{1: ["a"]}, {1: ["b"], 2: ["c"]}]) == {1: ["a", "b"], 2: ["c"]}


def hastened() -> set[str]:
    """Every task that the code names in a call of `hasten` or `hasten_on_commit`."""
    found = set()
    for path in python_files():
        if path.parts[0] in ("tests", "benchmarks", "tools") or path.name == "dispatch.py":
            continue
        tree = ast.parse((BASE_DIR / path).read_text())
        constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("hasten", "hasten_on_commit"):
                name = node.args[0]
                if isinstance(name, ast.Constant):
                    found.add(name.value)
                elif name.id in constants:
                    found.add(constants[name.id])
    return found


def test_every_task_that_is_hastened_by_its_name_exists():
    named = hastened()
    assert len(named) >= 5
    assert named - set(current_app.tasks) == set()
