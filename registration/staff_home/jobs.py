"""The ways to registration's pages, by what people come to do, and the workshop that they do it for."""

from typing import Any, cast
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rcm_portal.output.i18n import localized
from rcm_portal.staff import jobs, workplace
from rcm_portal.staff.jobs import Job, Way

from .. import perms
from ..enums import DelegateStatus
from ..queries.chosen_workshop import workplaces
from ..services.setting_up.workplace import keep_choice

workplace.choosing.register("registration", keep_choice)


@workplace.workplaces.answer("registration")
def places(user: Any) -> workplace.Workplace:
    """Every workshop, and the one that is worked on; made once a request, as several parts of a page ask."""
    known, now = workplaces(user), timezone.now()
    asked, made = getattr(user, "_places", (None, None))
    if asked is known:
        return cast("workplace.Workplace", made)
    found = {
        each.pk: workplace.Place(
            key=each.pk,
            slug=each.slug,
            name=localized(each, "short_name"),
            is_over=each.is_over(now),
            time_zone=each.time_zone,
            zone_label_es=each.zone_label_es,
            zone_label_en=each.zone_label_en,
        )
        for each in known.workshops
    }
    made = workplace.Workplace(tuple(found.values()), found[known.chosen.pk] if known.chosen else None)
    user._places = known, made
    return made


def page(name: str, **query: str) -> str:
    """The address of a page of registration in the admin."""
    address = reverse(f"admin:registration_{name}")
    return f"{address}?{urlencode(query)}" if query else address


@jobs.ways.answer("registration")
def ways(user: Any) -> list[Way]:
    """What the user may open of registration."""
    found: list[Way] = []

    def add(may: bool, job: Job, label: str, url: str, *pages: str) -> None:
        if may:
            found.append(Way(job, label, url, tuple(f"registration_{name}" for name in pages)))

    sees = perms.may_see_registrations(user)
    decide = page("delegate_changelist", status__exact=DelegateStatus.SUBMITTED)
    add(sees, Job.DECIDE, _("To decide"), decide)
    add(sees, Job.DECIDE, _("All registrations"), page("delegate_changelist"), "delegate_change")
    add(
        perms.may_decide(user),
        Job.DECIDE,
        _("Changed after the approval"),
        page("delegate_changelist", changes="open"),
    )
    twice = ("delegate_duplicates", "delegate_duplicate_pair")
    add(perms.may_decide(user), Job.DECIDE, _("Registered twice?"), page("delegate_duplicates"), *twice)
    add(perms.may_add_registrations(user), Job.DECIDE, _("Add a registration"), page("delegate_add"))

    passports = sees and perms.may_see_passports(user)
    own = ("delegate_passport", "delegate_passport_ask", "delegate_passport_copy")
    add(
        passports,
        Job.PASSPORTS,
        _("Passports to compare"),
        page("delegate_changelist", passport="unchecked"),
        *own,
    )

    add(perms.may_see_letters(user), Job.LETTERS, _("Letters"), page("invitationletter_changelist"))
    add(perms.may_see_scans(user), Job.LETTERS, _("Signed by hand"), page("signedscan_changelist"))
    add(perms.may_see_letters(user), Job.LETTERS, _("Letters for many at once"), page("batch_changelist"))
    add(perms.may_set_up(user), Job.LETTERS, _("Letter texts"), page("lettertext_changelist"))
    add(perms.may_set_up(user), Job.LETTERS, _("Signatures"), page("signatoryimage_changelist"))

    add(
        perms.may_see_delegations(user),
        Job.SEATS,
        _("Delegations and their seats"),
        page("delegation_changelist"),
    )
    waiting = page("delegate_changelist", status__exact=DelegateStatus.WAITLISTED)
    add(sees, Job.SEATS, _("Waiting list"), waiting, "delegate_reorder")

    reminds = perms.may_see_reminders(user)
    add(reminds, Job.MAILS, _("Reminders of the next 14 days"), page("reminder_coming"))
    add(reminds, Job.MAILS, _("Reminders that went out"), page("reminder_changelist"))
    add(
        perms.may_manage_reminders(user), Job.MAILS, _("Rules for reminders"), page("reminderrule_changelist")
    )

    add(perms.may_check_in(user), Job.ARRIVALS, _("Arrivals"), page("delegate_arrivals"))

    practical = perms.may_edit_practical(user) or perms.may_edit_places(user)
    add(practical, Job.DOCUMENTS, _("Practical information"), page("practicalpart_changelist"))
    add(perms.may_edit_practical(user), Job.DOCUMENTS, _("Background"), page("backgroundsection_changelist"))

    sets_up = perms.may_set_up(user)
    if sets_up and (chosen := workplaces(user).chosen):
        url = reverse("admin:registration_workshop_setup", args=[chosen.pk])
        add(True, Job.SET_UP, _("What is still missing"), url)
    add(sets_up, Job.SET_UP, _("Workshops"), page("workshop_changelist"))
    add(sets_up, Job.SET_UP, _("Parties"), page("party_changelist"))
    add(sets_up, Job.SET_UP, _("Income groups"), page("incomeclassification_changelist"))
    destroyed = perms.may_see_destruction_reports(user)
    add(destroyed, Job.PROTECTION, _("What was destroyed"), page("destructionreport_changelist"))
    return found
