"""The delegate's own page: where the registration stands, the one next step, the list, and everything else behind it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from rcm_portal.registry import joined

from ..documents.practical import told
from ..enums import ENDED, Actor, DelegateStatus
from ..models import Delegate, LetterRefusal, SealedLetter, VisaLetter
from ..queries import participants
from ..queries.own_page import own_facts
from ..queries.passports.panel import own_papers
from ..queries.practical import parts_for
from ..queries.progress import accept_until, current_letter, with_progress
from ..questions import Owed, delegate_panels, owed_items
from ..rules import todo
from ..rules.status_words import (
    LINE_LABELS,
    STEP_WORDS,
    TAKE_FREE_SEAT,
    TASK_HELP,
    history_words,
    next_words,
    status_words,
)
from ..rules.todo import Line, Owing, Own, SeatStep, State, Task
from ..rules.workflow import Verb, possible
from ..services.letters.signing import LetterOutdated, why_not_acceptable
from ..services.registering import timeline_of
from ..services.seat_limit import free_seats
from ..services.transitions import DELEGATE, can_change
from .delegate import own_page

# Where something is done, by the code of its line. What is posted is done by the button itself.
PAGES = {
    Owing.PASSPORT: "registration:passport",
    Owing.NO_REIMBURSEMENT: "registration:edit",
    Owing.LETTER: "registration:sign",
    Task.TICKET_NAME: "registration:ticket_name",
    Task.VISA: "registration:passport",
}
POSTED = {
    Owing.EMAIL: "registration:confirm",
    SeatStep.COME_BACK: "registration:confirm",
    SeatStep.TAKE: "registration:take_seat",
    SeatStep.ASK: "registration:take_seat",
}
STAYS_OPEN = (Owing.PASSPORT, Task.TICKET_NAME, Task.VISA)  # its page is of use when it is done, too


@dataclass(frozen=True)
class ShownTask:
    """One line of the list. `state` is a `todo.State`; `url` is "" where there is nothing to open."""

    label: str | Promise
    state: State
    url: str
    due_day: date | None
    help: str | Promise = ""


@dataclass(frozen=True)
class Step:
    """The next step: its button, and why. `posts`: the button does it itself."""

    label: str | Promise
    why: str | Promise
    url: str
    due: datetime | None
    posts: bool
    code: str


def tasks_of(
    own: Own, elsewhere: dict[str, Owed], address: "Address", now: datetime, zone: ZoneInfo
) -> list[ShownTask]:
    """Everything asked of this delegate, and what it waits for; days are those of `zone`."""
    tasks = []
    first = todo.next_step(own, now)
    for line in todo.lines(own, now):
        item = elsewhere.get(line.code)
        page = item.url_name if item else PAGES.get(line.code, "")
        opens = line.state == State.TODO or (
            line.state == State.DONE and (item is not None or line.code in STAYS_OPEN)
        )
        label = item.label if item else LINE_LABELS[line.code]
        help_text = TASK_HELP.get((line.code, line.state), "")
        # The day of the next step stands with it, above the list.
        due = (
            timezone.localdate(line.due - timedelta(minutes=1), zone) if line.due and line != first else None
        )
        tasks.append(ShownTask(label, line.state, address(page) if page and opens else "", due, help_text))
    return tasks


def step_of(line: Line, elsewhere: dict[str, Owed], address: "Address", *, seat_is_free: bool) -> Step:
    """The next step in words, with where its button leads."""
    item = elsewhere.get(line.code)
    if item:
        return Step(item.label, item.help, address(item.url_name), line.due, posts=False, code=line.code)
    why, label = STEP_WORDS[line.code]
    if line.code == SeatStep.ASK and seat_is_free:
        label = TAKE_FREE_SEAT
    posts = line.code in POSTED
    name = POSTED[line.code] if posts else PAGES[line.code]
    return Step(label, why, address(name), line.due, posts, line.code)


class Address:
    """The addresses of one delegate's own pages."""

    def __init__(self, delegate: Delegate, token: str):
        self.arguments = [delegate.workshop.slug, token]

    def __call__(self, name: str) -> str:
        return reverse(name, args=self.arguments)


