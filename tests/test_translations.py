"""Spanish readers meet Spanish: nothing that a person reads is left unmarked, and no page or mail says it in English.

That the catalogue is complete and fits its placeholders is tested in tests/test_consistency.py; that it says one word for
one thing, in tests/test_glossary.py.
"""

import re
from datetime import date, timedelta

import polib
import pytest
import time_machine
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F
from django.test import RequestFactory
from django.utils.functional import Promise

from agenda.models import AgendaVersion
from rcm_portal.files.storage import read_private
from rcm_portal.mail.kinds import name_of
from rcm_portal.models import OutgoingMail
from registration import services
from registration.documents.links import my_token
from registration.documents.visa_letter import visa_draft
from registration.models import Delegation, IncomeClassification, LetterText
from registration.services.addresses import tell_holder
from registration.services.letters import signing
from registration.services.letters.issuing import complete_letter
from registration.services.letters.visa_letters import complete_visa_letter, issue_visa_letter
from registration.services.practical import notices
from registration.services.reminders import send_due
from registration.services.transitions import staff
from tests import factories
from tests.acceptance import world as worlds
from tests.acceptance.pdf_text import text_of as text_of_pdf
from tests.languages import OWN_NAMES, other_language_in
from tests.registration.letters import name_the_signatory
from tests.sources import BASE_DIR, own_files
from tests.strict import body_of, said_in
from tests.urls import all_routes

APPS = ("registration", "logistics", "agenda", "portal")


# ── What is left unmarked in the sources ─────────────────────────────────────────────────────────────────────────────

MARKED = re.compile(
    r"\{%\s*(blocktranslate|comment|block coltype|block body_class)\b.*?%\}.*?\{%\s*end\w+\s*%\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}",
    re.DOTALL,
)
READ_ALOUD = re.compile(r'\b(?:alt|title|placeholder|aria-label)="([^"]*)"')


