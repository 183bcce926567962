"""Who comes, for the protocol desk and for the door."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rcm_portal.output.dates import day_in_words
from rcm_portal.output.i18n import localized
from registration.enums import DelegateRole, FormOfAddress, Language, ParticipationLevel

from ..enums import HostListKind
from ..queries.attendance import Attendance
from .parts import (
    Field,
    HostList,
    Section,
    code_field,
    everybody,
    labels,
    name_fields,
    party_field,
    yes_or_blank,
)

LEVEL_ORDER = tuple(reversed(ParticipationLevel.values))  # the highest first


def protocol(attendance: Attendance) -> HostList:
    ordered = sorted(attendance.guests, key=lambda guest: (LEVEL_ORDER.index(guest.level), not guest.head))
    lines = {
        guest.code: (
            guest.level, guest.form_of_address, guest.given_names, guest.surnames, guest.party, guest.head,
            guest.position, guest.institution, guest.role, guest.language, guest.badge_name, guest.code,
        )
        for guest in ordered
    }  # fmt: skip
    high = sum(guest.level == ParticipationLevel.VICE_MINISTER for guest in ordered)
    headline = ngettext("%(count)d Vice-Minister", "%(count)d Vice-Ministers", high) % {"count": high}
    fields = (
        Field("level", _("Level"), width=18, show=labels(ParticipationLevel.choices)),
        Field("form_of_address", _("Form of address"), width=14, show=labels(FormOfAddress.choices)),
        Field("given_names", _("Given names"), width=20),
        Field("surnames", _("Surnames"), width=22),
        party_field(attendance),
        Field("head", _("Head of delegation"), width=12, show=yes_or_blank),
        Field("position", _("Position"), width=28),
        Field("institution", _("Institution"), width=34),
        Field("role", _("Role"), width=12, show=labels(DelegateRole.choices)),
        Field("language", _("Language"), width=10, show=labels(Language.choices)),
        Field("badge_name", _("Name for the badge"), width=20),
        code_field(),
    )
    people = Section("people", _("People"), fields, lines, ("given_names", "surnames"))
    return HostList(
        kind=HostListKind.PROTOCOL,
        headline=headline,
        sections=(people,),
        codes=everybody(attendance),
        notes=(
            _("By level, heads of delegation first, then delegations in the order of their Spanish names."),
        ),
    )


def access(attendance: Attendance) -> HostList:
    ordered = sorted(
        attendance.guests, key=lambda guest: (guest.surnames.casefold(), guest.given_names.casefold())
    )
    lines = {
        guest.code: (
            guest.surnames, guest.given_names, guest.institution, guest.party, guest.role, guest.accessibility,
            guest.code,
        )
        for guest in ordered
    }  # fmt: skip
    fields = (
        *name_fields(),
        Field("institution", _("Institution"), width=36),
        party_field(attendance),
        Field("role", _("Role"), width=14, show=labels(DelegateRole.choices)),
        Field("needs", _("Accessibility needs"), width=30),
        code_field(),
    )
    people = ngettext("%(count)d person", "%(count)d people", len(lines)) % {"count": len(lines)}
    workshop = attendance.workshop
    where = _("%(venue)s, from %(first)s to %(last)s.") % {
        "venue": localized(workshop, "venue"),
        "first": day_in_words(workshop.starts_on),
        "last": day_in_words(workshop.ends_on),
    }
    return HostList(
        kind=HostListKind.ACCESS,
        headline=people,
        sections=(Section("people", _("People"), fields, lines, ("given_names", "surnames")),),
        codes=everybody(attendance),
        notes=(where, _("Approved and confirmed participants, names as in their identity document.")),
    )
