"""E-mail addresses as people type and paste them, and a question about one that looks like a slip."""

import html
from uuid import uuid4

import pytest
from django.urls import reverse

from registration import services
from registration.models import Delegate, Nomination
from registration.rules.typed import emails
from registration.services.addresses import holder_of_email
from tests.accounts import make_staff, signed_in
from tests.factories import DelegateFactory
from tests.registration.forms import REGISTER, edited, filled_in
from tests.registration.pages import delegation_page, page

SPANISH = REGISTER.replace("/en/", "/es/")


def errors(answer) -> dict[str, str]:
    return {name: " ".join(found) for name, found in answer.context["form"].errors.items()}


@pytest.mark.parametrize(
    "typed",
    [
        "\ufeffmaria@example.org\u200b",
        "\xa0maria@example.org\xa0",
        "ma\u00adria@exam\u200bple.org",
        "mailto:maria@example.org",
        "MAILTO:maria@example.org?subject=Taller",
        "<maria@example.org>",
        "María José <maria@example.org>;",
        "“maria@example.org”",
        "maria@example.org.",
        "maria@example.org,",
        "maria@example.org;",
        "ｍａｒｉａ＠ｅｘａｍｐｌｅ．ｏｒｇ",  # noqa: RUF001
    ],
)
def test_what_comes_along_with_a_copied_address_is_left_out(client, belize, typed):
    assert client.post(REGISTER, filled_in(email=typed)).status_code == 302
    assert Delegate.objects.get().email == "maria@example.org"


@pytest.mark.parametrize(
    "typed", ["a@example.org, b@example.org", "maria @example.org", "a@example.org\r\nBcc: <b@example.org>"]
)
def test_two_addresses_or_a_hole_in_one_are_refused(client, belize, typed):
    answer = client.post(REGISTER, filled_in(email=typed))
    assert list(errors(answer)) == ["email"] and not Delegate.objects.exists()


@pytest.mark.parametrize(
    ("domain", "usual"),
    [
        ("gmial.com", "gmail.com"), ("hotmial.com", "hotmail.com"), ("gmail.con", "gmail.com"), ("gmai.com", "gmail.com"),
        ("gmail.co", "gmail.com"), ("outlok.con", "outlook.com"), ("yaho.com", "yahoo.com"), ("Hotmal.com", "hotmail.com"),
        ("ministerio.con", "ministerio.com"), ("yahoo.com.m", "yahoo.com.mx"), ("mgail.com", "gmail.com"),
        ("hotmaiil.comm", "hotmail.com"), ("hotmi.com", "hotmail.com"),
    ],
)  # fmt: skip
def test_a_slip_of_a_usual_domain_is_seen(domain, usual):
    assert emails.meant(f"ana.lopez@{domain}") == f"ana.lopez@{usual}"


@pytest.mark.parametrize(
    "domain",
    ["gmail.com", "mail.com", "ymail.com", "hotmail.cl", "yahoo.com.ar", "hotmail.co.uk", "sre.gob.mx", "iom.int", "example.org",
     "exämple.org", "mfa.gov.bz", "live.com", "gxmil.com"],
)  # fmt: skip
def test_a_domain_that_exists_is_no_slip(domain):
    assert emails.meant(f"ana@{domain}") == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("ana@münchen.example", "ANA@xn--mnchen-3ya.example", True),
        ("Ana@Example.org", " ana@example.ORG ", True),
        ("ana@example.org", "ana@example.net", False),
        ("ana@example.org", "ana.maria@example.org", False),
        ("ana@xn--mnchen-3ya.example", "ana@xn--kln-sna.example", False),
        ("ana@xn--\u2026.example", "ana@xn--kln-sna.example", False),  # no domain at all
    ],
)
def test_two_spellings_are_one_address_only_with_the_same_box_at_the_same_domain(one, other, same):
    assert (emails.email_key(one) == emails.email_key(other)) is same


