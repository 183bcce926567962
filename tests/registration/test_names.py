"""Names as tickets and passports write them: ICAO Doc 9303 part 3."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.rules import names
from registration.rules.transliteration import latin_table


@pytest.mark.parametrize(
    ("surnames", "given_names", "text"),
    [
        ("Núñez Peña", "María José", "NUNEZ PENA/MARIA JOSE"),
        ("de la Cruz", "María", "DE LA CRUZ/MARIA"),
        ("O'Neill", "Conor", "ONEILL/CONOR"),
        ("O’Neill", "Conor", "ONEILL/CONOR"),
        ("O´Neill", "Conor", "ONEILL/CONOR"),
        ("McDonald", "Ana-Lucía", "MCDONALD/ANA LUCIA"),
        ("Müller", "Jürgen", "MUELLER/JUERGEN"),
        ("Groß", "Søren Åge", "GROSS/SOEREN AAGE"),
        ("Xol  Choc ", " Juan\tPablo", "XOL CHOC/JUAN PABLO"),
        ("Coc - Choc", "Juan . Pablo", "COC CHOC/JUAN PABLO"),
        ("St. John", "Þór", "ST JOHN/THOR"),
        ("Nun\u0303ez", "Jose\u0301", "NUNEZ/JOSE"),
        ("Țîrlea", "Ștefan", "TIRLEA/STEFAN"),
        ("Nguyễn", "Đức", "NGUYEN/DUC"),
        ("İnönü", "Işık", "INOENUE/ISIK"),
        ("Гончаров", "Юрий", "GONCHAROV/IURII"),
        ("عباس", "محمد", "EBAS/MXHMD"),
        ("عبـاس", "محمد", "EBAS/MXHMD"),  # drawn out
    ],
)
def test_airline_form_of_a_name(surnames, given_names, text):
    name = names.airline_name(surnames, given_names)
    assert name.text == text
    assert name.length == len(text)
    assert name.unknown == ()
    assert not name.too_long
    assert not name.needs_attention


def test_titles_do_not_reach_the_ticket_and_are_named():
    name = names.airline_name("Pérez", "Dra. Lic. Ana")
    assert (name.text, name.titles) == ("PEREZ/ANA", ("Dra.", "Lic."))
    assert names.airline_name("Tan", "Hon").text == "TAN/HON"
    assert names.airline_name("Tan", "Hon. Mei").text == "TAN/MEI"
    assert names.airline_name("Pérez", "Dra.").text == "PEREZ/DRA"


@pytest.mark.parametrize(("surnames", "given_names"), [("Suharto", ""), ("", "Suharto"), ("  ", "Suharto")])
def test_a_person_with_one_name_has_it_as_surname_and_is_flagged(surnames, given_names):
    name = names.airline_name(surnames, given_names)
    assert (name.surname, name.given, name.text) == ("SUHARTO", "", "SUHARTO")
    assert name.needs_attention


def test_a_long_name_is_flagged_and_never_cut():
    name = names.airline_name("Montenegro Villanueva Castellanos", "María Guadalupe de los Ángeles")
    assert name.text == "MONTENEGRO VILLANUEVA CASTELLANOS/MARIA GUADALUPE DE LOS ANGELES"
    assert name.too_long
    assert name.needs_attention
    assert not names.airline_name("A" * 20, "B" * 18).too_long
    assert names.airline_name("A" * 20, "B" * 19).too_long


def test_what_no_table_knows_is_flagged():
    name = names.airline_name("王", "Li 3 Παύλος")
    assert name.unknown == ("王", "3", "Π", "Α", "Ύ", "Λ", "Ο", "Σ")
    assert name.needs_attention
    assert names.untransliterated("王小明") == ("王", "小", "明")
    assert names.untransliterated("María") == ()


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("Núñez", {"NUNEZ", "NUNXXEZ"}),
        ("Argüello", {"ARGUEELLO", "ARGUXXELLO", "ARGUELLO"}),
        ("Göß", {"GOESS", "GOSS"}),
        ("Ää", {"AEAE", "AEA", "AAE", "AA"}),
        ("Хо", {"KHO", "HO"}),
        ("María José", {"MARIA JOSE"}),
    ],
)
def test_every_form_that_the_document_allows(name, forms):
    assert set(names.transliterations(name)) == forms


def test_the_list_of_forms_is_bounded_and_begins_with_the_recommended():
    forms = names.transliterations("Ü" * 11)
    assert len(forms) == names.FORMS_LIMIT
    assert forms[0] == "UE" * 11
    assert names.matches("Ü" * 11, "UXX" * 11)


@pytest.mark.parametrize(
    ("name", "zone", "same"),
    [
        ("Núñez Peña", "NUNEZ<PENA", True),
        ("Núñez Peña", "NUNXXEZ<PENA", True),
        ("Núñez Peña", "NUNXXEZ<PENXXA", True),
        ("Núñez Peña", "NUNEZ", False),
        ("Núñez Peña", "NUNEZ<PENA<DIAZ", False),
        ("Núñez Peña", "NUMEZ<PENA", False),
        ("Müller", "MUELLER", True),
        ("Müller", "MUXXLLER", True),
        ("Müller", "MULLER", True),
        ("Müller", "MUXLLER", False),
        ("Ana-Lucía", "ANA<LUCIA", True),
        ("Ana-Lucía", "ANALUCIA", False),
        ("O'Neill", "ONEILL", True),
        ("O'Neill", "O<NEILL", False),
        ("Королёв", "KOROLEV", True),
        ("Хрущ", "KHRUSHCH", True),
        ("Хрущ", "HRUSHT", True),
        ("王", "WANG", False),
        ("", "", True),
    ],
)
def test_a_zone_matches_any_allowed_form_and_no_other(name, zone, same):
    assert names.matches(name, zone) is same


def test_arabic_shadda_doubles_and_teh_marbuta_depends_on_its_place():
    assert names.airline_name("عبّاس", "فضّة").text == "EBBAS/FXDZXDZXAH"
    assert names.airline_name("مُحَمَّد", "علي").text == "MXHMMD/ELY"
    assert names.transliterations("علي مُحَمَّد")[0] == "ELY MXHMMD"


@pytest.mark.parametrize(
    ("name", "zone", "same"),
    [
        ("Papandropoulous", "PAPANDROPOUL", True),
        ("Jonathon Warren Trevor", "JONATHON<WARREN<T", True),
        ("Jonathon Warren Trevor", "JONATHON<TREVOR", True),
        ("Jonathon Warren Trevor", "", True),
        ("Jonathon Warren Trevor", "WARREN", False),
        ("Jonathon Warren Trevor", "JONATHON<TREVOR<WARREN", False),
        ("Núñez", "NUNXX", True),
        ("Núñez", "NUNX", True),
        ("Núñez", "NUX", False),
    ],
)
def test_a_truncated_zone_matches_what_truncation_can_leave(name, zone, same):
    assert names.matches_truncated(name, zone) is same


# What a name may hold, what it becomes, and what the ticket writes of it.


@pytest.mark.parametrize(
    ("typed", "kept", "ticket"),
    [
        *(
            (f"José{dash}Luis", "José-Luis", "JOSE LUIS")
            for dash in "-\u2010\u2011\u2012\u2013\u2014\u2212\u00ad－﹣⁃˗"
        ),
        *((f"O{sign}Neill", "O'Neill", "ONEILL") for sign in "'’‘ʼʻꞌꞋ´`＇‛′ʹʾʿ՚׳"),
        ("Monte\u00adnegro", "Montenegro", "MONTENEGRO"),
        ("MONTE\u00adNEGRO", "MONTENEGRO", "MONTENEGRO"),
        ("María\u00a0José", "María José", "MARIA JOSE"),
        ("María\u2009\u3000José", "María José", "MARIA JOSE"),
        ("\u202aMaría\u202c\ufeff\u200b", "María", "MARIA"),
        ("Ma\u200dr\ufe0fía\u034f", "María", "MARIA"),
        ("María\tJosé\n", "María José", "MARIA JOSE"),
        ("ＪＯＳÉ", "JOSÉ", "JOSE"),
        ("Sofı\u0301a", "Sofı\u0301a", "SOFIA"),
        ("ﬁona", "fiona", "FIONA"),
        ("Mª José", "Ma José", "MA JOSE"),
        ("Juan Carlos Ⅱ", "Juan Carlos II", "JUAN CARLOS II"),
        ("Gal‧la Pa∙u", "Gal·la Pa·u", "GALLA PAU"),
        ("Sahaiʔa", "Sahaiʔa", "SAHAIA"),
        ("Ɓala Ƙarofi", "Ɓala Ƙarofi", "BALA KAROFI"),
        ("Əliyev", "Əliyev", "ELIYEV"),
        ("Ǿster", "Ǿster", "OESTER"),
    ],
)
def test_a_name_is_kept_in_one_spelling_and_has_a_ticket_name(typed, kept, ticket):
    assert names.tidied(typed) == kept
    assert names.not_writable(kept) is None
    assert names.airline_name(kept, "").text == ticket
    assert names.airline_name(typed, "").text == ticket  # as it was stored before it was tidied


@pytest.mark.parametrize(
    ("name", "foreign", "signs"),
    [
        ("王小明", "王小明", ""),
        ("محمد Ali", "محد", ""),
        ("Κώστας", "Κώστας", ""),
        ("Мaria", "М", ""),  # a Cyrillic letter that looks like the Latin one
        ("नरेन्द्र", "नरेन्द्", ""),
        ("María (Mary)", "", "()"),
        ('José "Pepe"', "", '"'),
        ("María2", "", "2"),
        ("María😀", "", "😀"),
        ("NUNEZ<PENA", "", "<"),
        ("María_José", "", "_"),
        ("\u0301a", "", "\u0301"),
        ("\ue000", "", "\ue000"),
        ("ǃXobe", "ǃ", ""),
        ("-'.", "", ""),
        ("ʔ", "", ""),
    ],
)
def test_what_no_ticket_can_carry_is_told_by_its_characters(name, foreign, signs):
    found = names.not_writable(names.tidied(name))
    assert (found.foreign, found.signs) == (tuple(dict.fromkeys(foreign)), tuple(signs))


@pytest.mark.parametrize("name", ["محمد", "فاطمة الزهراء", "مُحَمَّد", "Юрий", "Юрий-Иван"])
def test_a_script_whose_latin_form_is_settled_is_taken(name):
    """Doc 9303 part 3, 6: Cyrillic and Arabic have a form for each letter."""
    assert names.not_writable(names.tidied(name)) is None


@given(
    st.text(min_size=1, max_size=30) | st.text(st.characters(categories=["L", "M", "Zs", "Pd"]), min_size=1)
)
def test_whatever_passes_has_a_ticket_name_and_is_tidied_once(text):
    kept = names.tidied(text)
    assert names.tidied(kept) == kept
    if names.not_writable(kept) is None:
        name = names.airline_name(kept, "")
        assert name.unknown == () and name.surname
        assert names.agrees(kept, name.text.replace(" ", "<"))


def test_every_letter_of_unicode_is_refused_or_has_a_ticket_name():
    letters = [chr(code) for code in range(0x30000) if unicodedata.category(chr(code))[0] in "LM"]
    taken = [kept for letter in letters if names.not_writable(kept := names.tidied(f"A{letter}b")) is None]
    assert [kept for kept in taken if names.airline_name(kept, "").unknown] == []
    latin = [
        letter
        for letter in letters
        if re.match(r"LATIN (CAPITAL|SMALL) LETTER [A-Z]( WITH|$)", unicodedata.name(letter, ""))
    ]
    assert len(latin) > 700
    assert [letter for letter in latin if names.not_writable(names.tidied(letter))] == []


def test_the_page_knows_the_forms_of_each_capital_that_is_more_than_a_letter_with_an_accent():
    table = latin_table()
    assert table["Ä"] == ("AE", "A", "AXX") and table["Æ"] == ("AE",) and table["ẞ"] == ("SS", "S")
    assert table["Ɏ"] == ("Y",)  # the last of Latin Extended-B
    assert not {"À", "Ç", "Ǻ", "ß", "æ"} & table.keys()
    assert names.letter_forms("Ä") == table["Ä"] and names.letter_forms("a") == ("A",)


LATIN = st.text(alphabet="ABCDEFGZabcñÑüÜäÖßéÁ' -", min_size=1, max_size=12)


@given(LATIN)
def test_every_listed_form_matches_its_name(name):
    for form in names.transliterations(name)[:40]:
        assert names.matches(name, form)
        assert set(form) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ ")


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_the_airline_form(surnames, given_names):
    name = names.airline_name(surnames, given_names)
    assert set(name.text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ /")
    assert "  " not in name.text
    assert name.text == name.text.strip()
