"""What waits for the Secretariat and for Reception, each count with the list that bears it out."""

from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rcm_portal.output.dates import days_in_words
from rcm_portal.output.i18n import localized
from rcm_portal.staff import archive
from rcm_portal.staff import home as desks
from rcm_portal.staff.home import Desk, Item, Tone
from rcm_portal.templatetags.portal import until

from .. import perms
from ..enums import UNDECIDED, DelegateStatus, ReminderOutcome, ScanState, Source
from ..models import (
    Delegate,
    DestructionReport,
    DetailChange,
    InvitationLetter,
    Reminder,
    SignedScan,
    Workshop,
)
from ..models.delegates import PASSPORT_TO_COMPARE
from ..queries.archive import in_archive
from ..queries.arrivals import expected
from ..queries.progress import delegations_with_seats, undecided_pairs
from ..queries.reminder_plan import number_coming, open_workshops

archive.in_archive.register("registration", in_archive)

SHOWN_AFTER_THE_END = timedelta(days=7)
ARRIVALS_SHOWN_BEFORE = timedelta(days=3)


def current_workshops(desk: Desk) -> QuerySet[Workshop]:
    """The workshop that the desk names, over or not; else those that staff still work on, the next one first."""
    if desk.workshop:
        return Workshop.objects.filter(slug=desk.workshop)
    return Workshop.objects.going_on(desk.now, grace=SHOWN_AFTER_THE_END).order_by("starts_on", "pk")


WALKED_IN = Q(source=Source.WALK_IN, status__in=UNDECIDED)


@desks.headings.answer("registration.headings")
def headings(desk: desks.Desk) -> list[desks.Heading]:
    return [_heading(workshop, desk) for workshop in current_workshops(desk)]


def _heading(workshop: Workshop, desk: Desk) -> desks.Heading:
    words = (
        _("Registration is open until %(when)s.")
        if workshop.is_open(desk.now)
        else _("Registration closed on %(when)s.")
    )
    closes = words % {"when": until(workshop.deadline, workshop)}
    days = days_in_words(workshop.starts_on, workshop.ends_on)
    last_day = timezone.localdate(workshop.last_moment, workshop.zone)
    return desks.Heading(workshop.slug, localized(workshop, "short_name"), f"{days}. {closes}", last_day)


def listed(name: str, **query) -> str:
    """The address of a list of the admin, narrowed."""
    return f"{reverse(f'admin:registration_{name}_changelist')}?{urlencode(query)}"


@desks.waiting.answer("registration.people")
def people(desk: desks.Desk) -> list[Item]:
    """Registrations to decide and passports to compare, in one query."""
    if not perms.may_see_registrations(desk.user):
        return []
    counts = (
        Delegate.objects.filter(workshop__in=current_workshops(desk))
        .order_by()
        .values_list("workshop", "workshop__slug")
        .annotate(
            decide=Count("pk", filter=Q(status=DelegateStatus.SUBMITTED)),
            decide_since=Min("submitted_at", filter=Q(status=DelegateStatus.SUBMITTED)),
            unchecked=Count("pk", filter=PASSPORT_TO_COMPARE),
            unchecked_since=Min("passport_copy__uploaded_at", filter=PASSPORT_TO_COMPARE),
            at_the_door=Count("pk", filter=WALKED_IN),
            at_the_door_since=Min("submitted_at", filter=WALKED_IN),
        )
    )
    found = []
    for pk, slug, decide, decide_since, passports, passports_since, walked_in, walked_in_since in counts:
        this = {"workshop__id__exact": pk}
        url = listed("delegate", **this, status__exact=DelegateStatus.SUBMITTED)
        label, action = _("registrations to decide"), _("Decide")
        found.append(Item(slug, 10, label, decide, url, since=decide_since, action=action))
        url = listed("delegate", **this, source__exact=Source.WALK_IN, status__in=",".join(UNDECIDED))
        label = _("people registered at the door, to decide")
        found.append(Item(slug, 9, label, walked_in, url, since=walked_in_since, action=action))
        if perms.may_see_passports(desk.user):
            url = listed("delegate", **this, passport="unchecked")
            label, action = _("passports to compare"), _("Compare")
            found.append(Item(slug, 20, label, passports, url, since=passports_since, action=action))
    return found


