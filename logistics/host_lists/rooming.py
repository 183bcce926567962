"""The rooming list: who, which nights, check-in and check-out by the flights, and what staff should decide."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rcm_portal.output.dates import day_in_words
from registration.enums import FormOfAddress

from ..enums import HostListKind, StayFlag
from ..queries.attendance import Attendance, Guest
from ..rules.stays import SENTENCES
from .parts import (
    Field,
    HostList,
    Section,
    as_date,
    as_moment,
    code_field,
    everybody,
    labels,
    local_minute,
    local_times,
    name_fields,
    party_field,
)


def flag_words(code: str, days) -> str:
    """What staff should look at, as a sentence."""
    return str(SENTENCES[StayFlag(code)]) % {"days": ", ".join(day_in_words(day) for day in days)}


def _flags(value: list) -> str:
    return "; ".join(flag_words(code, map(dt.date.fromisoformat, days)) for code, days in value)


def _basis(value: list[str]) -> str:
    code, reason = value
    if code == "decided":
        return _("decided by staff: %(reason)s") % {"reason": reason}
    return _("as asked by the guest") if code == "asked" else _("assumed: the guest has not answered yet")


def rooming(attendance: Attendance) -> HostList:
    guests = [guest for guest in attendance.guests if guest.stay]
    nights: dict[str, list[int]] = {}
    lines, decisions = {}, {}
    for guest in guests:
        stay = guest.stay
        flags = [[flag.code, [day.isoformat() for day in flag.days]] for flag in stay.flags]
        for night in stay.nights:
            count = nights.setdefault(night.isoformat(), [0, 0])
            count[0] += not _counted_with_another(guest, night)
            count[1] += night not in stay.funded
        if guest.to_decide:
            decisions[guest.code] = _flags(flags)
        decided = guest.decided_nights is not None
        basis = "decided" if decided else "asked" if guest.answered_at else "assumed"
        lines[guest.code] = (
            guest.code, guest.party, guest.surnames, guest.given_names,
            stay.check_in.isoformat(), stay.check_out.isoformat(), len(stay.nights), len(stay.unfunded), flags,
            guest.accessibility, guest.shares_with.name if guest.shares_with else "",
            local_minute(attendance, guest.arrival), guest.arrival.flight if guest.arrival else "",
            local_minute(attendance, guest.departure), guest.departure.flight if guest.departure else "",
            guest.form_of_address, [basis, guest.decided_reason or ""],
        )  # fmt: skip
    by_night = Section(
        "nights",
        _("Rooms per night"),
        (
            Field("night", _("Night of"), "date", 14, as_date),
            Field("rooms", _("Rooms"), "integer", 10),
            Field("unfunded", _("Of them not paid for"), "integer", 12),
        ),
        {night: (night, *nights[night]) for night in sorted(nights)},
    )
    people = Section("guests", _("Guests"), _rooming_fields(attendance), lines, ("given_names", "surnames"))
    pairs = sum(1 for guest in guests if guest.shares_with) // 2
    number = len(guests) - pairs
    rooms = ngettext("%(count)d room", "%(count)d rooms", number) % {"count": number}
    open_words = ngettext("%(count)d to decide", "%(count)d to decide", len(decisions)) % {
        "count": len(decisions)
    }
    return HostList(
        kind=HostListKind.ROOMING,
        headline=f"{rooms}, {open_words}" if decisions else rooms,
        sections=(people, by_night),
        codes=everybody(attendance),
        notes=(
            _("Rooms are for one person, but for those who share.")
            if pairs
            else _("All rooms are for one person."),
            _("Check-in and check-out follow the flights where they are known."),
            *([_("Hotel: %(name)s") % {"name": attendance.hotel}] if attendance.hotel else []),
            local_times(attendance),
        ),
        decisions=decisions,
    )


def _counted_with_another(guest: Guest, night: dt.date) -> bool:
    """Whether the room of this night is the one of somebody who shares it and is counted for it."""
    other = guest.shares_with
    return bool(other and other.stay and night in other.stay.nights and other.code < guest.code)


def _rooming_fields(attendance: Attendance) -> tuple[Field, ...]:
    return (
        code_field(),
        party_field(attendance),
        *name_fields(),
        Field("check_in", _("Check-in"), "date", 13, as_date),
        Field("check_out", _("Check-out"), "date", 13, as_date),
        Field("nights", _("Nights"), "integer", 8),
        Field("unfunded", _("Not paid for"), "integer", 10),
        Field("flags", _("To look at"), width=44, show=_flags),
        Field("needs", _("Needs"), width=28),
        Field("sharing", _("Shares with"), width=24),
        Field("arrives", _("Arrives"), "moment", 18, as_moment),
        Field("flight_in", _("Flight in"), width=10),
        Field("departs", _("Departs"), "moment", 18, as_moment),
        Field("flight_out", _("Flight out"), width=10),
        Field("form_of_address", _("Form of address"), width=12, show=labels(FormOfAddress.choices)),
        Field("basis", _("Where the nights come from"), width=30, show=_basis),
    )
