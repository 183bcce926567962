"""Two machines of each kind on one PostgreSQL, Redis and S3: what one of them knows the others know, and nothing is done twice."""

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from benchmarks.clients import FormClient
from benchmarks.portal import START
from benchmarks.registrations import fields, pdf
from rcm_portal.models import OutgoingMail
from registration import services
from registration.models import Delegate, InvitationLetter
from registration.services.transitions import staff
from tests import accounts
from tests.faults.portal import Portal, all_made, all_sent
from tests.processes import answers, free_port
from tests.registration.letters import name_the_signatory
from tests.registration.pages import page
from tests.workers import portal_process

SLUG = "imrf-2022"
VERIFIED = 120  # of rcm_portal.security.ratelimits.LIMITS["verify"], in an hour


class Machines:
    """Two web machines; workers and clocks come from the portal. Each process has a PORTAL_VAR of its own."""

    def __init__(self, portal: Portal, folder: Path):
        self.portal, self.folder = portal, folder
        self.ports = (free_port(), free_port())
        self.vars: list[Path] = []
        first = f"http://127.0.0.1:{self.ports[0]}"
        portal.environment |= {"ALLOWED_HOSTS": "127.0.0.1", "PORTAL_BASE_URL": first, "RATE_LIMITS": "on"}

    def own(self) -> dict[str, str]:
        self.vars.append(self.folder / f"machine-{len(self.vars)}")
        return {"PORTAL_VAR": str(self.vars[-1])}

    def start(self) -> None:
        environment = {
            **self.portal.environment,
            "STATIC_ROOT": str(self.folder / "static"),
            "WEB_CONCURRENCY": "2",
        }
        collected = portal_process(
            "manage.py", "collectstatic", "--noinput", name="collect", **{**environment, **self.own()}
        )
        collected.child.wait()
        for port in self.ports:
            here = {**environment, **self.own(), "GUNICORN_BIND": f"127.0.0.1:{port}"}
            self.portal.processes.append(
                portal_process("-m", "gunicorn", "rcm_portal.wsgi", name="web", **here)
            )
        workers = [self.portal.worker(name, **self.own()) for name in ("one", "two")]
        clocks = [self.portal.clock(f"clock-{number}") for number in (1, 2)]
        self.portal.ready(*workers, *clocks)
        for port in self.ports:
            self.portal.wait(lambda port=port: answers(port), "a web machine")

    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports]


@pytest.fixture
def machines(portal, s3, tmp_path):
    bucket = s3.make_bucket("two-of-each")
    portal.environment |= {
        **s3.credentials,
        "AWS_STORAGE_BUCKET_NAME": bucket,
        "AWS_S3_ENDPOINT_URL": s3.url,
    }
    both = Machines(portal, tmp_path)
    call_command("load_workshop", SLUG, start=START, verbosity=0)
    name_the_signatory()
    both.start()
    return both


class Browser:
    """Cookies of one person, for whichever machine the proxy chose."""

    def __init__(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def get(self, address: str) -> tuple[int, bytes]:
        try:
            with self.opener.open(address, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()

    def send(self, form: str, to: str, **data: str) -> None:
        """Open the page `form`, and send its form filled in to the address `to`."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(form)[1].decode())[1]
        sent = urllib.parse.urlencode({**data, "csrfmiddlewaretoken": token}).encode()
        with self.opener.open(to, sent, timeout=30) as answer:
            assert answer.status == 200


def registered(machines: Machines, count: int) -> list[Delegate]:
    """Through the form, at one machine and the other in turn, each with a passport copy."""
    content = pdf(60_000)
    for number in range(count):
        browser = FormClient(machines.ports[number % 2], f"/es/{SLUG}/register/")
        sent = browser.register(
            fields(("MEX", "CRI", "PAN")[number // 2], f"d{number}@example.org"),
            ("p.pdf", "application/pdf", content),
        )
        browser.connection.close()
        assert sent.status == 302
    return list(Delegate.objects.order_by("pk"))


def test_two_of_each_do_everything_once_and_share_all_but_their_own_folder(machines, portal, ledger, smtp):
    first, second = machines.addresses()
    people = registered(machines, 6)
    assert [delegate.seat_number for delegate in people] == [1, 2, 1, 2, 1, 2]

    # A person's page, at the machine that did not take the form.
    for delegate in people[:2]:
        for address in (first, second):
            assert Browser().get(address + page(delegate))[0] == 200

    # A session begun at one machine, half of whose sign-in the other answered, holds at both; its end too.
    user = accounts.make_staff("secretariat")
    browser = Browser()
    login = {"username": user.username, "password": accounts.PASSWORD}
    browser.send(f"{first}/admin/login/", f"{second}/admin/login/", **login)
    assert [browser.get(f"{address}/admin/registration/delegate/")[0] for address in (first, second)] == [
        200,
        200,
    ]
    browser.send(f"{first}/admin/", f"{second}/admin/logout/")
    assert all(b"id_password" in browser.get(f"{address}/admin/")[1] for address in (first, second))

    # Letters: two workers and two clocks look for the same rows.
    for delegate in people:
        services.approve(delegate=delegate, by=staff(None), now=timezone.now())
    portal.wait(
        lambda: InvitationLetter.objects.count() == 6 and all_made() and all_sent(), "letters and mails"
    )
    kinds = OutgoingMail.objects.values_list("kind", "to")
    assert len(set(kinds)) == len(kinds), "a mail was written twice"
    assert len(smtp.messages) == len(kinds), "a mail was sent twice"
    for delegate in people:
        seen = {Browser().get(f"{address}{page(delegate)}letter.pdf") for address in (first, second)}
        assert len(seen) == 1, "the same letter from both machines"
        assert seen.pop()[1].startswith(b"%PDF")

    # Limits: what one machine counted the other counts on.
    codes = [
        Browser().get(f"{(first, second)[turn % 2]}/verify/NO-SUCH-CODE/")[0] for turn in range(VERIFIED + 2)
    ]
    assert codes[:VERIFIED].count(429) == 0
    assert codes[-2:] == [429, 429], "each machine counts for both"

    assert all(Browser().get(f"{address}/readyz")[0] == 200 for address in (first, second))

    # Nothing of anybody is on a machine: a machine that is lost is replaced by an empty one.
    left = sorted(path.name for folder in machines.vars for path in folder.rglob("*") if path.is_file())
    assert left == []
