"""Reading mails that mail systems send back: pure, from the bytes as they came; nothing in them is trusted or raises.

Two forms: delivery reports (RFC 3464, and RFC 6533 for addresses in UTF-8), and the free text of older systems.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser, HeaderParser
from email.utils import parseaddr
from html import unescape

from .verdicts import ADDRESS, ENHANCED, in_plain_letters

MESSAGE_ID = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,20}", re.ASCII
)
MESSAGE_IDS = 500  # so many are looked up: a real bounce names a few
TEXT_LIMIT = 20_000
DELIVERY_STATUS = ("message/delivery-status", "message/global-delivery-status")
RETURNED = ("message/rfc822", "message/global")
NESTED = 3  # reports inside mails inside mails, as spam filters wrap them

SMTP_CODE = re.compile(r"(?<![\w.\-/])(?:521|530|541|55[0-6]|571)(?!\w|/|\.\w|-\d(?!\.\d))", re.ASCII)
# Where the returned mail begins in a text.
ORIGINAL = re.compile(
    r"^[ \t>]*(?:[-=_*]{2,}[^\n]{0,80}(?:original|cop(?:y|ia)|returned mes|headers|encabezados|cabecalho|devuelto)"
    r"|(?:return-path|received|message-id|mime-version|dkim-signature|auto-submitted|content-language):)",
    re.IGNORECASE | re.MULTILINE,
)
_TRIED_AGAIN = re.compile(
    r"action: *delayed|(?:will|shall) (?:be retried|retry|keep trying|continue)|warning message only"
    r"|intentando|volvera a intentar|intentara de nuevo|tentara novamente"
)
_LATE = re.compile(r"\bdelay(?:ed)?\b|not yet been delivered|demorad|retrasad|\batrasad")
_GIVEN_UP = re.compile(
    r"action: *failed|not going to try again|giv(?:ing|en) up|retry time ?out exceeded|expired|too old|permanent (?:fatal )?error"
)
_FAILED = re.compile(
    r"undeliver|(?:could not|couldn'?t|cannot|can'?t) be delivered|delivery (?:has )?fail|failed delivery|failure notice"
    r"|returned mail|returning message|unrout(?:e)?able|not listed in"
    r"|no (?:se )?(?:pudo|ha podido|puede) (?:ser )?entreg|no entrega|devuelt|nao (?:foi possivel|pode ser) entreg|falha na entrega|devolvid"
)
_SYSTEMS = re.compile(r"mailer[-_]?daemon|postmaster|microsoftexchange[0-9a-f]*", re.IGNORECASE)


@dataclass(frozen=True)
class Report:
    """What one mail that came back says of one reader: `action` ("failed", "delayed", "delivered", …), the enhanced
    `status` or "", the server's `words`, and the `addresses` that it is about, as `plain_address` writes them."""

    action: str
    status: str
    words: str
    addresses: frozenset[str]
    written_by: str = ""  # the sender of a free text, which may be the reader; "" for a delivery report

    @property
    def code(self) -> int | None:
        """The SMTP code in the server's words, if there is one."""
        found = re.match(r"\W{0,3}([245]\d\d)\b", self.words) or SMTP_CODE.search(self.words)
        return int(found[found.lastindex or 0]) if found else None

    @property
    def reason(self) -> str:
        """The server's words, with the status in front where they do not hold it."""
        return self.words if self.status in self.words else f"{self.status} {self.words}".strip()


@dataclass(frozen=True)
class Return:
    """What a mail that was handed in says: the Message-IDs of ours that it may be about, and its reports."""

    message_ids: list[str]
    reports: list[Report]

    def about(self, address: str) -> Report | None:
        """The report that decides about a mail to `address`: its own if there is one, and one that failed before others."""
        address = plain_address(address)
        theirs = [
            each for each in self.reports if each.written_by != address
        ]  # an out-of-office is no report
        own = [
            each
            for each in theirs
            if address in each.addresses and each.action not in ("relayed", "expanded")
        ]
        own = own or theirs
        return next((each for each in own if each.action == "failed"), own[0] if own else None)


class _Flat(Message):
    """A message whose `message/…` parts stay text: Python would read encoded ones as headers, and lose them."""

    def get_content_type(self) -> str:
        return super().get_content_type().replace("message/", "text/x-message-", 1)


def read_return(raw: bytes) -> Return:
    """What the mail says. Without reports where it is none that a mail system sent back."""
    headers = BytesHeaderParser().parsebytes(raw)
    try:
        leaves = list(_leaves(raw))
        status = list(_delivery_status(leaves, NESTED))
    except Exception:  # noqa: BLE001 - broken on the way or made to break the parser: the bytes themselves are left
        leaves, status = [("text/plain", _decoded(raw, "utf-8"))], []
    texts = [_decoded(raw, "utf-8"), *(text for _kind, text in leaves)]
    found = dict.fromkeys(match[0] for text in texts for match in MESSAGE_ID.finditer(text))
    reports = [report for text in status for report in _reports(text)]
    if not reports and (report := _report_in_words(headers, leaves)):
        reports = [report]
    return Return([f"<{each}>" for each in list(found)[:MESSAGE_IDS]], reports)


