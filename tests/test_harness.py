"""The harness itself: the services are real, and the strictness can fail."""

import smtplib
from contextlib import suppress

import pytest
from django.contrib.auth.models import User
from django.core.paginator import Paginator, UnorderedObjectListWarning
from django.db import connection, transaction
from django.http import HttpResponse
from django.template import engines
from django.urls import path

from tests import services, strict, urls
from tests.writes import Writes

PAGE = '<!doctype html><html lang="es"><head><title>t</title></head><body>{}</body></html>'
shown = ""


def show(request):
    return HttpResponse(PAGE.format(shown))


def write(request, pk):
    """Leaves a row, and answers with the status `pk`."""
    User.objects.create(username="left")
    return HttpResponse(PAGE.format(""), status=pk)


urlpatterns = [
    path("page/", show, name="page"),
    path("thing/<int:pk>/", show),
    path("write/<int:pk>/", write),
]


@pytest.mark.django_db
def test_the_database_is_the_private_postgresql():
    assert connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        assert cursor.fetchone() == ("off",)


def test_redis_can_be_stopped_and_started_again(redis_service):
    redis_service.stop()
    assert not services.answers(redis_service.port)
    redis_service.start()
    assert services.answers(redis_service.port)


def test_the_smtp_server_keeps_what_it_accepts_and_refuses_on_request(smtp):
    smtp.answer = lambda recipient: "550 no such user" if recipient.startswith("refused") else ""
    with smtplib.SMTP("127.0.0.1", smtp.port) as connection:
        connection.sendmail("a@portal.test", ["b@portal.test"], "Subject: hello\r\n\r\ntext")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            connection.sendmail("a@portal.test", ["refused@portal.test"], "Subject: no\r\n\r\ntext")
    assert [(message["subject"], message.envelope_to) for message in smtp.messages] == [
        ("hello", ["b@portal.test"])
    ]


def test_the_s3_server_stores_over_http(s3):
    s3.make_bucket("harness")
    s3.client().put_object(Bucket="harness", Key="a", Body=b"bytes")
    assert s3.client().get_object(Bucket="harness", Key="a")["Body"].read() == b"bytes"


def test_a_missing_program_names_itself_and_its_package():
    with pytest.raises(services.MissingPiece, match="no-such-program.*apt-get install.*no-such-package"):
        services.program("no-such-program", "no-such-package")


def test_an_undefined_variable_fails_in_our_templates_only(tmp_path, monkeypatch):
    monkeypatch.setattr(strict, "BASE_DIR", tmp_path)
    ours, theirs = tmp_path / "ours.html", tmp_path / ".venv" / "theirs.html"
    theirs.parent.mkdir()
    engine = engines["django"].engine

    def render(file, text, **context):
        from django.template import Context, Origin, Template

        return Template(text, origin=Origin(str(file), file.name), name=file.name, engine=engine).render(
            Context(context)
        )

    with pytest.raises(strict.UndefinedTemplateVariable, match=r"\{\{ name \}\} in ours.html"):
        render(ours, "{{ name }}")
    assert render(theirs, "{{ name }}") == ""
    assert render(ours, "{% if name %}yes{% else %}no{% endif %}") == "no"
    assert render(ours, "{{ name|default:'x' }}", name="") == "x"


@pytest.mark.django_db
def test_an_unordered_queryset_in_pagination_fails():
    from django.contrib.auth.models import User

    with pytest.raises(UnorderedObjectListWarning):
        Paginator(User.objects.all(), 10).page(1)


@pytest.mark.urls("tests.test_harness")
@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>1</script>", "inline script"),
        ("<p style='color:red'>", "inline style"),
        ("<style>p{}</style>", "inline style"),
        ("<textarea maxlength='10'></textarea>", "cut in silence"),
        ("<a onclick='x()'>", "inline handler"),
        ("<a href=' java\nscript:x()'>", "script address"),
        ("<p>{{ name }}</p>", "unrendered template"),
        ("<img alt='' src='https://evil.example/x.png'>", "external host"),
        ("<img alt='' src='//evil.example/x.png'>", "external host"),
        ("<form action='https://evil.example/'></form>", "external host"),
        ("<p id='a'></p><p id='a'></p>", "duplicate id"),
        ("<form method='post'></form>", "form without CSRF token"),
    ],
)
def test_the_linting_client_refuses(client, body, fault, monkeypatch):
    monkeypatch.setattr("tests.test_harness.shown", body)
    with pytest.raises(strict.PageRefused, match=fault):
        client.get("/page/")


@pytest.mark.urls("tests.test_harness")
def test_the_linting_client_lets_a_clean_page_pass(client, monkeypatch):
    clean = (
        '<script type="application/ld+json">{"a": "{{"}</script><script src="/static/x.js"></script>'
        '<a href="https://elsewhere.example/">out</a><form method="post"><input name="csrfmiddlewaretoken"></form>'
    )
    monkeypatch.setattr("tests.test_harness.shown", clean)
    assert client.get("/page/").status_code == 200


@pytest.mark.django_db
@pytest.mark.urls("tests.test_harness")
def test_the_linting_client_refuses_a_look_or_a_refusal_that_leaves_something(client):
    for refused in (lambda: client.get("/write/200/"), lambda: client.post("/write/403/")):
        with pytest.raises(strict.PageRefused, match="and wrote {'auth_user'}"):
            refused()
        User.objects.all().delete()
    assert client.post("/write/302/").status_code == 302


@pytest.mark.django_db
def test_what_is_written_and_taken_back_is_not_left():
    written = Writes()
    with connection.execute_wrapper(written):
        User.objects.filter(username="nobody").update(first_name="Ana")
        with suppress(ValueError), transaction.atomic():
            User.objects.create(username="first")
            with transaction.atomic():
                User.objects.create(username="second")
            raise ValueError
        assert written.tables == set()
        with transaction.atomic():
            User.objects.create(username="third")
    assert written.tables == {"auth_user"}


def test_a_page_needs_a_language_and_a_title():
    assert strict.faults_of_page("<html><body></body></html>") == [
        "<html> without lang",
        "page without a title",
    ]


def test_every_route_is_found_with_its_name_and_parameters():
    assert urls.all_routes("tests.test_harness") == [
        urls.Route("page", "page/", ()),
        urls.Route("thing/<int:pk>/", "thing/<int:pk>/", ("pk",)),
        urls.Route("write/<int:pk>/", "write/<int:pk>/", ("pk",)),
    ]
