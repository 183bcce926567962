"""Mails that come back in the shapes of many mail systems, in words of our own. Each form is a name, a function that
writes it for a Message-ID, and what `read_bounces` should make of it. All are about mails to READER."""

import base64
import quopri
from collections.abc import Callable

from rcm_portal.mail.bounces import Outcome

READER = "ana@example.org"
ELSEWHERE = "viejo.buzon@correo.example"
MARKED, RETURNED = Outcome.MARKED, Outcome.RETURNED
NOT_FINAL, NO_REPORT = Outcome.NOT_FINAL, Outcome.NO_REPORT
Form = Callable[[str], bytes]


def lines(*each: str) -> str:
    return "".join(f"{line}\r\n" for line in each)


def block(status="5.1.1", words="", *, to=READER, action="failed", original="", kind="rfc822") -> str:
    return lines(
        *([f"Original-Recipient: rfc822;{original}"] if original else []),
        f"Final-Recipient: {kind};{to}",
        f"Action: {action}",
        f"Status: {status}",
        *([f"Diagnostic-Code: {words}"] if words else []),
    )


def dsn(*blocks: str, kind="message/delivery-status", encode="", wrapped=False, sender="postmaster") -> Form:
    """A delivery report with the readers' blocks, its machine part encoded as `encode` says, perhaps wrapped in a mail."""

    def write(message_id: str) -> bytes:
        report = lines("Reporting-MTA: dns; mx.example.org", "") + "\r\n".join(blocks)
        if encode == "base64":
            report = base64.encodebytes(report.encode()).decode()
        elif encode:
            report = quopri.encodestring(report.encode()).decode()
        whole = (
            lines(
                "Return-Path: <>",
                f"From: {sender}@example.org",
                "To: portal@localhost",
                "Auto-Submitted: auto-replied",
                "MIME-Version: 1.0",
                'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
                "",
                "--b",
                "Content-Type: text/plain; charset=utf-8",
                "",
                "Su mensaje vuelve sin haber llegado.",
                "--b",
                f"Content-Type: {kind}",
                *([f"Content-Transfer-Encoding: {encode}"] if encode else []),
                "",
            )
            + report
            + lines(
                "", "--b", "Content-Type: text/rfc822-headers", "", f"Message-ID: {message_id}", "", "--b--"
            )
        )
        if wrapped:
            head = lines("From: filter@example.org", 'Content-Type: multipart/mixed; boundary="w"', "", "--w")
            whole = f"{head}Content-Type: message/rfc822\r\n\r\n{whole}\r\n--w--\r\n"
        return whole.encode()

    return write


def text(
    *paragraphs: str,
    subject="Undelivered mail",
    sender="Mail System <MAILER-DAEMON@mx.example.org>",
    path="<>",
    more=(),
    mixed=False,
    html=False,
) -> Form:
    """Free text, with the returned mail below it or (`mixed`) attached."""

    def write(message_id: str) -> bytes:
        original = lines(
            f"Message-ID: {message_id}", f"To: {READER}", "", "Usted no existe. 550 5.7.1 spam, quota."
        )
        head = lines(
            f"Return-Path: {path}", f"From: {sender}", "To: portal@localhost", f"Subject: {subject}", *more
        )
        body = "\r\n\r\n".join(paragraphs)
        kind = f"Content-Type: text/{'html' if html else 'plain'}; charset=utf-8\r\n\r\n"
        if not mixed:
            return f"{head}{kind}{body}\r\n\r\n--- mensaje original ---\r\n{original}".encode()
        return (
            f'{head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n{kind}{body}\r\n'
            f"--b\r\nContent-Type: message/rfc822\r\n\r\n{original}\r\n--b--\r\n"
        ).encode()

    return write


