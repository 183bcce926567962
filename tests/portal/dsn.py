"""Delivery reports as mail servers write them (RFC 3464), for mails of the tests."""

from email import policy
from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText


def report(
    mail,
    *,
    status="5.1.1",
    action="failed",
    diagnostic="smtp; 550 5.1.1 no such user",
    returned="headers",
    recipient="",
) -> bytes:
    """A report on `mail` that returns its `headers`, the whole `message`, its headers `encoded` in base64, or `nothing`."""
    whole = MIMEMultipart("report", report_type="delivery-status")
    whole["From"], whole["To"] = "MAILER-DAEMON@mx.example.org", "portal@portal.test"
    whole["Subject"] = "Undelivered Mail Returned to Sender"
    whole.attach(MIMEText("I'm sorry to have to inform you that your message could not be delivered."))
    status_part = MIMEBase("message", "delivery-status")
    address = recipient or mail.to
    status_part.set_payload(
        [
            _block(("Reporting-MTA", "dns; mx.example.org")),
            _block(
                ("Original-Recipient", f"rfc822;{address}"),
                ("Final-Recipient", f"rfc822; {address}"),
                ("Action", action),
                ("Status", status),
                ("Diagnostic-Code", diagnostic),
            ),
        ]
    )
    whole.attach(status_part)
    original = EmailMessage()
    original["From"], original["To"], original["Subject"] = "portal@portal.test", mail.to, "x"
    original["Message-ID"] = mail.message_id
    original.set_content("Dear reader")
    headers = "".join(f"{name}: {value}\n" for name, value in original.items())
    if returned == "message":
        whole.attach(MIMEMessage(original))
    elif returned == "headers":
        whole.attach(MIMEText(headers, "rfc822-headers", "us-ascii"))
    elif returned == "encoded":
        whole.attach(MIMEText(headers, "rfc822-headers", "utf-8"))  # base64
    return whole.as_bytes(policy=policy.SMTP)


def _block(*fields: tuple[str, str]) -> Message:
    block = Message()
    for name, value in fields:
        block[name] = value
    return block
