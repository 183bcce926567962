"""Tables of ICAO Doc 9303 part 3, section 6: which letters A to Z stand for a national character.

A character maps to every form that the document allows, the recommended one first. Latin letters that only
carry an accent are not listed: their base letter stands for them (Á, Ç, Ő, Ș, Ž …), and so it does for letters that
Unicode calls one "with" something (Ɓ, Ƙ, Ƶ): a name that a form takes can always be written on a ticket.
"""

import re
import unicodedata
from functools import lru_cache

# Latin: only what is more than 'take the accent away'.
LATIN: dict[str, tuple[str, ...]] = {
    "Ä": ("AE", "A"),
    "Å": ("AA",),
    "Æ": ("AE",),
    "Ð": ("D",),
    "Đ": ("D",),
    "Ħ": ("H",),
    "Ĳ": ("IJ",),
    "Ł": ("L",),
    "Ñ": ("N", "NXX"),
    "Ŋ": ("N",),
    "Ö": ("OE", "O"),
    "Ø": ("OE", "O"),  # O is the sixth edition's form, still found in older passports
    "Œ": ("OE",),
    "ẞ": ("SS",),
    "Þ": ("TH",),
    "Ŧ": ("T",),
    "Ü": ("UE", "UXX", "U"),
}

# Cyrillic: the Russian form first, then the exceptions for Belarusian, Bulgarian, Macedonian, Serbian and
# Ukrainian. The name alone does not tell the language, so each of them is an allowed form.
CYRILLIC: dict[str, tuple[str, ...]] = {
    "А": ("A",),
    "Б": ("B",),
    "В": ("V",),
    "Г": ("G", "H"),
    "Ґ": ("G",),
    "Д": ("D",),
    "Ђ": ("D",),
    "Ѓ": ("G", "GJ"),
    "Е": ("E",),
    "Ё": ("E", "IO"),
    "Є": ("IE",),
    "Ж": ("ZH", "Z"),
    "З": ("Z",),
    "Ѕ": ("DZ",),
    "И": ("I", "Y"),
    "І": ("I",),
    "Ї": ("I",),
    "Й": ("I",),
    "Ј": ("J",),
    "К": ("K",),
    "Ќ": ("K", "KJ"),
    "Л": ("L",),
    "Љ": ("LJ",),
    "М": ("M",),
    "Н": ("N",),
    "Њ": ("NJ",),
    "О": ("O",),
    "П": ("P",),
    "Р": ("R",),
    "С": ("S",),
    "Т": ("T",),
    "Ћ": ("C",),
    "У": ("U",),
    "Ў": ("U",),
    "Ф": ("F",),
    "Х": ("KH", "H"),
    "Ц": ("TS", "C"),
    "Ч": ("CH", "C"),
    "Џ": ("DZ", "DJ"),
    "Ш": ("SH", "S"),
    "Щ": ("SHCH", "SHT"),
    "Ъ": ("IE",),
    "Ы": ("Y",),
    "Ь": ("",),
    "Э": ("E",),
    "Ю": ("IU",),
    "Я": ("IA",),
    "Ѫ": ("U",),
}

# Arabic, Persian, Pashto and Urdu letters. Short vowels are not encoded; shadda doubles the letter before it.
ARABIC: dict[str, tuple[str, ...]] = {
    "\u0621": ("XE",),
    "\u0622": ("XAA",),
    "\u0623": ("XAE",),
    "\u0624": ("U",),
    "\u0625": ("I",),
    "\u0626": ("XI",),
    "\u0627": ("A",),
    "\u0628": ("B",),
    "\u0629": ("XTA",),  # XAH at the end of a name component: see names.py
    "\u062a": ("T",),
    "\u062b": ("XTH",),
    "\u062c": ("J",),
    "\u062d": ("XH",),
    "\u062e": ("XKH",),
    "\u062f": ("D",),
    "\u0630": ("XDH",),
    "\u0631": ("R",),
    "\u0632": ("Z",),
    "\u0633": ("S",),
    "\u0634": ("XSH",),
    "\u0635": ("XSS",),
    "\u0636": ("XDZ",),
    "\u0637": ("XTT",),
    "\u0638": ("XZZ",),
    "\u0639": ("E",),
    "\u063a": ("G",),
    "\u0641": ("F",),
    "\u0642": ("Q",),
    "\u0643": ("K",),
    "\u0644": ("L",),
    "\u0645": ("M",),
    "\u0646": ("N",),
    "\u0647": ("H",),
    "\u0648": ("W",),
    "\u0649": ("XAY",),
    "\u064a": ("Y",),
    "\u0671": ("XXA",),
    "\u0679": ("XXT",),
    "\u067c": ("XRT",),
    "\u067e": ("P",),
    "\u0681": ("XKE",),
    "\u0685": ("XXH",),
    "\u0686": ("XC",),
    "\u0688": ("XXD",),
    "\u0689": ("XDR",),
    "\u0691": ("XXR",),
    "\u0693": ("XRR",),
    "\u0696": ("XRX",),
    "\u0698": ("XJ",),
    "\u069a": ("XXS",),
    "\u06a9": ("XKK",),
    "\u06ab": ("XXK",),
    "\u06ad": ("XNG",),
    "\u06af": ("XGG",),
    "\u06ba": ("XNN",),
    "\u06bc": ("XXN",),
    "\u06be": ("XDO",),
    "\u06c0": ("XYH",),
    "\u06c1": ("XXG",),
    "\u06c2": ("XGE",),
    "\u06c3": ("XTG",),
    "\u06cc": ("XYA",),
    "\u06cd": ("XXY",),
    "\u06d0": ("Y",),
    "\u06d2": ("XYB",),
    "\u06d3": ("XBE",),
}
TEH_MARBUTA = "\u0629"
TEH_MARBUTA_AT_END = ("XAH",)
SHADDA = "\u0651"
# Tatweel, the short vowels, sukun and superscript alef: written, but not encoded.
ARABIC_NOT_ENCODED = frozenset(
    "\u0640\u064b\u064c\u064d\u064e\u064f\u0650\u0652\u0670\u06a2\u06a7\u06a8\u069c"
)