FORMS: dict[str, tuple[Form, Outcome]] = {
    # Delivery reports: codes that are precise
    "postfix, unknown": (dsn(block("5.1.1", "smtp; 550 5.1.1 <ana@example.org>: User unknown")), MARKED),
    "no words at all": (dsn(block("5.1.1")), MARKED),
    "words of unix": (dsn(block("5.1.1 (no mailbox)", 'x-unix; "ana": unknown user')), MARKED),
    "exchange, unknown": (dsn(block("5.1.10", "smtp;550 5.1.10 RESOLVER: no such reader")), MARKED),
    "no such domain": (dsn(block("5.1.2", "smtp; 550 5.1.2 Host unknown")), MARKED),
    "moved away": (dsn(block("5.1.6", "smtp; 551 5.1.6 moved")), MARKED),
    "closed": (dsn(block("5.2.1", "smtp; 550 5.2.1 The account is disabled")), MARKED),
    "address in capitals": (dsn(block(to="<ANA@Example.ORG>", original=READER)), MARKED),
    "opensmtpd": (dsn(block("5.1.1", "smtp; 550 unknown", action="error")), MARKED),
    "precise only in the words": (dsn(block("5.0.0", "smtp; 550 5.1.1 No such user")), MARKED),
    "too many mails": (dsn(block("5.2.1", "smtp; 550 5.2.1 receives mail at a rate that")), RETURNED),
    "full": (dsn(block("5.2.2", "smtp; 552 5.2.2 full")), RETURNED),
    "expired": (dsn(block("5.4.7", "smtp; 550 5.4.7 expired")), RETURNED),
    "expired, temporary": (dsn(block("4.4.7", "smtp; 421 no answer for five days")), RETURNED),
    "expired at an unknown reader": (dsn(block("5.4.7", "smtp; 450 4.1.1 user unknown")), RETURNED),
    "looping": (dsn(block("5.4.6", "smtp; 554 5.4.6 too many hops")), RETURNED),
    "no route": (dsn(block("5.4.4", "x; Host not found")), RETURNED),
    "policy": (dsn(block("5.7.1", "smtp; 550 5.7.1 user unknown or not welcome")), RETURNED),
    "codes that differ": (dsn(block("5.1.1", "smtp; 550 5.7.606 your network")), RETURNED),
    "code and words that differ": (dsn(block("5.1.1", "smtp; 550 5.1.1 casilla llena")), RETURNED),
    "unknown, by a spam filter": (dsn(block("5.1.1", "smtp; 550 5.1.1 blocked as spam")), RETURNED),
    # … that are vague
    "exim, full": (dsn(block("5.0.0", "smtp; 552 5.2.2 Buzón lleno")), RETURNED),
    "exim, full in words": (dsn(block("5.0.0", "smtp; 550 user ana: quota exceeded")), RETURNED),
    "exim, spam": (dsn(block("5.0.0", "smtp; 550 This looks like spam")), RETURNED),
    "exim, says nothing": (dsn(block("5.0.0")), RETURNED),
    "exim, unknown": (dsn(block("5.0.0", "smtp; 550 No such user here")), MARKED),
    "vague and Spanish": (dsn(block("5.1.0", "smtp; 550 El usuario no existe en este servidor")), MARKED),
    "vague and Portuguese": (dsn(block("5.0.0", "smtp; 550 Destinatário desconhecido")), MARKED),
    "unavailable": (dsn(block("5.5.0", "smtp; 550 mailbox unavailable")), RETURNED),
    "our own address": (dsn(block("5.0.0", "smtp; 550 sender address does not exist")), RETURNED),
    "for a while": (dsn(block("5.0.0", "smtp; 550 mailbox temporarily disabled")), RETURNED),
    # … of somebody else
    "forwarded": (dsn(block("5.1.1", "smtp; 550 5.1.1 no such user", to=ELSEWHERE)), RETURNED),
    "forwarded, and said so": (dsn(block("5.1.1", to=ELSEWHERE, original=READER)), RETURNED),
    "relayed, and failed there": (
        dsn(block("2.0.0", action="relayed"), block("5.1.1", to=ELSEWHERE)),
        RETURNED,
    ),
    "nobody named": (dsn(block("5.1.1", to="")), RETURNED),
    # … in other wrappings
    "global": (dsn(block(kind="utf-8"), kind="message/global-delivery-status"), MARKED),
    "global, base64": (dsn(block(), kind="message/global-delivery-status", encode="base64"), MARKED),
    "global, accents": (
        dsn(block("5.1.1", to="añá@correo.example", kind="utf-8"), kind="message/global-delivery-status"),
        RETURNED,
    ),
    "quoted-printable": (dsn(block("5.1.1", "smtp; 550 año"), encode="quoted-printable"), MARKED),
    "base64": (dsn(block("5.2.2", "smtp; 552 5.2.2 full"), encode="base64"), RETURNED),
    "inside another mail": (dsn(block(), wrapped=True), MARKED),
    "no name of a system": (dsn(block(), sender="noreply"), MARKED),
    # … that are not final
    "delayed": (dsn(block("4.4.1", action="delayed")), NOT_FINAL),
    "delivered": (dsn(block("2.0.0", action="delivered")), NOT_FINAL),
    "delivered here, failed elsewhere": (
        dsn(block("5.1.1", to=ELSEWHERE), block("2.0.0", action="delivered")),
        NOT_FINAL,
    ),
    # Free text
    "qmail": (text("I could not bring it there.", f"<{READER}>:\r\nNobody of that name. (#5.1.1)"), MARKED),
    "qmail, full": (text(f"<{READER}>:\r\nThe mailbox takes no more. (#5.2.2)"), RETURNED),
    "qmail, given up": (
        text(f"<{READER}>:\r\nNo connection. (#4.4.1)\r\nI'm not going to try again; too long in the queue."),
        RETURNED,
    ),
    "qmail, elsewhere": (text(f"<{ELSEWHERE}>:\r\nNobody of that name. (#5.1.1)"), RETURNED),
    "old exim": (
        text("A permanent error:", f"  {READER}\r\n    host mx.example.org [192.0.2.1]: 550 unknown user"),
        MARKED,
    ),
    "old exim, no route": (text(f"Delivery failed:\r\n  {READER}\r\n    Unrouteable address"), RETURNED),
    "old exim, forwarded": (
        text(f"  {ELSEWHERE}\r\n    (generated from {READER})\r\n    550 5.1.1 unknown user"),
        RETURNED,
    ),
    "exim, forwarded by its header": (
        text("  550 5.1.1 unknown user", more=[f"X-Failed-Recipients: {ELSEWHERE}"]),
        RETURNED,
    ),
    "exim, its header": (text("550 5.1.1 no such user", more=[f"X-Failed-Recipients: {READER}"]), MARKED),
    "smartermail": (
        text(
            f"Recipient: {READER}\r\nReason: the other host said 550 No such user here",
            sender="System Administrator <admin@example.org>",
            subject="Delivery Failure",
        ),
        MARKED,
    ),
    "domino": (
        text(
            f"Your mail\r\nwas not brought to:\r\n{READER}\r\nbecause: ana (ana) not listed in the Directory"
        ),
        MARKED,
    ),
    "exchange, Spanish": (
        text(
            "<style>p {width: 550px}</style><p>No se pudo entregar a <b>ana@example.org</b>.</p>",
            "<p>Diagn&oacute;stico:<br>#550 5.1.10 No hay tal destinatario ##</p>",
            html=True,
            subject="No se puede entregar: Registro",
            sender="<MicrosoftExchange329e71ec88@example.org>",
        ),
        MARKED,
    ),
    "exchange, Spanish, full": (text(f"{READER}\r\nEl buzón está lleno. #554 5.2.2 ##"), RETURNED),
    "Spanish, no code": (text(f"No se pudo entregar a {READER}: la cuenta no existe."), MARKED),
    "Spanish, no reason": (text("Su correo fue devuelto.", sender="postmaster@example.org"), RETURNED),
    "Portuguese": (text(f"Falha na entrega para {READER}: 550 Usuário inexistente"), MARKED),
    "nobody named in the text": (text("550 5.1.1 No such user"), RETURNED),
    "attached": (text(f"<{READER}>: 550 5.1.1 unknown user", mixed=True), MARKED),
    "attached, spam": (text(f"<{READER}>: 554 looks like spam", mixed=True), RETURNED),
    "empty path, any name": (
        text(f"550 5.1.1 {READER} unknown", sender="Correo <aviso@example.org>"),
        MARKED,
    ),
    "path as Postfix pipes it": (
        text(f"550 5.1.1 {READER} unknown", sender="Correo <aviso@example.org>", path="<MAILER-DAEMON>"),
        MARKED,
    ),
    "name of a system, another path": (
        text(f"550 5.1.1 {READER} unknown", path="<postmaster@mx.example>"),
        MARKED,
    ),
    "late": (
        text("Warning: not there for four hours. It will be retried for five days. 451 4.3.0"),
        NOT_FINAL,
    ),
    "late, Spanish": (text("El correo está demorado; se seguirá intentando.", subject="Aviso"), NOT_FINAL),
    "temporary": (text(f"<{READER}>: 450 4.2.0 greylisted"), NOT_FINAL),
    "failed after a delay": (text(f"<{READER}>: delayed at first, then 550 5.1.1 unknown user"), MARKED),
    # No report
    "out of office": (
        text(
            "Estoy fuera; vuelvo el 5.1.27. Teléfono 550.",
            sender=f"Ana <{READER}>",
            more=["Auto-Submitted: auto-replied"],
        ),
        NO_REPORT,
    ),
    "answer of somebody else": (
        text(
            "Ya no trabajo aquí: mi contrato ha expired.",
            sender="Eva <eva@example.org>",
            subject="Re: expired",
        ),
        NO_REPORT,
    ),
    "automatic answer": (
        text(
            "550 5.1.1",
            sender="Eva <eva@example.org>",
            path="<eva@example.org>",
            more=["Auto-Submitted: auto-replied"],
        ),
        NO_REPORT,
    ),
    "a system that says something else": (
        text("Your message was read by the filter.", subject="Filter"),
        NO_REPORT,
    ),
    "a person": (text("I got 550 5.1.1 user unknown, why?", sender=READER, path=f"<{READER}>"), NO_REPORT),
}
