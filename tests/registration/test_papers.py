"""The machine-readable zone in the form, the name on the ticket, entering the country, and passports that end soon."""

from datetime import date

import pytest
from django.urls import reverse

from registration import services
from registration.documents.links import my_token
from registration.models import Delegate, Delegation, Passport
from registration.queries.passports.ticket_name import ticket_name
from registration.services.passport_checks import NotAllowedName
from tests.factories import IN_TIME, DelegateFactory, PassportFactory
from tests.loaded import note_loaded
from tests.registration.forms import REGISTER, filled_in
from tests.registration.passports import maria, with_wrong_digit, zone
from tests.registration.zone_corpus import lines, typed


def errors_of(answer) -> dict:
    return {name: [str(error) for error in errors] for name, errors in answer.context["form"].errors.items()}


def page(delegate, name="my"):
    return reverse(f"registration:{name}", args=[delegate.workshop.slug, my_token(delegate)])


@pytest.fixture
def delegate(belize):
    return maria(belize, expires_on=date(2027, 5, 1))


# The zone in the form


def test_the_two_lines_are_kept_encrypted(client, belize):
    assert client.post(REGISTER, filled_in(mrz=zone())).status_code == 302
    assert Passport.objects.get().mrz == zone()
    [raw] = Passport.objects.extra(select={"raw": "mrz"}).values_list("raw", flat=True)
    assert "P1234567" not in raw


@pytest.mark.parametrize(
    "typed",
    [
        zone().lower(),
        zone().replace("\n", ""),
        " ".join(zone()).replace(" \n ", "\r\n\r\n"),
        zone().replace("<<", "«"),
    ],
    ids=["small letters", "one line", "with spaces", "with guillemets"],
)
def test_the_two_lines_are_understood_however_they_are_pasted(client, belize, typed):
    assert client.post(REGISTER, filled_in(mrz=typed)).status_code == 302
    assert Passport.objects.get().mrz == zone()


@pytest.mark.parametrize(
    ("position", "told"),
    [
        (9, "The check digit of the passport number is wrong."),
        (19, "The check digit of the date of birth is wrong."),
        (27, "The check digit of the date of expiry is wrong."),
        (43, "The check digit of the whole second line is wrong."),
    ],
)
def test_a_wrong_check_digit_is_refused_with_its_name_and_everything_typed_is_kept(
    client, belize, position, told
):
    lines = with_wrong_digit(zone(), position)
    answer = client.post(REGISTER, filled_in(mrz=lines))
    assert answer.status_code == 400
    assert errors_of(answer) == {"mrz": [told, "Please compare each character with the passport."]}
    assert lines.splitlines()[1].replace("<", "&lt;") in answer.content.decode()
    assert not Delegate.objects.exists()


@pytest.mark.parametrize("typed", ["P<BLZ", zone()[:-1], "X" + zone()[1:], zone() + "\n" + zone(), "Ñ" * 88])
def test_what_is_no_zone_is_refused_with_what_to_do(client, belize, typed):
    answer = client.post(REGISTER, filled_in(mrz=typed))
    assert answer.status_code == 400 and list(errors_of(answer)) == ["mrz"]


def test_a_difference_is_a_warning_beside_its_field_and_saved_anyway(client, belize):
    answer = client.post(REGISTER, filled_in(mrz=zone(surnames="Nuñez Perez", expires_on=date(2027, 6, 1))))
    assert answer.status_code == 302
    delegate = Delegate.objects.get()
    shown = client.get(page(delegate)).content.decode()
    assert "The surnames differ from the machine-readable zone." in shown
    assert "The date of expiry differs from the machine-readable zone." in shown
    edit = client.get(page(delegate, "edit"))
    assert edit.context["form"].warnings == {
        "surnames": "The surnames differ from the machine-readable zone.",
        "passport_expiry": "The date of expiry differs from the machine-readable zone.",
    }
    assert 'data-warning-for="surnames" role="status">The surnames differ' in edit.content.decode()


@pytest.mark.parametrize("surnames", ["Nuñez Peña", "NUNXXEZ PENA", "Nunxxez Penxxa"])
def test_every_transliteration_of_icao_agrees(client, belize, surnames):
    client.post(REGISTER, filled_in(mrz=zone(surnames=surnames)))
    delegate = Delegate.objects.get()
    assert client.get(page(delegate, "edit")).context["form"].warnings == {}


def test_warnings_stand_beside_the_fields_of_a_form_with_another_error(client, belize):
    answer = client.post(REGISTER, filled_in(mrz=zone(sex="M"), institution=""))
    assert list(errors_of(answer)) == ["institution"]
    assert answer.context["form"].warnings == {"sex": "The sex differs from the machine-readable zone."}