def test_a_slip_is_asked_about_once_and_taken_when_it_is_sent_again(client, belize):
    sent = filled_in(email="maria@gmial.com", passport=None, passport_later="on")
    asked = client.post(SPANISH, sent)
    assert asked.status_code == 400
    assert "¿Quiso escribir maria@gmail.com?" in errors(asked)["email"]
    form = asked.context["form"]
    assert form["email"].value() == "maria@gmial.com" and form["surnames"].value() == "Núñez Peña"
    again = {**sent, "email_asked": form["email_asked"].value()}
    wrong_elsewhere = client.post(REGISTER, {**again, "position": ""})
    assert list(errors(wrong_elsewhere)) == ["position"]
    again["email_asked"] = wrong_elsewhere.context["form"]["email_asked"].value()
    assert client.post(REGISTER, again).status_code == 302
    assert Delegate.objects.get().email == "maria@gmial.com"


def test_another_slip_is_asked_about_anew(client, belize):
    sent = filled_in(email="maria@gmal.com", email_asked="maria@gmial.com")
    assert "Did you mean" in errors(client.post(REGISTER, sent))["email"]


def test_changing_the_language_does_not_answer_the_question(client, belize):
    sent = filled_in(email="maria@gmial.com", purpose="language", passport=None)
    form = client.post(SPANISH, sent).context["form"]
    assert not form.errors and not form["email_asked"].value()


def test_the_address_that_one_has_already_is_not_asked_about(client, belize):
    delegate = DelegateFactory(delegation=belize, email="maria@gmial.com")
    assert client.post(page(delegate, "edit"), edited(delegate, position="Consul")).status_code == 302


def test_a_nomination_is_asked_about_too(client, belize):
    sent = {"name": "Ana", "email": "ana@hotmial.com", "language": "es"}
    path = delegation_page(belize, "delegation_nominate")
    asked = client.post(path, sent)
    assert "Did you mean ana@hotmail.com?" in html.unescape(asked.content.decode())
    client.post(path, {**sent, "email_asked": asked.context["form"]["email_asked"].value()})
    assert Nomination.objects.get().email == "ana@hotmial.com"


def test_staff_who_correct_an_address_are_asked_too(belize):
    delegate = DelegateFactory(delegation=belize, email="old@example.org")
    officer = signed_in(make_staff())
    path = reverse("admin:registration_delegate_address", args=[delegate.pk])
    asked = officer.post(path, {"email": " ana@gmail.con "})
    assert asked.status_code == 400 and "Did you mean ana@gmail.com?" in asked.content.decode()
    officer.post(path, {"email": "ana@gmail.con", "email_asked": "ana@gmail.con"})
    assert Delegate.objects.get().email == "ana@gmail.con"


def test_a_focal_points_address_is_tidied_saved_and_asked_about(belize):
    path = reverse("admin:registration_delegation_change", args=[belize.pk])
    officer = signed_in(make_staff("superuser"))
    form = officer.get(path).context["adminform"].form
    sent = {name: form[name].value() or "" for name in form.fields} | {
        "focal_point_email": "mailto:ana@gmial.com,"
    }
    answer = officer.post(path, sent, follow=True)
    assert "Did you mean ana@gmail.com?" in answer.content.decode()
    belize.refresh_from_db()
    assert belize.focal_point_email == "ana@gmial.com"


def test_an_address_beyond_ascii_is_shown_as_typed_and_found_however_it_is_written(client, belize):
    answer = client.post(REGISTER, filled_in(email="Ana@exämple.org"), follow=True)
    assert "Ana@exämple.org" in answer.content.decode() and "xn--" not in answer.content.decode()
    delegate = Delegate.objects.get()
    for written in ("ana@EXÄMPLE.org", "ana@xn--exmple-cua.org", "ana@exa\u0308mple.org"):
        assert holder_of_email(belize.workshop, written) == delegate
    twin = client.post(REGISTER, filled_in(email="ana@xn--exmple-cua.org", form_key=str(uuid4())))
    assert twin.status_code == 302 and Delegate.objects.count() == 1


def test_no_browser_rewrites_an_address(client, belize):
    text = client.get(REGISTER).content.decode()
    assert 'type="email"' not in text and 'inputmode="email"' in text and 'autocomplete="email"' in text


def test_services_agree_on_one_key(belize):
    delegate = DelegateFactory(delegation=belize, email="ana@exämple.org")
    assert not services.update_details(
        delegate=delegate,
        details={"email": "ana@xn--exmple-cua.org"},
        passport={},
        by=services.transitions.DELEGATE,
        now=delegate.submitted_at,
    )