@require_safe
@own_page
def my(request: HttpRequest, delegate: Delegate, token: str) -> HttpResponse:
    delegate = with_progress(Delegate.objects.filter(pk=delegate.pk)).get()
    workshop, now = delegate.workshop, timezone.now()
    letter = current_letter(delegate)
    scan = letter.scans.first() if letter else None
    declined = LetterRefusal.objects.standing().filter(letter=letter).last() if letter else None
    acceptance = getattr(letter, "acceptance", None)
    papers = own_papers(delegate, now)
    visa_letter = VisaLetter.objects.filter(delegate=delegate).order_by("-version").first()
    asked = joined(answer(delegates=[delegate]) for answer in owed_items).get(delegate.pk, [])
    own = own_facts(delegate, now, papers=papers, elsewhere=asked, visa_letter=visa_letter)
    refused = why_not_acceptable(delegate, letter, now) if letter else None
    if isinstance(refused, LetterOutdated):  # it is made anew
        own = replace(own, facts=replace(own.facts, letter_sent=False))
    panels = list(filter(None, (answer(delegate=delegate, token=token) for answer in delegate_panels)))
    panels.sort(key=lambda panel: panel.order)
    context = {
        "workshop": workshop,
        "delegate": delegate,
        "token": token,
        "now": now,
        **standing(delegate, own, {item.code: item for item in asked}, token, now),
        "timeline": timeline(delegate),
        "papers": papers,
        "practical": told(workshop, parts_for(delegate)),
        "panels": [panel for panel in panels if not panel.folded],
        "folded_panels": [panel for panel in panels if panel.folded],
        "letter": letter,
        "letter_can_be_accepted": letter is not None and refused is None and not own.facts.scan_waiting,
        "accept_until": accept_until(delegate, letter) if letter else None,
        "acceptance": acceptance,
        "scan": scan,
        "declined": declined,
        # What was done with the letter and is not over is said in sight; its files are behind its title.
        "letter_in_sight": acceptance is None and bool(declined or scan),
        "sealed": SealedLetter.objects.filter(acceptance__letter=letter).first() if letter else None,
        "visa_letter": visa_letter,
        "passport_copy": getattr(delegate, "passport_copy", None),
        "can_edit": can_change(delegate, by=DELEGATE, now=now),
        "asks_to_be_listed": delegate.listed_at is not None or participants.may_be_listed(delegate),
        "sees_participants": participants.may_see(delegate),
        "can_cancel": Verb.CANCEL in possible(delegate.status, Actor.DELEGATE),
    }
    return render(request, "registration/delegate.html", context)


def standing(delegate: Delegate, own: Own, elsewhere: dict[str, Owed], token: str, now: datetime) -> dict:
    """Where the registration stands, in words; the list; and the one button that matters now, or what comes next."""
    address = Address(delegate, token)
    waiting = delegate.status == DelegateStatus.WAITLISTED
    letter = todo.letter_of(own.facts, now)
    line = todo.next_step(own, now)
    seat_is_free = line is not None and line.code == SeatStep.ASK and bool(free_seats(delegate.delegation))
    return {
        "status_text": status_words(
            delegate.status,
            offered=own.offered,
            in_line=own.in_line,
            let_go=own.let_go,
            letter=letter,
        ),
        "place_in_line": delegate.waiting_position if waiting and not own.offered else None,
        "tasks": tasks_of(own, elsewhere, address, now, delegate.workshop.zone),
        "step": step_of(line, elsewhere, address, seat_is_free=seat_is_free) if line else None,
        "write_to_us": letter == todo.Letter.LATE or delegate.status in ENDED or own.over,
        "next_text": "" if line else next_words(delegate.status, letter=letter, over=own.over),
        "offered_until": delegate.seat_offer_until if waiting and own.offered else None,
        "confirm_by": delegate.confirm_by,
    }


def timeline(delegate: Delegate) -> list[dict]:
    """The delegate's own history in plain words; staff are not named."""
    events = []
    for change in reversed(timeline_of(delegate)):
        text, reason = history_words(verb=change.verb, to_status=change.to_status, reason=change.reason)
        events.append({"at": change.at, "text": text, "reason": reason})
    return events