def test_what_the_zone_contradicts_stands_beside_the_zone_too(client, belize):
    answer = client.post(REGISTER, filled_in(mrz=lines("NUNES<PENA<<MARIA<JOSE"), institution=""))
    beside = answer.content.decode().partition("data-zone-check")[2].partition("</ul>")[0]
    assert "hidden" not in beside.partition("data-two")[0]
    assert '<li class="zone-bad">The surnames differ from the machine-readable zone.</li>' in beside
    client.post(REGISTER, filled_in(mrz=lines("NUNES<PENA<<MARIA<JOSE")))
    edit = client.get(page(Delegate.objects.get(), "edit")).content.decode()
    assert '<li class="zone-bad">The surnames differ' in edit.partition("data-zone-check")[2]


@pytest.mark.parametrize(("how", "text"), list(typed(lines("NUNEZ<PENA<<MARIA<JOSE"))))
def test_the_form_takes_the_zone_however_it_is_typed(client, belize, how, text):
    assert client.post(REGISTER, filled_in(mrz=text)).status_code == 302, how
    assert Passport.objects.get().mrz == lines("NUNEZ<PENA<<MARIA<JOSE")
    assert client.get(page(Delegate.objects.get(), "edit")).context["form"].warnings == {}


def test_the_zone_can_be_added_later_without_losing_an_approval(client, delegate):
    services.approve(delegate=delegate, by=services_by(), now=IN_TIME)
    services.update_details(delegate=delegate, details={}, passport={"mrz": zone()}, now=IN_TIME)
    delegate.refresh_from_db()
    assert delegate.status == "approved"


def services_by():
    from registration.services.transitions import staff

    return staff(None)


# Expiry


@pytest.mark.parametrize(
    ("expires", "status", "warned"),
    [
        ("2022-03-31", 400, False),
        ("2022-04-01", 302, True),
        ("2022-09-30", 302, True),
        ("2022-10-01", 302, False),
    ],
)
def test_a_passport_that_ends_too_soon_is_refused_and_one_that_ends_soon_warned_of(
    client, belize, expires, status, warned
):
    answer = client.post(REGISTER, filled_in(passport_expiry=expires))
    assert answer.status_code == status
    if status == 302:
        shown = client.get(page(Delegate.objects.get())).content.decode()
        assert ("within 6 months" in shown) == warned


# The name on the ticket


@pytest.fixture
def preset(db, in_time):
    note_loaded()


def registered(party: str, **fields) -> Delegate:
    delegation = Delegation.objects.get(party__code=party)
    fields = {"given_names": "María José", "surnames": "Núñez Peña", "nationality": party, **fields}
    passport = {
        name.removeprefix("passport_"): fields.pop(name)
        for name in list(fields)
        if name.startswith("passport_")
    }
    delegate = DelegateFactory(delegation=delegation, passport=None, **fields)
    PassportFactory(delegate=delegate, issuing_country=delegate.nationality, **passport)
    return delegate


def test_the_ticket_name_is_shown_for_confirmation(client, preset):
    delegate = registered("GTM")
    shown = client.get(page(delegate)).content.decode()
    assert 'Your ticket will read <strong class="ticket-name">NUNEZ PENA/MARIA JOSE</strong>.' in shown
    answer = client.post(page(delegate, "ticket_name"), {"name": "NUNEZ PENA/MARIA JOSE"})
    assert answer.status_code == 302
    passport = Passport.objects.get()
    assert (passport.airline_name, passport.airline_name_confirmed_at) == ("NUNEZ PENA/MARIA JOSE", IN_TIME)
    assert "as you confirmed" in client.get(page(delegate)).content.decode()


def test_it_is_asked_only_of_those_whose_ticket_is_bought(client, preset):
    assert "Your ticket will read" not in client.get(page(registered("CAN"))).content.decode()


def test_the_allowed_forms_are_offered_and_that_of_the_zone_first(client, preset):
    delegate = registered("GTM", passport_mrz=zone(surnames="NUNXXEZ PENXXA"))
    form = client.get(page(delegate, "ticket_name")).context["form"]
    assert [value for value, _label in form.fields["name"].choices] == [
        "NUNXXEZ PENXXA/MARIA JOSE",
        "NUNEZ PENA/MARIA JOSE",
        "NUNEZ PENXXA/MARIA JOSE",
        "NUNXXEZ PENA/MARIA JOSE",
        "other",
    ]
    assert form.initial["name"] == "NUNXXEZ PENXXA/MARIA JOSE"


