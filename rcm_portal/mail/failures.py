"""What an error at sending means: pure, from the exception alone."""

import re
import smtplib
from dataclasses import dataclass

from ..models import OutgoingMail
from .undeliverable import is_about_the_address


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
    """An error text fit for the admin and the log: one line, without the reader's token or address."""
    for secret, shown in ((mail.personal_token, "[token]"), (mail.to, "[address]")):
        if secret:
            text = text.replace(secret, shown)
    return re.sub(r"[\x00-\x1f\x7f\s]+", " ", text).strip()[:300]


def judge(error: Exception, mail: OutgoingMail) -> Failure:
    """What an error at sending means. A refusal of this recipient or this text is final, everything else is tried again."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
        text, final = _reply(code, reply, mail), 500 <= code < 600
        return Failure(text, code, final, address=final and is_about_the_address(code, text))
    if isinstance(error, smtplib.SMTPDataError):
        # Of the text, unless its enhanced code says otherwise.
        text, final = _reply(error.smtp_code, error.smtp_error, mail), 500 <= error.smtp_code < 600
        return Failure(text, error.smtp_code, final, address=final and is_about_the_address(None, text))
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


def _reply(code: int, reply: bytes | str, mail: OutgoingMail) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    return scrub(f"{code} {text}", mail)
