"""What an error at sending means: pure, from the exception alone."""

import re
import smtplib
from dataclasses import dataclass

from ..models import OutgoingMail
from .verdicts import ADDRESS, is_dead


@dataclass(frozen=True)
class Failure:
    """What a try came to: the server's code if it gave one, whether another try makes sense, whether it is the address
    that does not work, a text without secrets."""

    text: str
    code: int | None = None
    permanent: bool = False
    server_down: bool = False
    address: bool = False


def scrub(text: str, mail: OutgoingMail) -> str:
    """An error text fit for the admin and the log: one line, without the reader's token or anybody's address."""
    if mail.personal_token:
        text = text.replace(mail.personal_token, "[token]")
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", ADDRESS.sub("[address]", text)).strip()[:300]


def judge(error: Exception, mail: OutgoingMail) -> Failure:
    """What an error at sending means. A refusal of this recipient or this text is final, everything else is tried again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _refusal(*next(iter(error.recipients.values())), mail)
    if isinstance(error, smtplib.SMTPDataError):
        return _refusal(error.smtp_code, error.smtp_error, mail)
    if isinstance(error, smtplib.SMTPSenderRefused):
        # Our own address is refused, or (552) the message is too large; only the latter will not change.
        return Failure(
            _reply(error.smtp_code, error.smtp_error, mail), error.smtp_code, error.smtp_code == 552
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return Failure(_reply(error.smtp_code, error.smtp_error, mail), error.smtp_code, server_down=True)
    if isinstance(error, (OSError, smtplib.SMTPException)):
        return Failure(scrub(f"{type(error).__name__}: {error}", mail), server_down=True)
    return Failure(scrub(f"{type(error).__name__}: {error}", mail))


def _refusal(code: int, reply: bytes | str, mail: OutgoingMail) -> Failure:
    final = 500 <= code < 600
    return Failure(_reply(code, reply, mail), code, final, address=final and is_dead(code, "", _text(reply)))


def _reply(code: int, reply: bytes | str, mail: OutgoingMail) -> str:
    return scrub(f"{code} {_text(reply)}", mail)


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