def plain_address(value: str) -> str:
    """The address in a field such as "rfc822; <Ana@Example.org>", to compare; "" where there is none."""
    value = re.sub(r"\\x\{([0-9A-Fa-f]{1,5})\}", lambda found: chr(int(found[1], 16)), value)  # RFC 6533, 3
    found = ADDRESS.search(value)
    if not found:
        return ""
    name, domain = found[0].strip("'.").casefold().rsplit("@", 1)
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{name}@{domain}"


def _leaves(raw: bytes) -> Iterator[tuple[str, str]]:
    """Content type and decoded text of every part; attached files are "attachment"."""
    for part in message_from_bytes(raw, _class=_Flat).walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type().replace("text/x-message-", "message/", 1)
        if part.get_content_disposition() == "attachment" and kind.startswith("text/"):
            kind = "attachment"
        content = part.get_payload(decode=True)
        yield (
            kind,
            _decoded(content if isinstance(content, bytes) else b"", part.get_content_charset("utf-8")),
        )


def _decoded(content: bytes, charset: str) -> str:
    """The text, whatever its charset claims to be, without what no database takes."""
    try:
        text = content.decode(charset, "replace")
    except (LookupError, ValueError):
        text = content.decode("utf-8", "replace")
    return text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\0", " ")


def _delivery_status(leaves: list[tuple[str, str]], nested: int) -> Iterator[str]:
    for kind, text in leaves:
        if kind in DELIVERY_STATUS:
            yield text
        elif kind in RETURNED and nested:
            yield from _delivery_status(list(_leaves(text.encode())), nested - 1)


def _reports(text: str) -> Iterator[Report]:
    """The readers' blocks of a delivery report."""
    for block in re.split(r"\n[ \t]*\n", text):
        fields = HeaderParser().parsestr(block.strip())
        given = {
            name: str(fields[name] or "")
            for name in ("Action", "Status", "Diagnostic-Code", "Final-Recipient", "Original-Recipient")
        }
        found = ENHANCED.search(given["Status"])
        status = found[0] if found else ""
        action = next(iter(given["Action"].lower().split()), "failed" if status.startswith("5") else "")
        if not action:
            continue
        kind, _semicolon, words = given["Diagnostic-Code"].partition(";")
        yield Report(
            # "error" and "failure" are other systems' words for "failed".
            action="failed" if action.startswith(("fail", "error")) else action,
            status=status,
            words=" ".join((words or kind).split()),
            # A copy that went on to another mailbox says nothing of ours, whatever the original address was.
            addresses=frozenset(
                {plain_address(given["Final-Recipient"] or given["Original-Recipient"])} - {""}
            ),
        )


def _report_in_words(headers: Message, leaves: list[tuple[str, str]]) -> Report | None:
    """What a mail without a delivery report says, if a mail system wrote it: an empty return path, or its name."""
    sender = plain_address(str(headers["From"] or ""))
    named = str(headers["X-Failed-Recipients"] or "")
    system = bool(named) or _is_system(parseaddr(str(headers["From"] or ""))[1])
    path = str(headers["Return-Path"] or "-").strip(" <>\t\r\n")
    if not system and path and not _is_system(path):  # Postfix's pipe writes MAILER-DAEMON for an empty path
        return None
    text = _human_text(leaves)
    codes = ENHANCED.findall(text)
    permanent = any(kind == "5" for kind, _subject, _detail in codes) or SMTP_CODE.search(text)
    plain = in_plain_letters(f"{headers['Subject'] or ''}\n{text}")
    if _TRIED_AGAIN.search(plain):
        action = "delayed"
    elif permanent or (system and _GIVEN_UP.search(plain)):
        action = "failed"
    elif codes or _LATE.search(plain):
        action = "delayed"
    elif system and _FAILED.search(plain):
        action = "failed"
    else:
        return None
    addresses = {plain_address(found[0]) for found in ADDRESS.finditer(named or text)}
    addresses = {each for each in addresses if each and not _is_system(each)}
    return Report(action, "", _telling_first(text), frozenset(addresses), written_by=sender or "-")


def _is_system(address: str) -> bool:
    return bool(_SYSTEMS.fullmatch(address.split("@")[0]))


def _human_text(leaves: list[tuple[str, str]]) -> str:
    """What the mail system wrote for people, up to where the returned mail begins."""
    plain = [text for kind, text in leaves if kind == "text/plain"]
    pages = [
        unescape(
            re.sub(r"(?is)<(style|script)\b.*?</\1>|</?[a-z!][^<>]{0,2000}>", " ", text[: 2 * TEXT_LIMIT])
        )
        for kind, text in leaves
        if kind == "text/html"
    ]
    text = "\n".join(plain or pages)[: 10 * TEXT_LIMIT]
    end = ORIGINAL.search(text)
    return text[: end.start() if end else None][:TEXT_LIMIT]


def _telling_first(text: str) -> str:
    """The text on one line, the paragraphs with a code before the others."""
    paragraphs = [" ".join(each.split()) for each in re.split(r"\n[ \t]*\n", text)]
    return " ".join(
        sorted(paragraphs, key=lambda each: not (SMTP_CODE.search(each) or ENHANCED.search(each)))
    ).strip()
