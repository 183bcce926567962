"""Fictitious people with the zones that states may print for them, and what a zone must be found to contradict.

Built without the portal's own rules: the zones are written out letter by letter, their check digits counted here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Typed surnames, typed given names: each way in which a zone may write them (39 positions, fillers at the end left out).
WRITTEN = {
    ("Núñez Peña", "María José"): ("NUNEZ<PENA<<MARIA<JOSE", "NUNXXEZ<PENXXA<<MARIA<JOSE", "NUNEZ<PENXXA<<MARIA<JOSE"),
    ("Argüello", "Noé"): ("ARGUELLO<<NOE", "ARGUEELLO<<NOE", "ARGUXXELLO<<NOE"),
    ("Müller-Weiß", "Jürgen"): ("MUELLER<WEISS<<JUERGEN", "MULLER<WEISS<<JURGEN", "MUXXLLER<WEISS<<JUXXRGEN"),
    ("Groß", "Käthe"): ("GROSS<<KAETHE", "GROSS<<KATHE"),
    ("Søndergård", "Åse"): ("SOENDERGAARD<<AASE", "SONDERGARD<<ASE", "SOENDERGARD<<ASE"),
    ("Þórsdóttir", "Æsa"): ("THORSDOTTIR<<AESA",),
    ("Ødegaard", "Bjørn"): ("OEDEGAARD<<BJOERN", "ODEGAARD<<BJORN"),
    ("Łukasiewicz", "Żaneta"): ("LUKASIEWICZ<<ZANETA",),
    ("Đorđević", "Đurđa"): ("DORDEVIC<<DURDA", "DJORDJEVIC<<DJURDJA"),
    ("İnönü", "Işık"): ("INOENUE<<ISIK", "INONU<<ISIK"),
    ("Nguyễn", "Đức Anh"): ("NGUYEN<<DUC<ANH",),
    ("Lü", "Xiulan"): ("LUE<<XIULAN", "LYU<<XIULAN", "LU<<XIULAN"),
    ("Əliyev", "Rəşad"): ("ALIYEV<<RASAD", "ELIYEV<<RESAD"),
    ("O'Neill", "Conor"): ("ONEILL<<CONOR", "O<NEILL<<CONOR"),
    ("O’Brien-Smith", "Siobhán"): ("OBRIEN<SMITH<<SIOBHAN", "OBRIENSMITH<<SIOBHAN", "O<BRIEN<SMITH<<SIOBHAN"),
    ("D´Angelo", "Lucía"): ("DANGELO<<LUCIA",),
    ("Kaʻahumanu", "Leilani"): ("KAAHUMANU<<LEILANI",),
    ("Xꞌol Chꞌoc", "Juan Pablo"): ("XOL<CHOC<<JUAN<PABLO",),
    ("Sahaiʔa", "Ann‑Marie"): ("SAHAIA<<ANN<MARIE", "SAHAIA<<ANNMARIE"),
    ("Pérez–Gómez", "Ana−Lucía"): ("PEREZ<GOMEZ<<ANA<LUCIA", "PEREZGOMEZ<<ANALUCIA"),
    ("de la Cruz", "María de los Ángeles"): ("DE<LA<CRUZ<<MARIA<DE<LOS<ANGELES", "DELACRUZ<<MARIA<DE<LOS<ANGELES"),
    ("Van der Berg", "Jan"): ("VAN<DER<BERG<<JAN", "VANDER<BERG<<JAN", "VANDERBERG<<JAN"),
    ("De León y Rosas", "Óscar"): ("DE<LEON<Y<ROSAS<<OSCAR",),
    ("Mac Donald", "Ian"): ("MACDONALD<<IAN", "MAC<DONALD<<IAN"),
    ("McDonald", "Ian"): ("MCDONALD<<IAN", "MC<DONALD<<IAN"),
    ("St. John", "Ralph"): ("ST<JOHN<<RALPH", "STJOHN<<RALPH"),
    ("Gal·la Puig", "Núria"): ("GALLA<PUIG<<NURIA",),
    ("Pérez", "Dra. Ana"): ("PEREZ<<ANA", "PEREZ<<DRA<ANA"),
    ("Peréz", "Ing. Luis"): ("PEREZ<<LUIS",),
    ("Ｔａｎａｋａ", "Ｙｕｋｏ"): ("TANAKA<<YUKO",),
    ("Nun\u0303ez", "Jose\u0301"): ("NUNEZ<<JOSE", "NUNXXEZ<<JOSE"),
    ("Sukarno", ""): ("SUKARNO", "<<SUKARNO"),
    ("Rajesh Kumar", ""): ("RAJESH<KUMAR", "<<RAJESH<KUMAR"),
    ("Ali", "Mohamed Abdi"): ("<<MOHAMED<ABDI<ALI", "MOHAMED<ABDI<ALI", "ALI<<MOHAMED<ABDI"),
    ("Kumar", "Anil"): ("ANIL<KUMAR", "<<ANIL<KUMAR", "KUMAR<ANIL"),
    ("Montenegro Villanueva Castellanos", "María Guadalupe de los Ángeles"): (
        "MONTENEGRO<VILLANUEVA<CASTELLANOS<<MARI",
        "MONTENEGRO<VILLANUEVA<CASTELLAN<<MARIA<",
        "MONTENEGRO<VILLANUEVA<CASTELLANO<<M<G<D",
        "MONTENEGRO<VILLANUEVA<C<<MARIA<GUADALUP",
    ),
    ("Papandropoulous", "Jonathon Warren Trevor Alexander"): (
        "PAPANDROPOULOUS<<JONATHON<WARREN<TREVOR",
        "PAPANDROPOULOUS<<JONATHON<WARREN<T<ALEX",
        "PAPANDROPOUL<<JONATHON<WARREN<TREVOR<AL",
    ),
    ("Wolfeschlegelsteinhausenbergerdorffwelche", "Hubert"): ("WOLFESCHLEGELSTEINHAUSENBERGERDORFFWELC",),
    ("Ramírez de Arellano", "Bernardino Fernández-Ñandú"): ("RAMIREZ<DE<ARELLANO<<BERNARDINO<FERNAND",),
    ("Guzmán", "Sofía"): ("GUZMAN<<SOFIA",),
    ("Tzoc", "Eulogio"): ("TZOC<<EULOGIO",),
    ("Young", "Emily"): ("YOUNG<<EMILY",),
    ("Coc", "Florentina"): ("COC<<FLORENTINA",),
    ("Béliveau", "Geneviève"): ("BELIVEAU<<GENEVIEVE",),
    ("Gonçalves", "João"): ("GONCALVES<<JOAO",),
    ("Țîrlea", "Ștefan"): ("TIRLEA<<STEFAN",),
    ("Kőszegi", "Győző"): ("KOSZEGI<<GYOZO", "KOESZEGI<<GYOEZOE"),
    ("Dvořák", "Jiří"): ("DVORAK<<JIRI",),
    ("Ĳsbrands", "Œdipe"): ("IJSBRANDS<<OEDIPE",),
    ("Ƙarofi", "Ɓala"): ("KAROFI<<BALA",),
}  # fmt: skip

# Typed surnames, typed given names, what the zone says instead, and what must be found to differ.
WRONG = (
    ("Young", "Emily", "JOUNG<<EMILY", {"surnames"}),
    ("Young", "Emily", "YOUNG<<EMILIA", {"given_names"}),
    ("Young", "Emily", "EMILY<<YOUNG", {"surnames", "given_names"}),
    ("Núñez Peña", "María José", "NUNEZ<<MARIA<JOSE", {"surnames"}),
    ("Núñez Peña", "María José", "PENA<NUNEZ<<MARIA<JOSE", {"surnames"}),
    ("Núñez Peña", "María José", "NUNEZ<PENA<<JOSE<MARIA", {"given_names"}),
    ("Núñez Peña", "María José", "NUNEZ<PENA<<MARIA", {"given_names"}),
    ("Núñez", "María José", "NUNEZ<PENA<<MARIA<JOSE", {"surnames"}),
    ("Núñez", "", "NUNEZ<<MARIA", {"given_names"}),
    ("Núñez", "María", "NUNEZ", {"given_names"}),
    ("Núñez", "María", "<<NUNEZ", {"surnames", "given_names"}),
    ("Sukarno", "", "SOEKARNO", {"surnames"}),
    ("de la Cruz", "María", "DE<LA<LUZ<<MARIA", {"surnames"}),
    ("de la Cruz", "María de", "DE<LA<CRUZ<<MARIA", {"given_names"}),
    ("O'Neill", "Conor", "ONEIL<<CONOR", {"surnames"}),
    ("Groß", "Käthe", "GROB<<KAETHE", {"surnames"}),
    ("Müller", "Jürgen", "MUXLLER<<JUERGEN", {"surnames"}),
    ("Montenegro Villanueva Castellanos", "María Guadalupe", "MONTENEGRO<CASTELLANOS<VILLANUEVA<<MARI", {"surnames"}),
    ("Montenegro Villanueva Castellanos", "María Guadalupe", "MONTENEGRO<VILLANUEVA<CASTELLANOS<<GUAD", {"given_names"}),
)  # fmt: skip

# What is typed besides the name; the zone's side is `PLAIN_ZONE`. Changes of the one or the other and the verdict.
PLAIN_FORM = {
    "number": "P1234567", "nationality": "BLZ", "issuing_country": "BLZ", "date_of_birth": "1980-02-28",
    "sex": "F", "expires_on": "2027-05-01",
}  # fmt: skip
PLAIN_ZONE = {
    "number": "P1234567", "nationality": "BLZ", "issuer": "BLZ", "birth": "800228", "sex": "F",
    "expiry": "270501", "optional": "", "optional_digit": "<",
}  # fmt: skip
PARTICULARS = (
    ({}, {}, set()),
    ({}, {"birth": "8002<<"}, set()),
    ({}, {"birth": "80<<<<"}, set()),
    ({}, {"birth": "<<<<<<"}, set()),
    ({}, {"birth": "800200"}, set()),
    ({}, {"birth": "800000"}, set()),
    ({}, {"birth": "80XXXX"}, set()),
    ({}, {"birth": "8003<<"}, {"date_of_birth"}),
    ({}, {"birth": "81<<<<"}, {"date_of_birth"}),
    ({}, {"birth": "800229"}, {"date_of_birth"}),
    ({}, {"birth": "802802"}, {"date_of_birth"}),
    ({"date_of_birth": "1919-02-28"}, {"birth": "190228"}, set()),
    ({"number": "AB 12345"}, {"number": "AB<12345"}, set()),
    ({"number": "AB-12-345"}, {"number": "AB<12<345"}, set()),
    ({"number": "AB12345"}, {"number": "AB<12345"}, set()),
    ({"number": "AB123456"}, {"number": "AB<12345"}, {"number"}),
    ({"number": ""}, {}, set()),
    ({"issuing_country": ""}, {}, set()),
    ({"expires_on": ""}, {}, set()),
    ({}, {"expiry": "270502"}, {"expires_on"}),
    ({"sex": "X"}, {"sex": "<"}, set()),
    ({"sex": "X"}, {"sex": "X"}, set()),
    ({}, {"sex": "M"}, {"sex"}),
    ({"nationality": "DEU", "issuing_country": "DEU"}, {"nationality": "D", "issuer": "D"}, set()),
    ({"nationality": "GBR", "issuing_country": "GBR"}, {"nationality": "GBD", "issuer": "GBD"}, set()),
    ({"nationality": "ROU", "issuing_country": "ROU"}, {"nationality": "ROM", "issuer": "ROM"}, set()),
    ({}, {"nationality": "GTM"}, {"nationality"}),
    ({}, {"issuer": "GTM"}, {"issuing_country"}),
    ({}, {"optional": "ZE184226B"}, set()),
    ({}, {"optional_digit": "0"}, set()),
)


@dataclass(frozen=True)
class Case:
    """A person as typed, the zone as typed, and the fields that must be found to differ: no more, no less."""

    surnames: str
    given_names: str
    zone: str
    differ: frozenset[str]
    form: dict[str, str] = field(default_factory=lambda: dict(PLAIN_FORM))


def digit(text: str) -> str:
    values = (0 if character == "<" else ALPHABET.index(character) for character in text)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def lines(name: str, **changes: str) -> str:
    """Two lines of 44 for the name field as it stands."""
    says = PLAIN_ZONE | changes
    number, optional = says["number"].ljust(9, "<"), says["optional"].ljust(14, "<")
    optional_digit = digit(optional) if says["optional"] else says["optional_digit"]
    second = number + digit(number) + says["nationality"].ljust(3, "<") + says["birth"] + digit(says["birth"])
    second += says["sex"] + says["expiry"] + digit(says["expiry"]) + optional + optional_digit
    second += digit(second[:10] + second[13:20] + second[21:43])
    return f"P<{says['issuer'].ljust(3, '<')}{name.ljust(39, '<')}\n{second}"


def typed(zone: str) -> Iterator[tuple[str, str]]:
    """The zone as people type, paste and recognise it: (what was done, text)."""
    first, second = zone.split("\n")
    head, tail = second.rstrip("0123456789"), second[len(second.rstrip("0123456789")) :]
    yield "as it is", zone
    yield "small letters", zone.lower()
    yield "on one line", first + second
    yield "spaces between", " ".join(zone)
    yield "wrapped by a mail", f"{first[:30]}\n{first[30:]}\n{second[:30]}\n{second[30:]}"
    yield "full-width", "".join(chr(ord(sign) + 0xFEE0) if sign > " " else sign for sign in zone)
    for sign in "‹＜〈⟨˂❮ᐸ〈﹤":
        yield f"filler as {sign}", zone.replace("<", sign)
    for sign in "«《≪⟪":
        yield f"two fillers as {sign}", zone.replace("<<", sign)
    yield "as HTML", zone.replace("<", "&lt;")
    yield "zero-width space and byte order mark", "\ufeff" + zone.replace("<", "<\u200b")
    yield "left-to-right marks", f"\u200e{first}\u200e\r\n\u200e{second}\u200e"
    yield "soft hyphens", zone.replace("<<<", "<\u00ad<<")
    if first.endswith("<<<"):
        yield "one filler too few", f"{first[:-1]}\n{second}"
        yield "one filler too many", f"{first}<\n{second}"
        yield "hardly a filler", f"{first.rstrip('<')}<\n{second}"
        yield "one line of 87", first[:-1] + second
    if head.endswith("<<"):
        yield "one filler too few in line 2", f"{first}\n{head[:-1]}{tail}"
        yield "one filler too many in line 2", f"{first}\n{head}<{tail}"


def cases() -> Iterator[Case]:
    """Every person with every zone, every mistake, every particular, and one zone in each way of typing it."""
    for (surnames, given_names), zones in WRITTEN.items():
        for name in zones:
            yield Case(surnames, given_names, lines(name), frozenset())
            for wrong in misprinted(name):
                yield Case(surnames, given_names, lines(wrong), frozenset({"surnames"}))
    for surnames, given_names, name, differ in WRONG:
        yield Case(surnames, given_names, lines(name), frozenset(differ))
    for form, zone, differ in PARTICULARS:
        text = lines("NUNEZ<PENA<<MARIA<JOSE", **zone)
        yield Case("Núñez Peña", "María José", text, frozenset(differ), PLAIN_FORM | form)
    for _how, text in typed(lines("NUNXXEZ<PENA<<MARIA<JOSE")):
        yield Case("Núñez Peña", "María José", text, frozenset())
    for _how, text in typed(lines("JOUNG<<EMILY", optional="ZE184226B")):
        yield Case("Young", "Emily", text, frozenset({"surnames"}))


def misprinted(name: str) -> Iterator[str]:
    """The surname with its second letter replaced by another one; not where a name stands in one half only."""
    surname, _fillers, given = name.partition("<<")
    if surname and given:
        other = "Q" if surname[1] != "Q" else "W"
        yield f"{surname[0]}{other}{surname[2:]}<<{given}"