@desks.waiting.answer("registration.changes")
def changes(desk: desks.Desk) -> list[Item]:
    """What delegates changed after their approval, or wish for; one query."""
    if not perms.may_decide(desk.user):
        return []
    counts = (
        DetailChange.objects.waiting()
        .filter(delegate__workshop__in=current_workshops(desk))
        .order_by()
        .values_list("delegate__workshop", "delegate__workshop__slug")
        .annotate(people=Count("delegate", distinct=True), since=Min("at"))
    )
    label = _("people who changed something after the approval")
    return [
        Item(slug, 14, label, people, listed("delegate", workshop__id__exact=pk, changes="open"), since=since)
        for pk, slug, people, since in counts
    ]


@desks.waiting.answer("registration.duplicates")
def duplicates(desk: desks.Desk) -> list[Item]:
    """Pairs of registrations that look like one person's, since the later of the two came; three queries."""
    if not perms.may_decide(desk.user):
        return []
    found = undecided_pairs(workshop__in=current_workshops(desk))
    people = {key for each in found for key in (each.pair.first, each.pair.second)}
    came = dict(Delegate.objects.filter(pk__in=people).values_list("pk", "submitted_at"))
    seen: dict[str, list[datetime]] = {}
    for each in found:
        seen.setdefault(each.workshop, []).append(max(came[each.pair.first], came[each.pair.second]))
    page, label = reverse("admin:registration_delegate_duplicates"), _("people registered twice?")
    return [
        Item(slug, 25, label, len(since), f"{page}?{urlencode({'workshop': slug})}", since=min(since))
        for slug, since in seen.items()
    ]


@desks.waiting.answer("registration.letters")
def letters(desk: desks.Desk) -> list[Item]:
    """Letters that could not be made, were declined, or were not accepted in time; one query."""
    if not perms.may_see_letters(desk.user):
        return []
    every = InvitationLetter.objects.filter(workshop__in=current_workshops(desk))
    not_made, declined, late = (
        Q(pk__in=these.values("pk")) for these in (every.not_made(), every.declined(), every.late(desk.now))
    )
    counts = (
        every.current()
        .with_until()
        .order_by()
        .values_list("workshop", "workshop__slug")
        .annotate(
            problems=Count("pk", filter=not_made),
            not_made_since=Min("created_at", filter=not_made),
            declined=Count("pk", filter=declined),
            declined_since=Min("rendered_at", filter=declined),
            late=Count("pk", filter=late),
            late_since=Min("until", filter=late),
        )
    )
    found = []
    for pk, slug, *numbers in counts:
        for (order, label, state, tone), (number, since) in zip(
            (
                (40, _("letters that could not be made"), "problem", Tone.FAILED),
                (45, _("letters declined"), "declined", Tone.TODO),
                (60, _("letters not accepted in time"), "late", Tone.LATE),
            ),
            batched(numbers),
            strict=True,
        ):
            url = listed("invitationletter", workshop__id__exact=pk, state=state)
            found.append(Item(slug, order, label, number, url, tone, since=since))
    return found


def batched(numbers: list) -> list[tuple]:
    """Count and since, as they stand beside each other in a row."""
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@desks.waiting.answer("registration.destruction")
def not_destroyed(desk: desks.Desk) -> list[Item]:
    """What the last purge found to be gone, or could not destroy; one query. It runs daily, and tells it each time anew."""
    if not perms.may_see_destruction_reports(desk.user):
        return []
    last = DestructionReport.objects.filter(at__gt=desk.now - timedelta(hours=36)).first()
    if last is None:
        return []
    words = _("files that are gone, or data that were not destroyed: see the last report")
    url = reverse("admin:registration_destructionreport_change", args=[last.pk])
    return [Item("", 95, words, len(last.lost) + len(last.left), url, Tone.FAILED)]


