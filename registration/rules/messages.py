"""Messages that staff write in their own words: who gets one, when, and what it says to one reader. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta, tzinfo

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from .letter_placeholders import Hole, fill


class LeftOut(TextChoices):
    """Why somebody who was chosen is not written to."""

    DESTROYED = "destroyed", _("personal data destroyed")
    ENDED = "ended", _("registration rejected or cancelled")
    UNCONFIRMED = "unconfirmed", _("address not confirmed")
    NO_ADDRESS = "no_address", _("no e-mail address")


def left_out(
    *,
    destroyed: bool,
    ended: bool,
    confirmed: bool,
    address: str,
    with_ended: bool,
    with_unconfirmed: bool,
) -> LeftOut | None:
    """Why this person gets no message, None where they get it. What is destroyed or has no address never does."""
    if destroyed:
        return LeftOut.DESTROYED
    if not address:
        return LeftOut.NO_ADDRESS
    if ended and not with_ended:
        return LeftOut.ENDED
    if not confirmed and not with_unconfirmed:
        return LeftOut.UNCONFIRMED
    return None


def quiet_until(now: datetime, hours: Iterable[tuple[time, time, tzinfo]]) -> datetime | None:
    """When the quiet hours end in which `now` lies, None outside them. `hours` are from, until, and by whose clock."""
    ends = []
    for begins, over, zone in hours:
        local = now.astimezone(zone)
        today = datetime.combine(local.date(), over, zone)
        within = begins <= local.time() < over if begins <= over else not over <= local.time() < begins
        if within:
            ends.append(
                today if now < today else datetime.combine(local.date() + timedelta(days=1), over, zone)
            )
    return max(ends, default=None)


def subject_to(subject: str, values: Mapping[str, str]) -> tuple[str, list[Hole]]:
    """The subject for one reader, and what is missing for it."""
    filled, holes = fill("subject", subject, values)
    return " ".join(filled.split()), holes


def paragraphs_to(text: str, values: Mapping[str, str]) -> tuple[list[list[str]], list[Hole]]:
    """The lines of each paragraph for one reader, and what is missing for it.

    They are parted before anything is filled in, so that no value makes a line.
    """
    found: list[list[str]] = [[]]
    holes = []
    for line in text.strip().splitlines():
        filled, missing = fill("text", line, values)
        holes += missing
        if line.strip():
            found[-1].append(" ".join(filled.split()))
        elif found[-1]:
            found.append([])
    return [lines for lines in found if lines], holes
