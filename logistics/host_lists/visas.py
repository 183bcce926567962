"""Who still needs a visa, and how many days are left."""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.queries.visa_advice import visa_states
from registration.rules.countries import country_name
from registration.rules.visas import VisaNeed

from ..enums import HostListKind
from ..queries.attendance import Attendance
from .parts import Field, HostList, Section, as_date, code_field, labels, name_fields, party_field

# In the order in which they are to be looked at.
STATES = {
    VisaNeed.NEEDED: gettext_lazy("needed"),
    VisaNeed.ASK: gettext_lazy("official passport: ask the consulate"),
    VisaNeed.UNKNOWN: gettext_lazy("not known"),
    VisaNeed.WAIVED: gettext_lazy("has a visa or residence that counts"),
}


def visas(attendance: Attendance) -> HostList:
    """Everybody of whom nobody can say that they need no visa; who needs one first, and who arrives sooner. Three
    queries more than the reading of who comes."""
    workshop, order = attendance.workshop, list(STATES)
    states, today = visa_states(workshop), timezone.localdate(timezone=workshop.zone)
    listed = []
    for guest in attendance.guests:
        if state := states.get(guest.pk):
            listed.append((guest, state, attendance.day_of(guest.arrival) or workshop.starts_on))
    listed.sort(key=lambda each: (order.index(each[1].need), each[2]))
    lines = {
        guest.code: (
            guest.surnames, guest.given_names, guest.party, state.nationality, state.need.value,
            f"{state.letter_issued_at.astimezone(workshop.zone):%Y-%m-%d}" if state.letter_issued_at else None,
            # The same day twice: the number of days left is made of it when it is shown, so that it marks no change.
            arrives_on.isoformat(), arrives_on.isoformat(), guest.code,
        )
        for guest, state, arrives_on in listed
    }  # fmt: skip

    def days_left(day: str | None) -> int | None:
        return (dt.date.fromisoformat(day) - today).days if day else None

    fields = (
        *name_fields(),
        party_field(attendance),
        Field("nationality", _("Nationality"), width=20, show=country_name),
        Field("visa", _("Visa"), width=30, show=labels(STATES.items())),
        Field("letter", _("Letter for the consulate issued"), "date", width=16, show=as_date),
        Field("arrives_on", _("Arrives"), "date", show=as_date),
        Field("days_left", _("Days left"), "integer", width=10, show=days_left),
        code_field(),
    )
    due = sum(state.need != VisaNeed.WAIVED for _guest, state, _arrives_on in listed)
    headline = ngettext("%(count)d visa is open", "%(count)d visas are open", due) % {"count": due}
    return HostList(
        kind=HostListKind.VISAS,
        headline=headline,
        sections=(Section("people", _("People"), fields, lines, ("given_names", "surnames")),),
        codes=tuple(lines),
        notes=(
            _("Where no flight is known, the days are counted to the first day of the workshop."),
            _("This is what the visa rules of the workshop say; the consulate has the last word."),
        ),
    )
