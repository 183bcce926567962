"""Django's own sentences in Spanish: they name a delegation and a workshop alike, so none of them has a gender."""

import re
from pathlib import Path

import django
import polib
import pytest
from django.utils.translation import gettext, ngettext, override

from registration.models import Delegation
from tests import accounts
from tests.factories import DelegationFactory

# Not the label of the field itself for signing in: “usuario” is one word.
NAME = r"(?:%\((?!username)(?:\w*name|\w*name_plural|items|model|field_labels?)\)s|\{name\}|%s)"
GENDER = re.compile(
    rf"\b(?:el|del|al|los|las|la|un|una|otro|otra|este|esta|ningún|nuevo)\s*{NAME}"
    rf"|{NAME}\W+(?:seleccionad|eliminad|agregad|modificad)[oa]"
    r"|\bfu(?:e|é|eron) \w+d[oa]s?\b|\w+d[oa]/s\b|\bañad\w*",
    re.IGNORECASE,
)
DJANGO = Path(django.__file__).parent
# Which no page of the portal shows: accounts of contrib.auth's own views, generic date views, model forms of Django's.
UNUSED = {
    "Future %(verbose_name_plural)s not available because %(class_name)s.allow_future is False.",
    "%(name)s object with primary key %(key)r does not exist.",
    "Models in the %(name)s application",
}


@pytest.mark.parametrize("catalogue", ["contrib/admin", "contrib/auth", "conf"])
def test_what_django_says_of_a_thing_it_names_has_no_gender(catalogue):
    gendered = {}
    found = polib.pofile(str(DJANGO / catalogue / "locale" / "es" / "LC_MESSAGES" / "django.po"))
    with override("es"):
        for entry in found:
            if entry.obsolete or entry.msgid in UNUSED or entry.msgctxt:
                continue
            if entry.msgid_plural:
                said = [ngettext(entry.msgid, entry.msgid_plural, number) for number in (1, 2)]
            else:
                said = [gettext(entry.msgid)]
            if re.search(NAME, entry.msgid) and any(GENDER.search(words) for words in said):
                gendered[entry.msgid] = said
    assert gendered == {}


def test_the_reader_of_genders_knows_django_s_own():
    for words in (
        "El {name} “{obj}” se cambió correctamente.",
        "Añadir otro %(model)s",
        "Eliminado/s %(count)d %(items)s",
    ):
        assert GENDER.search(words), words


@pytest.mark.django_db
def test_a_saved_delegation_is_said_without_a_gender():
    delegation = DelegationFactory()
    client = accounts.signed_in(accounts.make_staff())
    client.cookies["django_language"] = "es"
    address = f"/admin/registration/delegation/{delegation.pk}/change/"
    form = client.get(address).context["adminform"].form
    typed = {name: value for name, value in form.initial.items() if value is not None and value is not False}
    page = client.post(address, {**typed, "seat_limit": 3}, follow=True).text
    assert Delegation.objects.get().seat_limit == 3
    assert "Se cambió: delegación «" in page
