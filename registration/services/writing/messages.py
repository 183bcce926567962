"""Writing to people: a draft for whom was chosen, its attachment, and sending it, by a worker where there are many."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from rcm_portal.dispatch import hasten_on_commit
from rcm_portal.files.owners import discard_unnamed
from rcm_portal.files.storage import delete_private, save_private
from rcm_portal.mail import notices
from rcm_portal.mail.writing import neutral_filename
from rcm_portal.models import OutgoingMail
from rcm_portal.output.i18n import language_code
from rcm_portal.uploads import CleanUpload

from ...documents.messages import holes_for, language_of, mail_message
from ...enums import EntryState
from ...exceptions import RegistrationError
from ...models import Delegate, Delegation, Message, MessageRecipient, ReminderRule, SavedText, Workshop
from ...queries.archive import in_archive
from ...queries.messages import Addressee, letters_of, quiet_for, why_left_out, with_people
from ..batches import AT_ONCE, work_off

PREFIX = "messages"
WORDS = ("subject_es", "text_es", "subject_en", "text_en")
CHOICES = ("with_ended", "with_unconfirmed", "at_once")
DRAFT_DAYS = 30  # a message that nobody sent


class SeveralWorkshops(RegistrationError):
    message = _(
        "These people belong to more than one workshop: please filter the list by one, and write to its people."
    )


class NobodyChosen(RegistrationError):
    message = _("Nobody is chosen.")


class OverForGood(RegistrationError):
    message = _(
        "This workshop is over and its personal data are destroyed: nobody can be written to any more."
    )


class SentAlready(RegistrationError):
    message = _("This message was sent already.")


class ChangedSinceLooked(RegistrationError):
    message = _("The message or its recipients have changed since you looked at it. Please look again.")


class NotForThem(RegistrationError):
    """Somebody is not written to after all."""


@transaction.atomic
def begin(*, people: Iterable[Delegate | Delegation], by, now: datetime) -> Message:
    """A draft to these delegates, or focal points of delegations. Raises NobodyChosen, SeveralWorkshops, OverForGood."""
    people = list(people)
    workshops = {who.workshop_id for who in people}
    if not people:
        raise NobodyChosen
    if len(workshops) > 1:
        raise SeveralWorkshops
    workshop = Workshop.objects.get(pk=workshops.pop())
    if in_archive(row=workshop):
        raise OverForGood
    message = Message.objects.create(
        workshop=workshop, by=by, language=language_code(get_language()), begun_at=now
    )
    MessageRecipient.objects.bulk_create(
        MessageRecipient(message=message, **{"delegate" if isinstance(who, Delegate) else "delegation": who})
        for who in people
    )
    return message


@transaction.atomic
def attach(*, message: Message, upload: CleanUpload | None, name: str = "") -> None:
    """Put a checked file in the place of the one that is attached, or none. Raises SentAlready."""
    message = _draft(message)
    old = message.key
    if upload is None:
        message.key = message.filename = message.media_type = ""
    else:
        stem = neutral_filename(name.rpartition(".")[0] or name)[:80]
        message.key = save_private(PREFIX, upload.content)
        message.filename, message.media_type = f"{stem}.{upload.extension}", upload.media_type
    try:
        message.save(update_fields=["key", "filename", "media_type"])
    except BaseException:
        if upload is not None:
            delete_private(message.key)  # no row will name it
        raise
    discard_unnamed([old])


@transaction.atomic
def save_draft(*, message: Message, values: Mapping[str, object]) -> Message:
    """Keep what was typed so far. Raises SentAlready."""
    message = _draft(message)
    for name, value in values.items():
        setattr(message, name, value)
    message.save(update_fields=list(values))
    return message


def keep_text(*, message: Message, name: str) -> SavedText:
    """Keep the message's words under a name, for another time; the same name again takes their place."""
    words = {column: getattr(message, column) for column in WORDS}
    found, _made = SavedText.objects.update_or_create(
        workshop=message.workshop, name=" ".join(name.split()), defaults=words
    )
    return found


def lacking(message: Message, people: Iterable[Addressee]) -> dict[str, str]:
    """What hinders sending, by the field beside which it is said: words that a recipient's language has not, and values
    that are missing for somebody."""
    reached = [each for each in people if each.left_out is None]
    found: dict[str, str] = {}
    for language, needed in (
        ("es", _("Please write it in Spanish too: %(number)d of those who get it read Spanish (%(names)s).")),
        ("en", _("Please write it in English too: %(number)d of those who get it read English (%(names)s).")),
    ):
        readers = [each for each in reached if language_of(each.who) == language]
        for field in (f"subject_{language}", f"text_{language}"):
            if readers and not getattr(message, field).strip():
                found[field] = str(needed) % {"number": len(readers), "names": _names(readers)}
        missing: dict[tuple[str, str], list[Addressee]] = {}
        for each in readers:
            for hole in holes_for(message, each.who, each.letter):
                what = hole.stand_in or f"{{{{ {hole.placeholder} }}}}"
                people_without = missing.setdefault((hole.text, what), [])
                if each not in people_without:
                    people_without.append(each)
        for (text, what), without in missing.items():
            if what.startswith("["):
                words = str(_("%(what)s is still to be replaced.")) % {"what": what}
            else:
                words = str(_("%(what)s is empty for %(number)d of them: %(names)s.")) % {
                    "what": what,
                    "number": len(without),
                    "names": _names(without),
                }
            found.setdefault(f"{text}_{language}", words)
    return found


