"""No form cuts in silence what is pasted into it: the browser is given no length, the server knows each and says it."""

import pytest
from django import forms
from django.core.validators import MaxLengthValidator
from django.forms.renderers import get_default_renderer
from django.urls import reverse

from rcm_portal.settings import BASE_DIR
from tests.accounts import make_staff, signed_in
from tests.registration.conftest import belize, in_time
from tests.registration.forms import REGISTER, filled_in
from tests.urls import all_routes

__all__ = ["belize", "in_time"]
OURS = ("rcm_portal", "registration", "logistics", "agenda")


def subclasses(of):
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


def forms_of_the_portal() -> list[type[forms.BaseForm]]:
    all_routes()  # imports every view and admin page
    found = [form for form in subclasses(forms.BaseForm) if form.__module__.startswith(OURS)]
    return sorted(set(found), key=lambda form: f"{form.__module__}.{form.__qualname__}")


def test_the_walk_meets_the_forms_that_everybody_knows():
    names = {form.__name__ for form in forms_of_the_portal()}
    assert {
        "RegistrationForm",
        "StaffRegistrationForm",
        "TravelForm",
        "NominationForm",
        "BenefitForm",
    } <= names
    assert len(names) > 30


def test_no_field_of_any_form_gives_the_browser_a_length_and_each_limit_is_checked_by_the_server(db):
    cut, unchecked = [], []
    for form in forms_of_the_portal():
        for name, field in form.base_fields.items():
            html = field.widget.render(name, "", attrs={"id": name}, renderer=get_default_renderer())
            if "maxlength" in html:
                cut.append((form.__name__, name))
            limit = getattr(field, "max_length", None)
            checks = any(isinstance(check, MaxLengthValidator) for check in field.validators)
            if isinstance(field, forms.CharField) and limit and not checks:
                unchecked.append((form.__name__, name))
    assert (cut, unchecked) == ([], [])


@pytest.mark.parametrize("widget", [forms.TextInput, forms.Textarea, forms.EmailInput])
def test_djangos_own_length_is_not_drawn(widget):
    class Some(forms.Form):
        text = forms.CharField(max_length=10, widget=widget)

    assert Some().fields["text"].widget.attrs["maxlength"] == "10"  # what Django would draw
    assert "maxlength" not in str(Some())


def test_no_template_and_no_script_of_ours_cuts_a_text():
    files = [*(BASE_DIR / "templates").rglob("*.html"), *(BASE_DIR / "static").rglob("*.js")]
    assert len(files) > 100
    assert [str(file) for file in files if "maxlength" in file.read_text().lower()] == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (REGISTER, "There is room for 250 characters"),
        (REGISTER.replace("/en/", "/es/"), "Caben 250 caracteres"),
    ],
)
def test_a_text_that_is_too_long_is_kept_whole_and_both_numbers_are_said(client, belize, path, words):
    long = "Dirección General de Migración y Extranjería " * 7
    answer = client.post(path, filled_in(institution=long))
    said = answer.content.decode()
    assert words in said and f" {len(long.strip())}" in said
    assert answer.context["form"]["institution"].value() == long


def test_a_reason_for_a_pause_that_is_too_long_is_refused(belize):
    officer = signed_in(make_staff())
    path = reverse("admin:registration_reminder_pause", args=["delegation", belize.pk])
    answer = officer.post(path, {"reason": "x" * 301})
    assert answer.status_code == 400 and "301" in answer.content.decode()