def test_where_the_zone_says_another_name_its_form_comes_first_and_nothing_is_chosen(client, preset):
    delegate = registered(
        "GTM", surnames="Young", given_names="Emily", passport_mrz=zone(surnames="Joung", given_names="Emily")
    )
    answer = client.get(page(delegate, "ticket_name"))
    form = answer.context["form"]
    assert [value for value, _label in form.fields["name"].choices] == ["JOUNG/EMILY", "YOUNG/EMILY", "other"]
    shown = answer.content.decode()
    assert 'type="radio"' in shown and " checked" not in shown
    assert "The two lines of your passport show a different name from the form" in shown
    assert page(delegate, "edit") in shown
    mine = client.get(page(delegate)).content.decode()
    assert "Your ticket will read" not in mine and "show a different name from the form" in mine
    answer = client.post(page(delegate, "ticket_name"), {"other": ""})
    assert answer.status_code == 400 and " checked" not in answer.content.decode()
    assert client.post(page(delegate, "ticket_name"), {"name": "JOUNG/EMILY"}).status_code == 302
    assert Passport.objects.get().airline_name == "JOUNG/EMILY"


def test_a_confirmation_that_the_zone_contradicts_falls_when_the_zone_comes(delegate):
    services.confirm_ticket_name(delegate=delegate, text="NUNEZ PENA/MARIA JOSE", now=IN_TIME)
    services.update_details(
        delegate=delegate, details={}, passport={"mrz": zone(surnames="Nunes Pena")}, now=IN_TIME
    )
    assert Passport.objects.get().airline_name == ""
    services.confirm_ticket_name(delegate=delegate, text="NUNES PENA/MARIA JOSE", now=IN_TIME)
    services.update_details(
        delegate=delegate, details={"given_names": "Maria José"}, passport={}, now=IN_TIME
    )
    assert Passport.objects.get().airline_name == "NUNES PENA/MARIA JOSE"


@pytest.mark.parametrize(
    ("surnames", "given_names", "in_zone", "offered"),
    [
        ("de la Cruz", "María", "DELACRUZ<<MARIA", "DELACRUZ/MARIA"),
        ("O'Neill-Smith", "Ana", "O<NEILLSMITH<<ANA", "O NEILLSMITH/ANA"),
        ("Ali", "Mohamed Abdi", "<<MOHAMED<ABDI<ALI", "MOHAMED ABDI ALI"),
        ("Sukarno", "", "<<SUKARNO", "SUKARNO"),
        ("王", "小明", "WANG<<XIAOMING", "WANG/XIAOMING"),
    ],
)
def test_the_zones_own_form_is_offered_first_where_it_agrees(belize, surnames, given_names, in_zone, offered):
    delegate = DelegateFactory(delegation=belize, surnames=surnames, given_names=given_names, passport=None)
    passport = PassportFactory(delegate=delegate, mrz=lines(in_zone))
    name = ticket_name(delegate, passport)
    assert (name.choices[0], name.suggested, name.differs) == (offered, offered, False)
    assert name.accepted(offered) == offered


@pytest.mark.parametrize(
    "typed", ["NUNXXEZ<PENA<<MARIA<JOSE<<<<", "ＮＵＮＸＸＥＺ\u00a0ＰＥＮＡ/MARIA\u200b JOSE"]
)
def test_another_form_may_be_pasted_as_the_zone_writes_it(client, preset, typed):
    delegate = registered("GTM")
    answer = client.post(page(delegate, "ticket_name"), {"name": "other", "other": typed})
    assert answer.status_code == 302
    assert Passport.objects.get().airline_name == "NUNXXEZ PENA/MARIA JOSE"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("nunxxez  pena / maria jose", "NUNXXEZ PENA/MARIA JOSE"),
        ("NUNEZ/MARIA JOSE", None),
        ("PENA NUNEZ/MARIA JOSE", None),
        ("NÚÑEZ PEÑA/MARÍA JOSÉ", None),
        ("", None),
        ("NUNEZ PENA", None),
        ("<script>", None),
    ],
)
def test_another_form_is_taken_only_if_a_passport_may_show_it(client, preset, typed, kept):
    delegate = registered("GTM")
    answer = client.post(page(delegate, "ticket_name"), {"name": "other", "other": typed})
    assert answer.status_code == (302 if kept else 400)
    assert Passport.objects.get().airline_name == (kept or "")


