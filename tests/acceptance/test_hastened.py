"""What is left to a worker is asked for at once, by its key: the sweeps would find it too, minutes later."""

import pytest
from django.db import transaction

from agenda.models import AgendaVersion
from rcm_portal.models import OutgoingMail
from registration.models import Acceptance, Batch, InvitationLetter, Message, PassportCopy, VisaLetter
from registration.services.registering import replace_passport_copy
from tests import accounts
from tests.factories import DelegateFactory
from tests.rcm_portal.test_registry import hastened

from .beside import DECISIONS
from .guards.registering import COPY
from .signed import NOW

SEND = "rcm_portal.tasks.send_mail"
# Whose keys each task takes.
ABOUT = {
    "agenda.tasks.print_programme": AgendaVersion,
    "registration.tasks.issue_letter": InvitationLetter,
    "registration.tasks.make_visa_letter": VisaLetter,
    "registration.tasks.read_passport": PassportCopy,
    "registration.tasks.run_batch": Batch,
    "registration.tasks.run_message": Message,
    "registration.tasks.seal_acceptance": Acceptance,
    SEND: OutgoingMail,
}
DRAFTED = "registration.tasks.run_message"  # a message is there before it is sent
IN_ONE_SWEEP = "rcm_portal.tasks.sweep_outbox"  # of more mails than a few; see tests/portal/test_mail.py
# What a decision asks for besides the sending of its mails.
LEFT_TO_A_WORKER = {
    "agenda/services/editing:publish": {"agenda.tasks.print_programme"},
    "registration/services/batches:begin_batch": {"registration.tasks.run_batch", "registration.tasks.issue_letter"},
    "registration/services/batches:run_batch": {"registration.tasks.issue_letter"},
    "registration/services/batches:start_batch": {"registration.tasks.run_batch"},
    "registration/services/decisions:approve": {"registration.tasks.issue_letter"},
    "registration/services/letters/issuing:reissue_letter": {"registration.tasks.issue_letter"},
    "registration/services/letters/renewing:renew_letter": {"registration.tasks.issue_letter"},
    "registration/services/letters/signing:confirm_scan": {"registration.tasks.seal_acceptance"},
    "registration/services/letters/signing:enter_signed": {"registration.tasks.seal_acceptance"},
    "registration/services/letters/visa_letters:issue_visa_letter": {"registration.tasks.make_visa_letter"},
    "registration/services/passport_checks:agree_and_approve": {"registration.tasks.issue_letter"},
    "registration/services/writing/messages:send": {"registration.tasks.run_message"},
    "a new passport copy": {"registration.tasks.read_passport"},
}  # fmt: skip


def new_copy():
    person = DelegateFactory()
    return lambda by, now: replace_passport_copy(delegate=person, copy=COPY, now=now)


def keys_of_all():
    return {task: set(model.objects.values_list("pk", flat=True)) for task, model in ABOUT.items()}


@pytest.fixture
def handed(monkeypatch):
    """Every task that was given to the broker, with its arguments."""
    tasks = []
    monkeypatch.setattr("rcm_portal.dispatch.hasten", lambda task, *args: tasks.append((task, *args)))
    return tasks


@pytest.mark.django_db
def test_each_decision_asks_at_once_for_what_it_leaves_to_a_worker(
    in_time, settings, handed, django_capture_on_commit_callbacks
):
    settings.SEAL_CERTIFICATE = settings.SEAL_KEY = "set, for sealing to be due"
    officer = accounts.make_staff(username="the-officer")
    faults, asked = {}, {}
    for name, make in sorted({**DECISIONS, "a new passport copy": new_copy}.items()):
        with transaction.atomic():
            decide, before = make(), keys_of_all()
            with django_capture_on_commit_callbacks(execute=True):
                handed.clear()
                decide(officer, NOW)
            new = {task: keys - before[task] for task, keys in keys_of_all().items()}
            due = OutgoingMail.objects.filter(pk__in=new[SEND], sent_at=None, next_try_at__lte=NOW)
            sent = [key for task, key in handed if task == SEND]
            # What the same decision erases again is handed over all the same.
            if not set(due.values_list("pk", flat=True)) <= set(sent) or len(set(sent)) < len(sent):
                faults[name] = f"{due.count()} mails, handed over: {handed}"
            asked[name] = {task for task, _key in handed} - {SEND}
            if others := [task for task, key in handed if task != DRAFTED and key not in new[task]]:
                faults[name] = f"{others} of what was there before"
            transaction.set_rollback(True)
    assert faults == {}
    assert {name: tasks for name, tasks in asked.items() if tasks} == LEFT_TO_A_WORKER


def test_every_task_that_is_asked_for_is_asked_for_by_something_here():
    assert hastened() == {*ABOUT, IN_ONE_SWEEP}