@desks.waiting.answer("registration.scans")
def scans(desk: desks.Desk) -> list[Item]:
    """Letters signed by hand that somebody has to look at; one query."""
    if not perms.may_see_scans(desk.user):
        return []
    counts = (
        SignedScan.objects.waiting()
        .filter(letter__workshop__in=current_workshops(desk))
        .order_by()
        .values_list("letter__workshop", "letter__workshop__slug")
        .annotate(number=Count("pk"), since=Min("at"))
    )
    label = _("letters signed by hand to look at")
    return [
        Item(
            slug,
            15,
            label,
            number,
            listed("signedscan", letter__workshop__id__exact=pk, state=ScanState.WAITING),
            since=since,
        )
        for pk, slug, number, since in counts
    ]


@desks.waiting.answer("registration.reminders")
def reminders(desk: desks.Desk) -> list[Item]:
    """What could not be written; and of one workshop, what goes out by itself."""
    if not perms.may_see_reminders(desk.user):
        return []
    failed = (
        Reminder.objects.filter(outcome=ReminderOutcome.FAILED, rule__workshop__in=current_workshops(desk))
        .order_by()
        .values_list("rule__workshop", "rule__workshop__slug")
        .annotate(number=Count("pk"), since=Min("at"))
    )
    found = []
    label = _("reminders that could not be written")
    for pk, slug, number, since in failed:
        url = listed("reminder", outcome__exact=ReminderOutcome.FAILED, rule__workshop__id__exact=pk)
        found.append(Item(slug, 85, label, number, url, Tone.FAILED, since=since))
    if desk.workshop and (workshop := open_workshops(desk.now).filter(slug=desk.workshop).first()):
        number = number_coming(workshop, now=desk.now)
        url = f"{reverse('admin:registration_reminder_coming')}?{urlencode({'workshop': workshop.slug})}"
        label = _("reminders that go out in the next 14 days")
        found.append(Item(workshop.slug, 90, label, number, url, Tone.CALM, always=True))
    return found


@desks.waiting.answer("registration.focal_points")
def focal_points(desk: desks.Desk) -> list[Item]:
    """While registration is open: delegations with free seats of which nobody can be reminded."""
    if not perms.may_change_delegations(desk.user):
        return []
    silent = delegations_with_seats(
        None,
        workshop__in=current_workshops(desk).filter(deadline__gt=desk.now),
        accepts_registrations=True,
        seat_limit__isnull=False,
        focal_point_email="",
    ).filter(free_seats__gt=0)
    counts = Counter(silent.order_by().values_list("workshop", "workshop__slug"))
    label = _("delegations with free seats and no focal point’s e-mail")
    return [
        Item(slug, 70, label, number, listed("delegation", workshop__id__exact=pk, focal_point="none"))
        for (pk, slug), number in counts.items()
    ]


@desks.waiting.answer("registration.arrivals")
def arrivals(desk: desks.Desk) -> list[Item]:
    """Who is expected at the desk and who has arrived: always for who stands there, in the last days for the Secretariat."""
    if not perms.may_check_in(desk.user):
        return []
    workshops = current_workshops(desk)
    if perms.may_see_registrations(desk.user):
        workshops = workshops.filter(starts_on__lte=(desk.now + ARRIVALS_SHOWN_BEFORE).date())
    counts = (
        expected(workshop__in=workshops)
        .order_by()
        .values_list("workshop__slug")
        .annotate(all=Count("pk"), here=Count("pk", filter=Q(arrived=True)))
    )
    by_slug = {slug: (everybody, here) for slug, everybody, here in counts}
    page = reverse("admin:registration_delegate_arrivals")
    found = []
    for slug in workshops.values_list("slug", flat=True):
        everybody, here = by_slug.get(slug, (0, 0))
        for order, label, number, show in (
            (95, _("people expected, not arrived yet"), everybody - here, "expected"),
            (96, _("people who have arrived"), here, "arrived"),
        ):
            url = f"{page}?{urlencode({'workshop': slug, 'show': show})}"
            found.append(Item(slug, order, label, number, url, Tone.CALM, always=True))
    return found
