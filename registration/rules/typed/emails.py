"""E-mail addresses as people type and paste them. Pure."""

import re
import unicodedata

USUAL = (
    "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "protonmail.com",
    "hotmail.es", "outlook.es", "yahoo.es", "yahoo.com.mx", "yahoo.ca",
)  # fmt: skip
OTHERS = frozenset({"mail.com", "email.com", "ymail.com", "gmx.com"})  # exist, and look like one of these
# These have addresses in many countries: hotmail.cl. Endings of countries that are slips of "com" all the same.
IN_MANY_COUNTRIES = frozenset({"hotmail", "outlook", "yahoo", "protonmail"})
SLIPS_OF_COM = frozenset({"co", "cm", "om"})
# Endings that no domain has, and what was meant.
ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "comm": "com", "cpm": "com", "coom": "com",
    "ogr": "org", "orgg": "org", "rog": "org", "prg": "org", "nte": "net", "nett": "net", "gobb": "gob",
}  # fmt: skip
_INVISIBLE = ("Cf", "Cn", "Co", "Cs")
_AROUND = " \t\r\n\xa0<>()[]\"'“”«»,;:"


def tidy_email(text: str) -> str:
    """`text` without what comes along when an address is copied: invisible characters, mailto:, brackets, the name before
    them, and the punctuation behind."""
    shown = "".join(char for char in text if unicodedata.category(char) not in _INVISIBLE).strip()
    wide = unicodedata.normalize("NFKC", shown)
    shown = wide if wide.isascii() else unicodedata.normalize("NFC", shown)
    if re.search(r"[\r\n]", shown):
        return shown  # two lines are no address: the validator says so
    if named := re.fullmatch(r"[^<>]*<([^<>]+)>[\s.,;:]*", shown):
        shown = named[1]
    shown = re.sub(r"^mailto:", "", shown.strip(_AROUND), flags=re.IGNORECASE).partition("?")[0]
    return shown.strip(_AROUND).rstrip(" .")


def email_key(address: str) -> str:
    """The one form in which two spellings of an address are compared: small letters, the domain as its readers see it
    (münchen.example), whichever way it was written."""
    local, at, domain = unicodedata.normalize("NFC", address.strip()).casefold().rpartition("@")
    return f"{local}{at}{_readable(domain)}"


def _readable(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna") if "xn--" in domain else domain
    except UnicodeError:
        return domain


def meant(address: str) -> str:
    """The address that was probably meant where its domain looks like a slip of a usual one, or has an ending that no domain
    has; "" otherwise. Never an address of anybody registered."""
    local, _at, domain = address.rpartition("@")
    domain = domain.casefold()
    front, _dot, ending = domain.rpartition(".")
    abroad = front.partition(".")[0] in IN_MANY_COUNTRIES and len(ending) == 2 and ending not in SLIPS_OF_COM
    if domain in USUAL or domain in OTHERS or abroad or not domain.isascii():
        return ""
    close = [usual for usual in USUAL if _slips(domain, usual) == 1]
    if not close:
        close = [usual for usual in USUAL if len(usual) > len("gmail.com") and _slips(domain, usual) == 2]
    if close:
        return f"{local}@{close[0]}"
    return f"{local}@{front}.{ENDINGS[ending]}" if ending in ENDINGS else ""


def _slips(typed: str, usual: str) -> int:
    """How many letters are missing, too many, wrong or changed with their neighbour; 3 where it is more than two."""
    if abs(len(typed) - len(usual)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(usual) + 1))
    for i, char in enumerate(typed, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(usual, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != other))
            if i > 1 and j > 1 and char == usual[j - 2] and typed[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return min(row[-1], 3)