# Signs within names. What people type or paste for them becomes one of each (`names.tidied`): any dash a hyphen, and
# these. On a ticket a hyphen becomes a space, an apostrophe and a dot vanish (Doc 9303 part 3, 4.6).
HYPHEN, APOSTROPHE, DOT = "-", "'", "·"
DASH_LIKE = frozenset("\u02d7\u2043\u207b\u208b\u2212\u2796")  # and all of Unicode's category Pd
APOSTROPHE_LIKE = frozenset(
    "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u02ee\u0384\u055a\u05f3\u07f4\u07f5"
    "\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u2018\u2019\u201a\u201b\u2032\u2035\u275b\u275c\ua78b\ua78c\uff07"
)  # a saltillo (U+A78B, U+A78C) is a letter to Unicode, and an apostrophe to a passport
DOT_LIKE = frozenset("\u00b7\u2027\u2219\u22c5\u30fb\uff65\ua78f")
# Not of the categories Cf and Z, but nothing is seen of them either.
UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
VANISHING = frozenset(
    {APOSTROPHE, DOT, ".", "\u0294", "\u0241", "\u0242", "\u02c0"}
)  # the glottal stop is a letter
SEPARATORS = frozenset({HYPHEN, ",", "/", "<"})
IN_NAMES = frozenset({" ", HYPHEN, APOSTROPHE, DOT, ".", ",", "/"})  # what a name may hold beside letters

# Latin letters that are no other letter with something added, and that Doc 9303 does not list.
RARE = {
    "ALPHA": ("A",),
    "ENG": ("N",),
    "ESH": ("S",),
    "EZH": ("Z",),
    "GAMMA": ("G",),
    "IOTA": ("I",),
    "KRA": ("Q",),
    "SCHWA": ("E", "A"),  # Azerbaijan writes Aliyev for Əliyev
    "UPSILON": ("U",),
    "WYNN": ("W",),
    "YOGH": ("Y",),
}
_PLAIN = re.compile(
    r"LATIN (?:(?:CAPITAL|SMALL|AFRICAN|DOTLESS|OPEN|REVERSED|TURNED|LONG|MIDDLE-WELSH|LETTER) )+"
    r"([A-Z]|ALPHA|ENG|ESH|EZH|GAMMA|IOTA|KRA|SCHWA|UPSILON|WYNN|YOGH)(?: WITH.+)?"
)

# Older or national habits: no alarm where a zone shows them, but not offered for a ticket.
TOLERATED = {
    "Å": ("A",),
    "Ä": ("AXX",),
    "Đ": ("DJ",),
    "Ö": ("OXX",),
    "Ő": ("OE",),
    "Ü": ("YU", "V"),  # China writes Lyu for Lü
    "Ű": ("UE",),
    "ẞ": ("S",),
}

FORMS: dict[str, tuple[str, ...]] = {**LATIN, **CYRILLIC, **ARABIC}


@lru_cache(maxsize=2048)
def latin_forms(character: str) -> tuple[str, ...] | None:
    """The forms of one capital Latin letter, with or without accents, the recommended one first; None for any other."""
    base = unicodedata.normalize("NFD", character)[0]
    for known in (character, base):
        if "A" <= known <= "Z":
            return (known,)
        if known in LATIN:
            return LATIN[known]
    described = _PLAIN.fullmatch(unicodedata.name(base, ""))
    return RARE.get(described[1], (described[1],)) if described else None


def latin_table() -> dict[str, tuple[str, ...]]:
    """Every form, tolerated ones too, of the capitals that are more than a letter with an accent; what names are written in."""
    capitals = [
        chr(code) for code in (*range(0xC0, 0x250), 0x1E9E) if unicodedata.category(chr(code)) == "Lu"
    ]
    known = {letter: (*(latin_forms(letter) or ()), *TOLERATED.get(letter, ())) for letter in capitals}
    return {
        letter: forms
        for letter, forms in known.items()
        if forms not in ((), (unicodedata.normalize("NFD", letter)[0],))
    }
