"""Tables of ICAO Doc 9303 part 3, section 6: which letters A to Z stand for a national character.

A character maps to every form that the document allows, the recommended one first. Latin letters that only
carry an accent are not listed: their base letter stands for them (Á, Ç, Ő, Ș, Ž …).
"""

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

# Hyphens become a space, apostrophes and dots vanish (Doc 9303 part 3, 4.6).
HYPHENS = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212")
APOSTROPHES = frozenset("'\u2018\u2019\u02bc\u02bb\u0060\u00b4\u2032\u00b7\u05f3")
VANISHING = APOSTROPHES | frozenset(".")
SEPARATORS = HYPHENS | frozenset(",/<")

FORMS: dict[str, tuple[str, ...]] = {**LATIN, **CYRILLIC, **ARABIC}
