"""What is shipped for production names only what exists, pins what it takes from elsewhere, and gives nobody more rights than needed."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests import services
from tests.deploy.machine import Machine
from tests.sources import BASE_DIR, environment_names, own_files

# Read by others than rcm_portal/settings.py.
OTHER_NAMES = {
    "GUNICORN_BIND", "WEB_CONCURRENCY",  # gunicorn.conf.py
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION",  # boto3
    "RUN_ADDRESS",  # tools/run.py
    "PORTAL_HOST", "PORTAL_VERSION", "POSTGRES_PASSWORD",  # compose.yaml itself
}  # fmt: skip
UNITS = sorted((BASE_DIR / "deploy/systemd").iterdir())
COMMANDS = {  # as docs/operations.md has them
    "web": ["gunicorn", "rcm_portal.wsgi"],
    "worker": ["celery", "-A", "rcm_portal", "worker", "--concurrency", "2", "--loglevel", "INFO"],
    "beat": ["celery", "-A", "rcm_portal", "beat", "--loglevel", "INFO", "--pidfile="],
}
OURS = ("web", "worker", "beat", "migrate", "manage", "bucket", "folders", "demo")


def text_of(name: str) -> str:
    return (BASE_DIR / name).read_text()


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load(text_of("compose.yaml"))


def known(names) -> set[str]:
    return set(names) - set(environment_names()) - OTHER_NAMES


# ── Settings and commands ────────────────────────────────────────────────────────────────────────────────────────────


def test_every_setting_that_is_named_exists(compose):
    example = re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text_of("deploy/portal.env.example"), flags=re.MULTILINE)
    assert len(example) > 15
    assert known(example) == set()
    ours = {name for service in OURS for name in compose["services"][service].get("environment", {})}
    assert known(ours) == set()
    assert known(re.findall(r"\$\{([A-Z_]+)", text_of("compose.yaml") + text_of("deploy/Caddyfile"))) == set()
    whole = text_of("Dockerfile").replace("\\\n", " ")
    image = " ".join(re.findall(r"^(?:ENV|RUN export) .*", whole, flags=re.MULTILINE))
    named = set(re.findall(r"\b([A-Z][A-Z_]+)=", image)) - {
        "PATH",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
        "XDG_CACHE_HOME",
    }
    assert {"PORTAL_VAR", "STATIC_ROOT", "SECRET_KEY"} <= named
    assert known(named) == set()


def test_what_production_must_not_start_without_stands_in_the_environment_file():
    for name in (
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEYS",
        "ALLOWED_HOSTS",
        "PORTAL_BASE_URL",
        "DATABASE_URL",
        "REDIS_URL",
        "EMAIL_URL",
    ):
        assert f"\n{name}=" in text_of("deploy/portal.env.example"), name


def test_each_environment_file_has_secrets_of_its_own(tmp_path):
    make = [sys.executable, str(BASE_DIR / "deploy/make_env.py")]
    files = [
        subprocess.run([*make, "a.example"], capture_output=True, text=True, check=True).stdout
        for _each in "ab"
    ]
    given = [dict(re.findall(r"^([A-Z_]+)=(.*)$", text, flags=re.MULTILINE)) for text in files]
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "POSTGRES_PASSWORD", "AWS_SECRET_ACCESS_KEY"):
        assert len(given[0][name]) >= 40
        assert given[0][name] != given[1][name]
    assert given[0]["PORTAL_BASE_URL"] == "https://a.example"
    assert "workshops.example.org" not in files[0]
    for wrong in ([], ["https://a.example/"], ["A b"]):
        assert subprocess.run([*make, *wrong], capture_output=True).returncode == 1


def test_manage_reads_a_value_as_it_is_written(tmp_path):
    """As systemd does: what a password holds is no command, and quotes are not part of a value."""
    asked = "smtp+tls://user:a&b;c`d'e#f%24g@mail.test:587"
    (tmp_path / "portal.env").write_text(
        f'# a comment\nEMAIL_URL={asked}\nDEFAULT_FROM_EMAIL="A B <a@b.test>"\n\n#SENTRY_DSN=x\n'
    )
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / "manage.py").write_text(
        "import os, sys; print(os.environ['EMAIL_URL'], os.environ['DEFAULT_FROM_EMAIL'], sys.argv[1:])"
    )
    script = text_of("deploy/manage").replace("/etc/portal/portal.env", str(tmp_path / "portal.env"))
    script = script.replace(
        "setpriv --reuid=portal --regid=portal --init-groups ", ""
    )  # there is no such account here
    env = {"PATH": os.environ["PATH"], "PORTAL_RELEASE": str(tmp_path)}
    done = subprocess.run(
        ["sh", "-c", script, "manage", "check", "a b"], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"{asked} A B <a@b.test> ['check', 'a b']"


def test_processes_are_started_as_the_documentation_says(compose):
    documented = text_of("docs/operations.md")
    for name, command in COMMANDS.items():
        unit = text_of(f"deploy/systemd/portal-{name}.service")
        line = re.search(r"^ExecStart=/srv/portal/current/\.venv/bin/(.*)$", unit, flags=re.MULTILINE)[1]
        assert line.split() == command
        assert compose["services"][name]["command"] == command
        assert " ".join(command[: 2 if name == "web" else 4]) in documented
    assert 'CMD ["gunicorn", "rcm_portal.wsgi"]' in text_of("Dockerfile")


def test_the_image_has_the_debian_packages_that_the_portal_asks_for():
    spec = importlib.util.spec_from_file_location("prepare", BASE_DIR / "tools/prepare.py")
    prepare = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(prepare)
    installed = re.search(r"apt-get install ((?:.*\\\n)+)", text_of("Dockerfile"))[1]
    named = set(re.findall(r"(?<![\w-])[a-z][\w.+-]+", installed)) - {"y", "no-install-recommends"}
    assert named == set(prepare.PACKAGES_RUN) - {"python3-venv"}


def test_files_that_are_copied_exist():
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text_of("Dockerfile"), flags=re.MULTILINE):
        assert (BASE_DIR / source).exists(), source
    for path in re.findall(r"\./(deploy/\w+)", text_of("compose.yaml")):
        assert (BASE_DIR / path).exists(), path


# ── Rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_runs_as_root(compose):
    assert re.findall(r"^USER (.*)$", text_of("Dockerfile"), flags=re.MULTILINE) == ["10001:10001"]
    for name, service in compose["services"].items():
        assert "build" in service or service["user"] not in {"", "root", "0", "0:0"}, name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    for unit in UNITS:
        if unit.suffix == ".service":
            lines = unit.read_text().splitlines()
            assert {
                "User=portal",
                "NoNewPrivileges=yes",
                "ProtectSystem=strict",
                "CapabilityBoundingSet=",
            } <= set(lines), unit.name


def test_images_are_pinned_by_version(compose):
    images = [service["image"] for service in compose["services"].values() if "build" not in service]
    images += [
        name
        for name in re.findall(r"^FROM (\S+)", text_of("Dockerfile"), flags=re.MULTILINE)
        if name != "base"
    ]
    assert len(images) >= 6
    for image in images:
        assert re.search(r":v?\d+\.\d+\.?\d*[-\w.]*$", image), image


def test_packages_of_the_image_are_locked_with_hashes():
    assert "tools/prepare.py run" in text_of("Dockerfile")
    assert "requirements.lock" in text_of("Dockerfile")
    assert "pip install" not in text_of("Dockerfile")
    assert "--require-hashes -r" in text_of("deploy/release.sh")


def test_only_the_proxy_is_reached_from_other_machines(compose):
    published = {
        name: service["ports"] for name, service in compose["services"].items() if "ports" in service
    }
    assert published.pop("proxy") == ["80:80", "443:443"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_no_secret_can_get_into_an_image():
    ignored = text_of(".dockerignore").split()
    assert {".env", "**/*.env", "var", ".git"} <= set(ignored)
    assert {path for path in own_files() if path.suffix == ".env" or path.name == ".env"} == set()


def test_a_service_waits_for_services_that_exist(compose):
    for name, service in compose["services"].items():
        assert set(service.get("depends_on") or []) <= set(compose["services"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith("./") or source in compose["volumes"], name


# ── As far as it can be tried ────────────────────────────────────────────────────────────────────────────────────────


def test_a_bucket_is_made_once(s3, monkeypatch):
    given = {
        **os.environ,
        **s3.credentials,
        "AWS_S3_ENDPOINT_URL": s3.url,
        "AWS_STORAGE_BUCKET_NAME": "made-by-deploy",
    }
    for _time in range(2):
        subprocess.run(
            [sys.executable, BASE_DIR / "deploy/make_bucket.py"], env=given, check=True, timeout=60
        )
    assert "made-by-deploy" in [bucket["Name"] for bucket in s3.client().list_buckets()["Buckets"]]


def test_the_units_are_what_systemd_understands(tmp_path):
    verify = services.program("systemd-analyze", "systemd")
    for unit in UNITS:
        # Its programs are not installed here; everything else is as it is shipped.
        text = re.sub(r"/srv/portal/current/\.venv/bin/\w+", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(
            text.replace("WorkingDirectory=/srv/portal/current", "WorkingDirectory=/")
        )
    done = subprocess.run([verify, "verify", *tmp_path.iterdir()], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if "portal-" in line]
    assert (done.returncode, said) == (0, [])


def test_the_scripts_are_plain_shell():
    for name in ("deploy/release.sh", "deploy/manage"):
        done = subprocess.run(["sh", "-n", BASE_DIR / name], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert (BASE_DIR / name).stat().st_mode & 0o111, name


def test_every_path_of_the_files_is_one_that_the_machine_moves():
    """A path that tests/deploy/machine.py does not know of would be the real one in its test."""
    assert Machine.moved  # the list is beside it
    shipped = "\n".join(
        path.read_text()
        for path in (
            *UNITS,
            BASE_DIR / "deploy/nginx.conf",
            BASE_DIR / "deploy/release.sh",
            BASE_DIR / "deploy/manage",
        )
    )
    code = "\n".join(line.split("#")[0] for line in shipped.splitlines())
    used = set(re.findall(r"(?<![\w./$}\"])/(?:srv|etc|run|var)(?:/[\w.-]+)+", code))
    from tests.deploy.machine import MOVED

    assert {path for path in used if not path.startswith(MOVED)} == set()


def engine() -> str:
    """The container engine's program, if one answers."""
    docker = shutil.which("docker")
    answers = docker and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0
    answers = answers and subprocess.run([docker, "info"], capture_output=True).returncode == 0
    return docker if answers else ""


