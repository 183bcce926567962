"""The seal's certificate and key: checked, made, exchanged without a restart; and the time stamp of another service."""

import socket
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO, StringIO

import pytest
import time_machine
from asn1crypto import keys, tsp, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import CommandError, call_command
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from rcm_portal import checks
from rcm_portal.files.storage import read_private
from rcm_portal.output import seal as sealing
from rcm_portal.output.pdf import render_pdf
from rcm_portal.output.seal import AddedPage, seal
from rcm_portal.output.seal_files import SealError, make_certificate, seal_ends, seal_problem, write_seal
from registration.models import SealedLetter
from registration.services.letters.seals import seal_accepted, unsealed
from tests.factories import IN_TIME
from tests.registration.test_seals import accepted

LATER = IN_TIME + timedelta(days=3)


@pytest.fixture(autouse=True)
def _no_outage(settings):
    settings.SEAL_PASSPHRASE = settings.SEAL_TIMESTAMP_URL = ""
    yield
    sealing.stamps_outage.forget()


@pytest.fixture
def files(tmp_path, settings):
    """A certificate of one year and its key, as the settings name them."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    write_seal(certificate=certificate, key=key, name="Tests", now=IN_TIME, years=1)
    settings.SEAL_CERTIFICATE, settings.SEAL_KEY = str(certificate), str(key)
    return certificate, key


def found(now) -> list[str]:
    with time_machine.travel(now, tick=False):
        return [each.id for each in checks.the_seal(None)]


# ── What is configured ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_seal_that_is_left_out_is_no_problem(settings):
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = ""
    assert (seal_problem(IN_TIME), seal_ends(), found(IN_TIME)) == ("", None, ["portal.I009"])


def test_one_that_works_is_warned_of_thirty_days_before_its_end(files):
    ends = IN_TIME + timedelta(days=365)
    assert seal_ends() == ends.astimezone(UTC)
    assert seal_problem(IN_TIME) == ""
    assert found(ends - timedelta(days=31)) == []
    assert found(ends - timedelta(days=29)) == ["portal.W009"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda settings, files: files[0].unlink(), "SEAL_CERTIFICATE names no file."),
        (lambda settings, files: files[1].unlink(), "SEAL_KEY names no file."),
        (lambda settings, files: setattr(settings, "SEAL_KEY", ""), "SEAL_CERTIFICATE and SEAL_KEY are not both set."),
        (lambda settings, files: setattr(settings, "SEAL_KEY", str(files[1].parent)), "SEAL_KEY names no file."),
        (lambda settings, files: files[0].write_text("no PEM"), "SEAL_CERTIFICATE holds no certificate in PEM."),
        (lambda settings, files: files[1].write_text("no PEM"), "SEAL_KEY holds no private key in PEM"),
        (
            lambda settings, files: files[1].write_bytes(make_certificate("Other", now=IN_TIME)[1]),
            "The key in SEAL_KEY is not that of the certificate",
        ),
        (
            lambda settings, files: files[1].write_bytes(make_certificate("x", now=IN_TIME, passphrase="secret")[1]),
            "The key in SEAL_KEY needs SEAL_PASSPHRASE.",
        ),
        (
            lambda settings, files: setattr(settings, "SEAL_PASSPHRASE", "secret"),
            "SEAL_PASSPHRASE is set, but the key in SEAL_KEY has none.",
        ),
        (
            lambda settings, files: setattr(settings, "SEAL_TIMESTAMP_URL", "tsa.example"),
            "SEAL_TIMESTAMP_URL is no address",
        ),
    ],
)  # fmt: skip
def test_what_cannot_work_is_said_before_a_letter_waits_for_it(files, settings, broken, said):
    broken(settings, files)
    assert seal_problem(IN_TIME).startswith(said)
    assert found(IN_TIME) == ["portal.E009"]


def test_a_passphrase_that_does_not_open_the_key_is_said_and_the_right_one_seals(files, settings):
    certificate, key = files
    write_seal(certificate=certificate, key=key, name="Tests", now=IN_TIME, years=1, passphrase="opens")
    settings.SEAL_PASSPHRASE = "another"
    assert "does not open it" in seal_problem(IN_TIME)
    settings.SEAL_PASSPHRASE = "opens"
    assert seal_problem(IN_TIME) == ""
    assert signer_of(sealed_page()) == "Tests"


def test_a_certificate_seals_nothing_before_it_begins_and_after_its_end(files):
    for now, said in (
        (IN_TIME - timedelta(days=2), "begins on 2022-02-09"),
        (IN_TIME + timedelta(days=366), "ended on 2023-02-10"),
    ):
        assert said in seal_problem(now)
        assert found(now) == ["portal.E009"]
        with pytest.raises(SealError, match=said):
            sealed_page(now)


# ── Making and exchanging ────────────────────────────────────────────────────────────────────────────────────────────


def sealed_page(now=IN_TIME) -> bytes:
    pdf = render_pdf('<html lang="en"><title>x</title><p>x', stylesheets=("pdf/letter.css",))
    with time_machine.travel(now, tick=False):
        return seal(pdf, AddedPage(pdf, "x", "en"), reason="no. 1", now=now)


def signer_of(pdf: bytes) -> str:
    [signature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    return signature.signer_cert.subject.native["common_name"]


def test_one_command_makes_a_seal_and_another_run_exchanges_it_without_a_restart(settings, tmp_path):
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = ""
    out = StringIO()
    with time_machine.travel(IN_TIME, tick=False):
        call_command("make_seal", "First", folder=tmp_path / "seal", stdout=out)
    assert f"SEAL_KEY={tmp_path}/seal/key.pem" in out.getvalue()
    assert "It ends on 2027-02-09." in out.getvalue()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "seal").iterdir()}
    assert modes == {"certificate.pem": 0o644, "key.pem": 0o600}
    assert signer_of(sealed_page()) == "First"
    with pytest.raises(CommandError, match="--replace exchanges it"):
        call_command("make_seal", "Second", stdout=out)
    assert signer_of(sealed_page()) == "First"
    with time_machine.travel(IN_TIME, tick=False):
        call_command("make_seal", "Second", replace=True, stdout=out)
    assert signer_of(sealed_page()) == "Second"


# ── Time stamps ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def authority():
    """A time-stamp authority of our own; its certificate and what makes its answers."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = certificates.Name([certificates.NameAttribute(certificates.NameOID.COMMON_NAME, "Test TSA")])
    purpose = certificates.ExtendedKeyUsage([certificates.ExtendedKeyUsageOID.TIME_STAMPING])
    made = (
        certificates.CertificateBuilder(name, name, key.public_key(), 7)
        .not_valid_before(datetime(2022, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2032, 1, 1, tzinfo=UTC))
        .add_extension(purpose, critical=True)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = x509.Certificate.load(made.public_bytes(serialization.Encoding.DER))
    return DummyTimeStamper(certificate, keys.PrivateKeyInfo.load(encoded), fixed_dt=LATER)


@contextmanager
def service(answer):
    """An HTTP server whose answer to a request is `answer(body)`: status, type, body. Yields its address and what came."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(body)
            status, kind, content = answer(body)
            with suppress(BrokenPipeError):  # who asked has gone
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://user:secret@127.0.0.1:{server.server_port}/tsa", asked
        finally:
            server.shutdown()


def stamped_by(authority):
    def answer(body):
        made = authority.request_tsa_response(tsp.TimeStampReq.load(body))
        return 200, "application/timestamp-reply", made.dump()

    return answer


def test_a_seal_bears_the_time_of_the_service_that_is_set(files, settings, authority):
    with service(stamped_by(authority)) as (address, asked):
        settings.SEAL_TIMESTAMP_URL = address
        pdf = sealed_page()
    assert len(asked) == 1
    roots = [load_cert_from_pemder(str(files[0])), authority.tsa_cert]
    with time_machine.travel(LATER, tick=False):
        context = ValidationContext(trust_roots=roots, allow_fetching=False)
        [signature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
        status = validate_pdf_signature(signature, context, context)
    assert status.bottom_line
    assert status.timestamp_validity.timestamp == LATER


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["away", "silent", "broken", "refuses"])
def test_a_service_that_gives_no_time_stamp_loses_no_acceptance_and_is_left_alone_for_a_while(
    files, settings, authority, monkeypatch, fault
):
    monkeypatch.setattr(sealing, "STAMP_SECONDS", 1)
    over = threading.Event()
    answers = {
        "silent": lambda body: over.wait(20) and (200, "application/timestamp-reply", b""),
        "broken": lambda body: (200, "text/html", b"<p>Welcome"),
        "refuses": lambda body: (503, "text/plain", b""),
    }
    with time_machine.travel(IN_TIME, tick=False):
        acceptance, another = accepted(), accepted()
        if fault == "away":
            with socket.create_server(("127.0.0.1", 0)) as closed:
                settings.SEAL_TIMESTAMP_URL = f"http://127.0.0.1:{closed.getsockname()[1]}/"
            asked = None
            with pytest.raises(SealError):
                seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
        else:
            with service(answers[fault]) as (settings.SEAL_TIMESTAMP_URL, asked):
                for each in (acceptance, another):
                    with pytest.raises(SealError):
                        seal_accepted(acceptance_id=each.pk, now=IN_TIME)
                over.set()
            assert len(asked) == 1
        acceptance.refresh_from_db()
        assert "time-stamp service did not answer" in acceptance.seal_problem
        assert "secret" not in acceptance.seal_problem
        assert set(unsealed()) == {acceptance.pk, another.pk}
        sealing.stamps_outage.forget()  # the while is over
        with service(stamped_by(authority)) as (settings.SEAL_TIMESTAMP_URL, asked):
            assert seal_accepted(acceptance_id=acceptance.pk, now=IN_TIME)
        assert len(asked) == 1
    kept = read_private(SealedLetter.objects.get(acceptance=acceptance).key)
    [signature] = PdfFileReader(BytesIO(kept)).embedded_signatures
    assert "signature_time_stamp_token" in {
        each["type"].native for each in signature.signer_info["unsigned_attrs"]
    }
