"""The project keeps its own word: documented settings, commands that exist, complete translations, nothing left over."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.core.management import get_commands

from tests import services
from tests.sources import BASE_DIR, environment_names, own_files, python_files

DOCUMENTS = [
    "README.md",
    *(str(path) for path in own_files() if path.parts[0] == "docs" and path.suffix == ".md"),
]
# The only skips: what nothing here can answer is neither passed nor failed.
HONEST_SKIPS = (
    'pytest.skip("the advisory service cannot be reached: nothing was audited")',
    'pytest.skip("no container engine answers: the image and compose.yaml were only read")',
)
# gunicorn.conf.py reads these beside the portal's own settings.
GUNICORN_NAMES = {"GUNICORN_BIND", "WEB_CONCURRENCY"}
LINES = 400


def text_of(path: Path | str) -> str:
    return (BASE_DIR / path).read_text(errors="replace")


def test_every_setting_stands_in_the_table_of_settings_and_no_other():
    documented = set(re.findall(r"^\| `([A-Z][A-Z0-9_]+)`", text_of("docs/settings.md"), flags=re.MULTILINE))
    assert documented == set(environment_names()) | GUNICORN_NAMES


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_of_a_document_exist(document):
    text = text_of(document)
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), flags=re.MULTILINE))
    wanted = set(
        re.findall(
            r"\bmake ([a-z-]+)(?=[`\s])", "\n".join(re.findall(r"`[^`]+`|^ {4}.*$", text, flags=re.MULTILINE))
        )
    )
    assert wanted - targets == set()
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))
    assert commands - set(get_commands()) == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_links_of_a_document_lead_somewhere(document):
    text = text_of(document)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
    here = (BASE_DIR / document).parent
    missing = {
        link for link in links if not link.startswith(("http", "mailto:")) and not (here / link).exists()
    }
    assert missing == set()


def test_continuous_integration_calls_the_test_command_of_the_readme():
    script = BASE_DIR / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()
    assert "make test" in text_of("README.md")


def test_the_changelog_has_a_heading_for_each_version_and_the_newest_is_ours():
    """CONTRIBUTING.md, Releases: `## 0.2.0, 2027-01-15`, newest first; only the newest may be open."""
    headings = re.findall(r"^## (.*)$", text_of("CHANGELOG.md"), flags=re.MULTILINE)
    parsed = [
        re.fullmatch(r"(\d+)\.(\d+)\.(\d+), (\d{4}-\d\d-\d\d|not released)", heading) for heading in headings
    ]
    assert all(parsed), headings
    versions = [tuple(map(int, each.groups()[:3])) for each in parsed]
    assert versions == sorted(set(versions), reverse=True)
    assert all(each[4] != "not released" for each in parsed[1:])
    assert f'version = "{".".join(map(str, versions[0]))}"' in text_of("pyproject.toml")


# ── Translations ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    """The Spanish catalogue as `make messages` would leave it, made in a copy of the sources."""
    services.program("xgettext", "gettext")
    copy = tmp_path_factory.mktemp("sources")
    for path in own_files():
        if path.suffix in {".py", ".html", ".txt", ".po"} and path.parts[0] not in {
            "tests",
            "benchmarks",
            "tools",
        }:
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(BASE_DIR / path, copy / path)
    command = ["django-admin", "makemessages", "-l", "es", "--no-location", "--no-wrap"]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    path = f"{Path(sys.executable).parent}:{environment['PATH']}"
    subprocess.run(command, cwd=copy, env={**environment, "PATH": path}, check=True, capture_output=True)
    return polib.pofile(copy / "locale" / "es" / "LC_MESSAGES" / "django.po")


def test_no_text_is_untranslated_or_fuzzy(extracted):
    open_entries = {
        entry.msgid for entry in extracted if not entry.obsolete and (entry.fuzzy or not entry.translated())
    }
    assert open_entries == set()


def test_the_catalogue_holds_no_text_that_is_gone(extracted):
    assert {entry.msgid for entry in extracted.obsolete_entries()} == set()


def test_translations_fit_their_placeholders():
    source = BASE_DIR / "locale" / "es" / "LC_MESSAGES" / "django.po"
    msgfmt = services.program("msgfmt", "gettext")
    done = subprocess.run(
        [msgfmt, "--check-format", "-o", os.devnull, source], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_there_is_no_english_catalogue():
    assert not (BASE_DIR / "locale" / "en").exists()


# ── Nothing left over ────────────────────────────────────────────────────────────────────────────────────────────────

# Found by their names: Django's error pages, what overrides a template of the admin, allauth or crispy-forms.
BY_NAME = re.compile(r"(?:4\d\d|403_csrf|500)\.html|admin/|allauth/|account/|mfa/|bootstrap5/")


def test_every_template_is_used():
    templates = [path.relative_to("templates") for path in own_files() if path.parts[0] == "templates"]
    sources = "\n".join(
        text_of(path)
        for path in own_files()
        if path.suffix in {".py", ".html", ".txt"} and path.parts[0] != "tests"
    )
    # f"logistics/mail/ticket_{what}" uses every template that fits.
    composed = [
        re.compile(re.sub(r"\\\{.*?\\\}", ".+", re.escape(text)))
        for text in re.findall(r"f\"([^\"\s]*/[^\"\s]*\{[^\"\s]*)\"", sources)
    ]
    unused = set()
    for template in templates:
        name = template.as_posix()
        stem = template.name.split(".")[0]
        whole = name.split(".")[0]
        used = (
            BY_NAME.match(name)
            or name in sources
            or re.search(rf"[\"'/]{re.escape(stem)}[\"']", sources)
            or any(pattern.fullmatch(whole) for pattern in composed)
        )
        if not used:
            unused.add(name)
    assert unused == set()


def test_every_static_file_is_used():
    files = [path for path in own_files() if path.parts[0] == "static"]
    sources = "\n".join(
        text_of(path)
        for path in own_files()
        if path.suffix in {".py", ".html", ".css", ".js", ".webmanifest"} and path.parts[0] != "tests"
    )
    assert {str(path) for path in files if path.name not in sources} == set()


def test_modules_have_one_subject_and_stay_short():
    lines = {
        str(path): text_of(path).count("\n") for path in python_files() if path.parts[0] not in {"tests"}
    }
    long = {path: count for path, count in lines.items() if count > LINES and "/migrations/" not in path}
    assert long == {}


def test_nothing_is_left_for_later_or_skipped():
    left = re.compile(
        r"(?:#|//|/\*|<!--|comment %}).*\b(?:TODO|FIXME|XXX)\b|pytest\.mark\.(?:skip|xfail)|pytest\.(?:skip|xfail|importorskip)\(|pragma: no cover"
    )
    found = {
        f"{path}:{number}"
        for path in own_files()
        if path.suffix in {".py", ".html", ".js", ".css", ".toml", ".sh"}
        and path != Path("tests/test_consistency.py")
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if left.search(line) and not any(skip in line for skip in HONEST_SKIPS)
    }
    assert found == set()


def test_no_list_or_page_of_the_admin_shows_a_workshops_instant_without_its_zone():
    """Where a workshop is known its zone is, too: such an instant is a column of rcm_portal.columns, never the bare field."""
    from django.contrib import admin
    from django.db.models import DateTimeField

    bare = set()
    for model, shown in admin.site._registry.items():
        known = any(
            field.name == "time_zone" or (field.is_relation and field.name in {"workshop", "delegate"})
            for field in model._meta.fields
        )
        instants = {field.name for field in model._meta.fields if isinstance(field, DateTimeField)}
        columns = {*shown.list_display, *shown.readonly_fields}
        if known:
            bare |= {f"{model.__name__}.{name}" for name in instants & columns}
    assert bare == set()