def words_outside_of_translate(template: str, *, is_html: bool) -> set[str]:
    text = MARKED.sub(" ", template)
    if is_html:
        text = (
            " ".join(READ_ALOUD.findall(text))
            + " "
            + re.sub(r"<[^>]*>|\bdata-[\w-]+(?:=\"[^\"]*\")?", " ", text)
        )
    return set(re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", " ", text))) - OWN_NAMES


def test_no_template_has_text_outside_of_translate():
    templates = [
        path for path in own_files() if path.parts[0] == "templates" and path.suffix in {".html", ".txt"}
    ]
    found = {
        str(path): words_outside_of_translate((BASE_DIR / path).read_text(), is_html=path.suffix == ".html")
        for path in templates
    }
    assert {path: words for path, words in found.items() if words} == {}


def test_the_test_itself_sees_text_outside_of_translate():
    template = '<p title="Left">{% translate "Said" %} right {# no #}{% comment %}no{% endcomment %}</p>'
    assert words_outside_of_translate(template, is_html=True) == {"Left", "right"}


def labels(model_admin):
    """(name, label) of every column and field that staff see of a model; a label that cannot change is plain text."""
    request = RequestFactory().get("/")
    request.user = apps.get_model("auth", "User")(is_superuser=True, is_active=True)
    model = model_admin.model
    names = flatten_fieldsets(model_admin.get_fieldsets(request))
    if isinstance(model_admin, admin.ModelAdmin):
        names += model_admin.get_list_display(request)
        yield from (("fieldset", title) for title, _fields in model_admin.get_fieldsets(request) if title)
    declared = getattr(model_admin.form, "declared_fields", {})
    for name in names:
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            field = None
        if (
            field is None or field.auto_created and not field.concrete
        ):  # a method that shares a reverse relation's name
            method = getattr(model_admin, str(name), None) or getattr(model, str(name), None)
            yield (
                name,
                declared[name].label if name in declared else getattr(method, "short_description", None),
            )
        else:
            yield name, field.verbose_name
            if field.help_text:
                yield f"help of {name}", field.help_text


def test_every_label_of_the_staffs_pages_can_be_said_in_spanish(db):
    fixed = set()
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label not in APPS:
            continue
        inlines = [inline(model, admin.site) for inline in model_admin.inlines]
        for part in (model_admin, *inlines):
            fixed |= {
                f"{type(part).__name__}.{name}"
                for name, label in labels(part)
                if name not in {"__str__", "action_checkbox"} and not isinstance(label, Promise)
            }
    assert fixed == set()


def test_every_name_of_a_model_in_the_admin_can_be_said_in_spanish():
    names = {
        model.__name__: (model._meta.verbose_name, model._meta.verbose_name_plural)
        for model in admin.site._registry
        if model._meta.app_label in APPS
    }
    assert {
        model for model, pair in names.items() if not all(isinstance(name, Promise) for name in pair)
    } == set()


# ── What pages and mails say ─────────────────────────────────────────────────────────────────────────────────────────


FUNCTION_WORDS = re.compile(
    r"\b(?:the|of|and|your|you|to|is|are|for|with|this|that|please|not|was|were|by|it|has|have|be|an|from|on|at)\b",
    re.IGNORECASE,
)


def english_in(texts: list[str]) -> set[str]:
    """What of the texts is English: known from the catalogue, or by two of the language's small words."""
    known = other_language_in("\n".join(texts), "es", shortest_line=1)
    return known | {text for text in texts if len(FUNCTION_WORDS.findall(text)) > 1}


def texts_of_page(html: str) -> list[str]:
    """What a Spanish page says in Spanish, or should."""
    return said_in(html)["es"]


# Not the catalogue's: help that Django's own Spanish lacks, permissions that Django stores by their English names, and
# records of access, which stay in the words in which they were written.
OTHERS = re.compile(
    r"admin:(auth_user_password_change|auth_(group|user)_(add|change)|portal_accessrecord_\w+)"
)


@pytest.fixture
def world(db):
    """One of everything. Where staff write a text in both languages, the Spanish one stands in both columns: what is
    still English is the portal's own."""
    with time_machine.travel(factories.IN_TIME, tick=False):
        built = worlds.build()
        type(built.document).objects.update(title_es="Nota conceptual")
        for model in apps.get_models():
            names = {field.name for field in model._meta.concrete_fields}
            pairs = {name: name[:-3] + "_es" for name in names if name.endswith("_en")}
            if pairs and model._meta.app_label in APPS and model is not AgendaVersion:  # that is frozen
                model.objects.update(**{english: F(spanish) for english, spanish in pairs.items()})
        name_the_signatory()
        LetterText.objects.filter(language="en").update(text="Texto")
        IncomeClassification.objects.update(source="Banco Mundial")
        yield built


@pytest.mark.parametrize("role", ["anonymous", "superuser"])
def test_no_page_says_anything_in_english_to_a_spanish_reader(world, role):
    found, seen = {}, 0
    for route in all_routes():
        if OTHERS.fullmatch(route.name):
            continue
        client = world.client(role)
        client.languages_apart = False
        answer = client.get(world.path(route, "es"), headers={"accept-language": "es"})
        body = body_of(answer)
        if answer.get("Content-Type", "").startswith("text/html") and answer.status_code != 302:
            seen += 1
            if said := english_in(texts_of_page(body.decode())) - set(world.users):
                found[route.name] = said
    assert found == {}
    assert seen > 10


@pytest.mark.parametrize("text", ["Look in the folder for unwanted mail.", "Days", "The cat is on the mat"])
def test_the_test_itself_sees_english(text):
    assert english_in([text])
    assert not english_in(["Busque en la carpeta de correo no deseado.", "Días", "To Tha Co"])


def person(number: int) -> dict:
    """The details of a delegate who reads Spanish."""
    return {
        "given_names": "Ana",
        "surnames": f"Peña {'ABC'[number]}",
        "institution": "Cancillería",
        "position": "Directora",
        "level": "technical",
        "email": f"ana{number}@portal.test",
        "language": "es",
        "nationality": "BLZ",
        "date_of_birth": date(1980, 2, 28),
        "sex": "F",
        "consent_at": factories.IN_TIME,
    }


def test_the_letter_the_mails_and_the_delegates_pages_are_spanish_throughout(world, client):
    now, by = factories.IN_TIME, staff(None)
    panama = Delegation.objects.get(workshop=world.workshop, party__code="PAN")
    given = {"delegation": panama, "passport": {}, "copy": None, "now": now}
    second, _third = (services.register(details=person(number), **given) for number in (0, 1))
    waiting = services.register(details=person(2), may_wait=True, **given)
    tell_holder(second)
    services.send_link(workshop=world.workshop, email=second.email)
    services.ask_for_correction(delegate=world.delegate, text="El número no se lee.", now=now)

    letter = world.delegate.letters.get()
    assert complete_letter(letter_id=letter.pk, now=now)
    letter.refresh_from_db()
    said = {
        page: english_in(
            texts_of_page(
                client.get(f"/es/{worlds.SLUG}/my/{my_token(world.delegate)}/{page}").content.decode()
            )
        )
        for page in ("", "sign/", "edit/", "cancel/")
    }
    said["letter"] = english_in(text_of_pdf(read_private(letter.key)).splitlines())
    answer = {"delegate": world.delegate, "now": now}
    of_letter = {
        "sha256": letter.sha256,
        "origin": signing.Origin("203.0.113.7", "Firefox", "es"),
        **answer,
    }
    signing.extend_acceptance(until=factories.DEADLINE + timedelta(days=20), by=by, reason="Viaja.", **answer)
    signing.decline_letter(reason="El nombre no es correcto.", **of_letter)
    signing.accept_letter(typed_name=world.delegate.full_name, agreed=True, **of_letter)

    type(world.delegate).objects.filter(pk=world.delegate.pk).update(nationality="GTM")
    world.delegate.refresh_from_db()
    draft = visa_draft(world.delegate, world.delegate.passport, now=now)
    consular = issue_visa_letter(seen=draft.digest, by=by, **answer)
    assert complete_visa_letter(letter_id=consular.pk, now=now)
    consular.refresh_from_db()
    said["consulate"] = english_in(text_of_pdf(read_private(consular.key)).splitlines())
    services.update_details(details={"institution": "Cancillería"}, passport={}, **answer)

    services.reject(delegate=second, by=by, reason="Viene otra persona.", now=now)
    services.cancel(delegate=waiting, by=by, reason="Así lo pidió.", now=now)
    services.reopen(delegate=second, by=by, reason="Fue un error.", now=now)
    Delegation.objects.filter(workshop=world.workshop).update(
        focal_point_email="punto@portal.test", focal_point_language="es"
    )
    send_due(now=factories.IN_TIME.replace(day=22))  # seven days before the last one
    notices.prepare(workshop=world.workshop, now=now, by=None)

    kinds, unsaid = set(), set()
    for mail in OutgoingMail.objects.exclude(kind="test"):
        kinds.add(mail.kind)
        texts = [mail.subject, *mail.text.splitlines(), *texts_of_page(mail.html)]
        said[mail.kind] = said.get(mail.kind, set()) | english_in(texts)
        for day in re.findall(r"\d+ de [a-z]+ de \d{4}", mail.subject):
            unsaid |= {(mail.kind, day) for text in (mail.text, mail.html) if day not in text}
    assert {where: texts for where, texts in said.items() if texts} == {}
    assert {kind for kind in kinds if name_of(kind) == kind} == set()
    assert unsaid == set()  # a deadline in a subject stands in the mail as well
    assert kinds >= {
        "registered",
        "already_registered",
        "link",
        "passport_unclear",
        "approved",
        "extended",
        "declined",
        "confirmed",
        "rejected",
        "reopened",
        "cancelled",
        "reminder",
        "practical",
        "visa_letter",
        "visa_letter_void",
    }
    assert OutgoingMail.objects.filter(to="punto@portal.test").exists()


def test_every_plural_has_all_the_forms_of_spanish():
    catalogue = polib.pofile(BASE_DIR / "locale" / "es" / "LC_MESSAGES" / "django.po")
    forms = int(re.search(r"nplurals=(\d)", catalogue.metadata["Plural-Forms"])[1])
    assert {
        entry.msgid for entry in catalogue if entry.msgid_plural and len(entry.msgstr_plural) != forms
    } == set()