def _names(people: list[Addressee], most: int = 5) -> str:
    return ", ".join(each.name for each in people[:most]) + (", …" if len(people) > most else "")


def stamp_of(message: Message, people: Iterable[Addressee]) -> str:
    """What tells the message that staff looked at, with its recipients, from any other."""
    reached = sorted(each.row.pk for each in people if each.left_out is None)
    looked = [*(getattr(message, name) for name in WORDS), message.key, message.at_once, reached]
    return sha256(json.dumps(looked).encode()).hexdigest()[:16]


def _draft(message: Message) -> Message:
    locked = Message.objects.select_for_update(of=("self",)).select_related("workshop").get(pk=message.pk)
    if locked.sent_at is not None:
        raise SentAlready
    return locked


@transaction.atomic
def discard(*, message: Message) -> None:
    """Delete a draft with its file. Raises SentAlready."""
    destroy([_draft(message)])


def send(*, message: Message, people: list[Addressee], seen: str, now: datetime) -> None:
    """Write the mails of a message that staff have looked at (`seen`), at once where there are few.

    Raises SentAlready on a second click, ChangedSinceLooked, and NobodyChosen where nobody is left.
    """
    with transaction.atomic():
        message = _draft(message)
        if not any(each.left_out is None for each in people):
            raise NobodyChosen
        if lacking(message, people) or stamp_of(message, people) != seen:
            raise ChangedSinceLooked
        message.sent_at = now
        message.save(update_fields=["sent_at"])
        hasten_on_commit("registration.tasks.run_message", message.pk)
    if len(people) <= AT_ONCE:
        run_message(message_id=message.pk, now=now)


def run_message(*, message_id: int, now: datetime) -> int:
    """Write what is left of a message's mails; returns how many were written or left out. Workers share them."""
    message = Message.objects.select_related("workshop").get(pk=message_id)
    if message.sent_at is None:
        return 0
    rules = list(ReminderRule.objects.filter(workshop=message.workshop))
    entries = MessageRecipient.objects.filter(message=message)
    return work_off(entries, partial(_write, rules=rules, now=now), language=message.language)


def _write(entry: MessageRecipient, *, rules: list[ReminderRule], now: datetime) -> None:
    entry = with_people(MessageRecipient.objects.filter(pk=entry.pk)).get()
    message, who = entry.message, entry.who
    if why := why_left_out(message, who):
        raise NotForThem(why.label)
    letter = letters_of([who.pk]).get(who.pk) if isinstance(who, Delegate) else None
    if holes := holes_for(message, who, letter):
        raise NotForThem("; ".join(map(str, holes)))
    mail = mail_message(
        message,
        who,
        letter,
        hold=message.workshop.hold_mail,
        not_before=None if message.at_once else quiet_for(rules, who, now),
    )
    MessageRecipient.objects.filter(pk=entry.pk).update(mail=mail)


def mails_of(message: Message):
    """The mails that a message became."""
    return OutgoingMail.objects.filter(pk__in=message.recipients.exclude(mail=None).values("mail"))


def release(message: Message) -> int:
    """Have the drafts sent; returns how many were still drafts."""
    return notices.release(mails_of(message))


def open_messages() -> list[int]:
    """Messages that were sent and whose mails are not all written, the oldest first."""
    waiting = MessageRecipient.objects.filter(state=EntryState.WAITING)
    found = Message.objects.filter(sent_at__isnull=False, recipients__in=waiting).distinct()
    return list(found.order_by("sent_at", "pk").values_list("pk", flat=True))


def destroy(messages: Iterable[Message]) -> int:
    """Destroy messages with their files; returns how many. What became of their mails stays in the outbox."""
    if not (messages := list(messages)):
        return 0
    with transaction.atomic():
        discard_unnamed([message.key for message in messages])
        Message.objects.filter(pk__in=[message.pk for message in messages]).delete()
    return len(messages)


def too_old(workshops: Iterable[Workshop], now: datetime) -> Iterable[Message]:
    """Messages of these workshops, whose time is over, and drafts that nobody sent."""
    of_them = Message.objects.filter(workshop__in=list(workshops))
    return of_them | Message.objects.filter(
        sent_at__isnull=True, begun_at__lte=now - timedelta(days=DRAFT_DAYS)
    )