def test_the_image_is_built_and_the_whole_composition_gets_ready():
    docker = engine()
    if not docker:
        pytest.skip("no container engine answers: the image and compose.yaml were only read")
    made = subprocess.run(
        [sys.executable, BASE_DIR / "deploy/make_env.py", "localhost"],
        capture_output=True,
        text=True,
        check=True,
    )
    env_file = BASE_DIR / ".env"
    assert not env_file.exists(), "an installation of its own is here"
    env_file.write_text(made.stdout)
    compose = [docker, "compose", "--project-name", "rcm-portal-test"]
    try:
        subprocess.run(
            [*compose, "up", "--detach", "--build", "--wait"], cwd=BASE_DIR, check=True, timeout=900
        )
        ready = [*compose, "exec", "-T", "web", "python", "-c"]
        look = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8000/readyz').read().decode())"
        assert (
            '"ready": true'
            in subprocess.run([*ready, look], cwd=BASE_DIR, check=True, capture_output=True, text=True).stdout
        )
        curl = ["curl", "--silent", "--fail", "--insecure", "https://localhost/es/"]
        assert "<html" in subprocess.run(curl, check=True, capture_output=True, text=True).stdout
    finally:
        subprocess.run([*compose, "down", "--volumes"], cwd=BASE_DIR, check=False)
        env_file.unlink()
