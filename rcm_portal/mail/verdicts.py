"""Whether a mail system says that an address itself does not work: pure, from its codes and words.

Wrongly calling an address dead is the worse mistake: everything to it stops, whereas a mail that merely came back is
shown to staff all the same. So only a permanent and precise answer about that mailbox counts, and no doubt beside it.
"""

import re
import unicodedata

# By RFC 3463, 3.2 and 3.3, and the IANA registry of enhanced status codes. 1.1, 1.2 and 1.3 (no such mailbox, no such
# domain, not an address) and 1.6 (moved, nobody knows where to) are "only useful for permanent failures"; 1.10 is a
# domain that takes no mail (RFC 7505) and, at Exchange, an unknown reader; a permanent 2.1 is a mailbox closed for good.
# All else is about a mail (2.2 full, 2.3 too long, 6), the way (4: expired, looping, no route), the system (3, 5) or
# what it thinks of us (7).
DEAD = frozenset({"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
ENHANCED = re.compile(r"(?<![\w.])([245])\.([0-7])\.(\d{1,3})(?!\w|\.\w)", re.ASCII)
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,255}")

_SOME = r"(?:\W+\w{1,30}){0,5}?\W+"  # a few words between two that belong together
_READER = r"\b(?:user|recipient|mailbox|account|address|alias|usuario|destinatario|buzon|cuenta|conta|casilla|direccion|caixa postal)"
_NOBODY = re.compile(
    rf"\bno such (?:local )?(?:user|mailbox|recipient|person|account|address)|\b(?:unknown|invalid|non-?existent)\W+{_READER}"
    rf"|{_READER}{_SOME}(?:unknown|not found|(?:does not|doesn'?t) exist|disabled|deactivated|closed|no longer)"
    r"|\b(?:no mailbox (?:here )?by that name|not listed in|not a (?:valid|known) (?:user|mailbox|recipient))"
    r"|\b(?:does not|doesn'?t) have an? (?:\S{1,60} )?account"
    rf"|\b(?:no|nao) existe|{_READER}{_SOME}(?:desconocid|desconhecid|inexistente|no valid|invalid"
    r"|no (?:se )?(?:ha )?(?:sido )?encontr|nao (?:foi )?encontrad|(?:des|in)habilitad|desativad)"
    r"|\bno (?:se )?(?:ha )?(?:encontro|encontrado|encuentra)\W+(?:\w+\W+)?(?:usuario|destinatario|buzon|cuenta|direccion)"
    r"|\bno hay (?:ningun )?(?:usuario|buzon)"
)
_ANOTHER_CAUSE = re.compile(
    # full
    r"\bfull\b|quota|\bcuotas?\b|\bcota\b|\bllen[oa]\b|\bchei[oa]\b|\blotad[oa]\b|exced|\bexceso|\bstorage\b|\bespacio\b|\binsufficient"
    # what it thinks of the mail or of us; not as a part of a host's name
    r"|(?<![\w.\-])(?:spam|junk|virus|malware|rbl|dnsbl|dmarc|dkim|spf)\b(?![.\-]\w)|no deseado|indesejad"
    r"|\bblock|bloque|black ?list|lista negra|\bpolicy\b|politica|reputa|\bdenied\b|denegad|\bnegado\b|authenti"
    r"|\bsender\b|\bremitente\b"
    # the way
    r"|\bloop|\bhops?\b|\bbucle|expired|expirad|caducad|timed? ?out|too old|\brate\b|too (?:many|quickly)|demasiad|grey ?list|\btempora|(?:again|try) later"
)


def in_plain_letters(text: str) -> str:
    """In small letters without accents and e-mail addresses: "Buzón de <eva@x>" → "buzon de <>"."""
    decomposed = unicodedata.normalize("NFKD", ADDRESS.sub("", text).lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).replace("’", "'")


def is_dead(code: int | None, status: str, text: str) -> bool:
    """Whether a permanent refusal of an address says that there is nobody behind it.

    `code` is the SMTP code and `status` the enhanced one where there are such, `text` the server's words, which may hold
    both. Precise enhanced codes must all say so; where there is none (none at all, or a vague one such as 5.0.0) the
    words must, in English, Spanish or Portuguese. Words that name another cause, or any temporary code, outweigh both.
    """
    codes = ENHANCED.findall(f"{status} {text}")
    if (code and code < 500) or any(kind != "5" for kind, _subject, _detail in codes):
        return False
    words = in_plain_letters(text)
    if _ANOTHER_CAUSE.search(words):
        return False
    precise = {
        f"{subject}.{detail}" for _kind, subject, detail in codes if subject != "0" and int(detail) != 0
    }
    return precise <= DEAD if precise else bool(_NOBODY.search(words))
