"""Counts: breakfasts and lunches per day with dietary needs, and how many listen to interpretation."""

from collections import Counter

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rcm_portal.output.i18n import localized

from ..enums import MEAL_KINDS, BenefitKind, HostListKind
from ..queries.attendance import Attendance, Guest, takes_meal
from .parts import Field, HostList, Section, as_date, everybody, labels, party_field

NOTHING_SPECIAL = frozenset(
    {"", "-", "—", "no", "none", "nothing", "n/a", "na", "ninguna", "ninguno", "nada"}
)


def _dietary(guest: Guest) -> str:
    """What the guest wrote, without what says nothing."""
    text = " ".join(guest.dietary.split()).rstrip(".")
    return "" if text.casefold() in NOTHING_SPECIAL else text


def meals(attendance: Attendance) -> HostList:
    counts, special = {}, {}
    days = [(day, benefit) for benefit in attendance.paid(*MEAL_KINDS) for day in sorted(benefit.dates)]
    for day, benefit in sorted(days, key=lambda each: (each[0], MEAL_KINDS.index(each[1].kind))):
        taking = [guest for guest in attendance.guests if takes_meal(guest, benefit, day)]
        wishes = [text for text in map(_dietary, taking) if text]
        # Of several ways to write one need, the same is shown whatever the order of the guests: capitals first.
        words = {text.casefold(): text for text in sorted(wishes, reverse=True)}
        meal = (day, benefit.kind, benefit.code)
        counts[f"{day}/{benefit.code}"] = (
            day, benefit.kind, localized(benefit.payer, "name", "es"), len(taking), len(wishes),
            sum(benefit.pk not in guest.benefits for guest in attendance.guests),
        )  # fmt: skip
        for folded, number in sorted(
            Counter(map(str.casefold, wishes)).items(), key=lambda each: (-each[1], each[0])
        ):
            special["/".join((day, benefit.code, folded))] = (*meal[:2], words[folded], number)
    payers = {localized(each.payer, "name", "es"): str(each.payer) for each in attendance.benefits}
    kinds = labels(BenefitKind.choices)
    day_field = Field("day", _("Day"), "date", 14, as_date)
    meal_field = Field("meal", _("Meal"), width=14, show=lambda value: kinds(value).capitalize())
    total = sum(line[3] for line in counts.values())
    return HostList(
        kind=HostListKind.MEALS,
        headline=ngettext("%(count)d meal", "%(count)d meals", total) % {"count": total},
        sections=(
            Section(
                "counts",
                _("Meals per day"),
                (
                    day_field,
                    meal_field,
                    Field("payer", _("Paid by"), width=36, show=lambda value: payers.get(value, value)),
                    Field("people", _("People"), "integer", 10),
                    Field("special", _("Of them with dietary needs"), "integer", 14),
                    Field("others", _("Others at the workshop, not paid for"), "integer", 18),
                ),
                counts,
                ("day", "meal"),
            ),
            Section(
                "dietary",
                _("Dietary needs"),
                (
                    day_field,
                    meal_field,
                    Field("need", _("Dietary need, as written by the guests"), width=44),
                    Field("people", _("People"), "integer", 10),
                ),
                special,
                ("day", "meal", "need"),
            ),
        ),
        codes=everybody(attendance),
        notes=(
            _("Counted are those for whom the meal is paid and who take it. Nobody is named beside a diet."),
        ),
    )


def interpretation(attendance: Attendance) -> HostList:
    wanted = Counter(guest.interpretation for guest in attendance.guests)
    speaking = Counter(guest.language for guest in attendance.guests)
    words = labels([("es", _("into Spanish")), ("en", _("into English")), ("none", _("not needed"))])
    by_party: dict[str, Counter] = {}
    for guest in attendance.guests:
        by_party.setdefault(guest.party, Counter())[guest.interpretation] += 1
    listening = wanted["es"] + wanted["en"]
    headline = ngettext("%(count)d person listens", "%(count)d people listen", listening)
    return HostList(
        kind=HostListKind.INTERPRETATION,
        headline=headline % {"count": listening},
        sections=(
            Section(
                "languages",
                _("Headcount by language"),
                (
                    Field("language", _("Interpretation"), width=24, show=words),
                    Field("people", _("People"), "integer", 10),
                    Field("speaking", _("People who speak it (language of their letters)"), "integer", 20),
                ),
                {code: (code, wanted[code], speaking[code]) for code in ("es", "en", "none")},
            ),
            Section(
                "delegations",
                _("By delegation"),
                (
                    party_field(attendance),
                    Field("es", _("into Spanish"), "integer", 12),
                    Field("en", _("into English"), "integer", 12),
                    Field("none", _("not needed"), "integer", 12),
                ),
                {
                    party: (party, count["es"], count["en"], count["none"])
                    for party, count in by_party.items()
                },
            ),
        ),
        codes=everybody(attendance),
        notes=(
            _("Interpretation is open to everyone in the room; headsets are counted for all who need it."),
        ),
    )