@pytest.mark.parametrize(
    ("surnames", "given_names", "suggested"),
    [
        ("O'Neill-Tremblay", "Siobhán", "ONEILL TREMBLAY/SIOBHAN"),
        ("Müller", "Dr. Jürgen", "MUELLER/JUERGEN"),
        ("Sukarno", "", "SUKARNO"),
        ("Д", "Иван", "D/IVAN"),
    ],
)
def test_names_of_every_kind_have_a_form(belize, surnames, given_names, suggested):
    delegate = DelegateFactory(delegation=belize, surnames=surnames, given_names=given_names)
    offered = ticket_name(delegate, None)
    assert offered.suggested == suggested
    assert offered.accepted(suggested) == suggested


def test_a_name_of_many_forms_offers_a_few_and_takes_any(belize):
    delegate = DelegateFactory(delegation=belize, surnames="Ñandú Güüñ", given_names="Öñü")
    offered = ticket_name(delegate, None)
    assert len(offered.choices) == 6 and not offered.complete
    assert offered.accepted("NXXANDU GUXXUEN/ONXXU") == "NXXANDU GUXXUEN/ONXXU"


def test_letters_that_no_table_covers_are_copied_by_their_bearer(belize):
    delegate = DelegateFactory(delegation=belize, surnames="김", given_names="민준")
    offered = ticket_name(delegate, None)
    assert offered.choices == () and offered.unknown
    services.confirm_ticket_name(delegate=delegate, text="Kim/Minjun", now=IN_TIME)
    assert Passport.objects.get().airline_name == "KIM/MINJUN"
    with pytest.raises(NotAllowedName):
        services.confirm_ticket_name(delegate=delegate, text="김/민준", now=IN_TIME)


def test_changing_the_name_drops_a_confirmation_that_no_longer_fits(delegate):
    services.confirm_ticket_name(delegate=delegate, text="NUNEZ PENA/MARIA JOSE", now=IN_TIME)
    services.update_details(delegate=delegate, details={"surnames": "Nuñez Peña"}, passport={}, now=IN_TIME)
    assert Passport.objects.get().airline_name == "NUNEZ PENA/MARIA JOSE"
    services.update_details(delegate=delegate, details={"surnames": "Núñez Pérez"}, passport={}, now=IN_TIME)
    passport = Passport.objects.get()
    assert (passport.airline_name, passport.airline_name_confirmed_at) == ("", None)


# Entering the country


@pytest.mark.parametrize(
    ("party", "passport", "words"),
    [
        ("GTM", {}, "You will need a visa: take your invitation letter to the consulate."),
        (
            "GTM",
            {"passport_visas_held": ["USA"]},
            "No visa is needed as long as the visa or residence permit you named is valid",
        ),
        (
            "GTM",
            {"passport_entry_basis": "visa"},
            "No visa is needed as long as the visa or residence permit you named is valid",
        ),
        (
            "GTM",
            {"passport_kind": "diplomatic"},
            "Holders of official and diplomatic passports may be exempt",
        ),
        ("BLZ", {}, "No visa is needed with this passport."),
        ("MEX", {}, "This is the holder&#x27;s own country: no visa is needed."),
        (
            "RNCOM",
            {"nationality": "IND"},
            "We hold no visa rule for this passport: please ask the consulate.",
        ),
    ],
)
def test_the_delegate_reads_what_the_table_says_of_their_passport(client, preset, party, passport, words):
    delegate = registered(party, **passport)
    shown = client.get(page(delegate)).content.decode()
    assert words in shown
    if party in ("GTM", "BLZ"):
        assert "As looked up on 1 March 2022" in shown


def test_what_the_delegate_holds_is_asked_and_never_a_reason_to_refuse(client, preset):
    form = client.get(REGISTER).context["form"]
    assert str(form.fields["entry_basis"].label) == "What will you show when you enter Mexico?"
    assert [code for code, _name in form.fields["visas_held"].choices] == [
        "USA",
        "CAN",
        "JPN",
        "GBR",
        "SCHENGEN",
    ]
    data = filled_in(
        delegation="GTM", nationality="GTM", entry_basis="nothing_yet", visas_held=["USA", "SCHENGEN"]
    )
    assert client.post(REGISTER, data).status_code == 302
    passport = Passport.objects.get()
    assert (passport.entry_basis, passport.visas_held) == ("nothing_yet", ["USA", "SCHENGEN"])


def test_where_nobody_holds_the_rules_nothing_is_asked(client, belize):
    assert "entry_basis" not in client.get(REGISTER).context["form"].fields


def test_staff_see_a_flag_in_the_queue(admin_client, preset):
    registered("GTM")
    registered("BLZ")
    flags = {
        each.delegation.party.code: each.passport_flags
        for each in admin_client.get("/admin/registration/delegate/").context["cl"].result_list
    }
    assert flags == {"GTM": ["visa?"], "BLZ": []}
