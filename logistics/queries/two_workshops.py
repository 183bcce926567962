"""What a workshop's income groups change against those of the one that it was made of."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import localized
from registration.models import Workshop

from ..enums import SHARED_KINDS
from .entitlements import GROUP_NAMES, WorkshopRules, load_rules, party_name


def income_changes(*, before: Workshop, after: Workshop) -> list[str]:
    """What each party gains and loses that has another income group on the day that counts: a sentence for each, in the
    active language. Eight queries, whatever the number of parties.
    """
    old, new = load_rules(before), load_rules(after)
    common = sorted(
        (party for key, party in new.party_rows.items() if key in old.parties),
        key=lambda party: party.sort_key,
    )
    return [line for party in common if (line := _line(party.pk, old, new))]


def _covered(rules: WorkshopRules, key: int) -> set[str]:
    """The benefits of a party; what is open to everybody is nobody's to lose."""
    return {
        benefit.code
        for benefit in rules.benefits
        if benefit.kind not in SHARED_KINDS and rules.party_decision(benefit, key).covered
    }


def _line(key: int, old: WorkshopRules, new: WorkshopRules) -> str:
    day = new.workshop.income_date
    group, period = (
        old.parties[key].income_group(old.workshop.income_date),
        new.parties[key].income_period(day),
    )
    if group == (period.group if period else None):
        return ""
    had, has = _covered(old, key), _covered(new, key)
    effects = []
    for words, codes in ((_("loses: %s"), had - has), (_("gains: %s"), has - had)):
        names = [localized(benefit, "name") for benefit in new.benefits if benefit.code in codes]
        if names:
            effects.append(words % ", ".join(names))
    values = {
        "party": party_name(new.party_rows[key]),
        "before": GROUP_NAMES.get(group or "", _("no income group known")),
        "group": GROUP_NAMES[period.group] if period else "",
        "day": date_format(period.valid_from if period else day),
        "effects": "; ".join(effects) or _("no benefit depends on it"),
    }
    if period is None:
        return _("%(party)s: %(before)s until now, none is known for %(day)s; %(effects)s.") % values
    return _("%(party)s: %(group)s since %(day)s, %(before)s before; %(effects)s.") % values
