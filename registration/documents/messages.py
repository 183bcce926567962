"""A message of staff as the mail that one person gets. The words are a person's: they stay text and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rcm_portal.mail import notices
from rcm_portal.mail.notices import Draft
from rcm_portal.mail.writing import TOKEN_SENTINEL, Trusted, plain
from rcm_portal.models import OutgoingMail
from rcm_portal.output.i18n import localized
from rcm_portal.output.urls_absolute import portal_url

from ..models import Delegate, Delegation, InvitationLetter, Message
from ..queries.progress import accept_until
from ..rules.letter_placeholders import Hole
from ..rules.messages import paragraphs_to, subject_to
from .letter import delegate_values, letter_values, workshop_values
from .links import token_url
from .mails import mail_delegate, mail_focal_point

KIND = "message"
TEMPLATE = f"registration/mail/{KIND}"


def language_of(who: Delegate | Delegation) -> str:
    """In which language somebody is written to."""
    return who.language if isinstance(who, Delegate) else who.focal_point_language


def name_of(who: Delegate | Delegation) -> str:
    """Whom the mail greets."""
    return who.full_name if isinstance(who, Delegate) else who.focal_point_name


def values_of(who: Delegate | Delegation, letter: InvitationLetter | None) -> dict[str, str]:
    """What the placeholders stand for, in the reader's language; a focal point's name where a delegate's would stand.

    What a delegate typed is made harmless, as in every mail.
    """
    language = language_of(who)
    values = workshop_values(who.workshop, language)
    if isinstance(who, Delegate):
        values |= delegate_values(who, language)
        if letter is not None:
            values |= letter_values(letter, accept_until(who, letter), language)
    else:
        values |= {
            "delegate_name": who.focal_point_name,
            "party_name": localized(who.party, "name", language),
        }
    return {name: plain(value) for name, value in values.items()}


def _words(
    message: Message, who: Delegate | Delegation, values: Mapping[str, str]
) -> tuple[dict, list[Hole]]:
    language = language_of(who)
    subject, holes = subject_to(getattr(message, f"subject_{language}"), values)
    paragraphs, missing = paragraphs_to(getattr(message, f"text_{language}"), values)
    words = {
        "words": _text(subject),
        "paragraphs": [[_text(line) for line in lines] for lines in paragraphs],
        "attached": message.filename,
    }
    return words, [*holes, *missing]


def _text(line: str) -> Trusted:
    """Staff's own words; what stands for a personal link while a mail waits is no word of theirs."""
    return Trusted(line.replace(TOKEN_SENTINEL, TOKEN_SENTINEL.replace("-", " ")))


def holes_for(message: Message, who: Delegate | Delegation, letter: InvitationLetter | None) -> list[Hole]:
    """What is missing in the message for one reader."""
    return _words(message, who, values_of(who, letter))[1]


def preview(
    message: Message, who: Delegate | Delegation, letter: InvitationLetter | None, *, readers: int, to: str
) -> Draft:
    """The mail as this person gets it, their own link aside."""
    language, workshop = language_of(who), message.workshop
    context = {
        "name": name_of(who),
        "code": who.code if isinstance(who, Delegate) else "",
        "workshop": localized(workshop, "short_name", language),
        "contact_email": workshop.contact_email,
        "page_url": portal_url("/…"),
        "to_focal_point": isinstance(who, Delegation),
        **_words(message, who, values_of(who, letter))[0],
    }
    return notices.draft(
        TEMPLATE, language=language, context=context, zone=workshop.zone, readers=readers, to=to
    )


def mail_message(
    message: Message,
    who: Delegate | Delegation,
    letter: InvitationLetter | None,
    *,
    hold: bool,
    not_before: datetime | None,
) -> OutgoingMail:
    """Write the mail to one person, in their language. Must be called inside a transaction."""
    files: Sequence[tuple[str, str, str]] = (
        [(message.filename, message.media_type, message.key)] if message.key else []
    )
    words = _words(message, who, values_of(who, letter))[0]
    words |= {"attachments": files, "hold": hold, "not_before": not_before}
    language = language_of(who)
    if isinstance(who, Delegate):
        url = token_url("my", message.workshop, language)
        return mail_delegate(KIND, who, page_url=url, to_focal_point=False, **words)
    url = token_url("delegation", message.workshop, language)
    return mail_focal_point(KIND, who, page_url=url, to_focal_point=True, **words)
