"""A portal of real processes that a fault befalls, and the ledger of what it owed and what arrived."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import F

from rcm_portal.models import MailState, OutgoingMail
from registration.models import InvitationLetter
from tests.processes import Process, wait_until
from tests.workers import portal_process

CELERY = ("-m", "celery", "-A", "rcm_portal")
LEASE_SECONDS = 5
PATIENCE = 90  # for machines under load; nothing here takes a tenth of it otherwise


@dataclass
class Portal:
    """Workers and clocks of one test; `environment` is what each of them is given."""

    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)

    def _start(self, *arguments: str, name: str, **extra: str) -> Process:
        process = portal_process(*CELERY, *arguments, name=name, **{**self.environment, **extra})
        self.processes.append(process)
        return process

    def worker(self, name: str = "worker", **extra: str) -> Process:
        """A worker of two processes; it may not be ready yet."""
        arguments = (
            "worker",
            "-c",
            "2",
            "-l",
            "INFO",
            "-n",
            f"{name}@%h",
            "--without-gossip",
            "--without-mingle",
        )
        return self._start(*arguments, name=name, **extra)

    def clock(self, name: str = "beat") -> Process:
        """A beat of its own, as on a machine of its own: its schedule is kept in memory only."""
        arguments = ("beat", "-l", "INFO", "--pidfile=", "-S", "celery.beat:Scheduler")
        return self._start(*arguments, name=name)

    def ready(self, *processes: Process) -> None:
        for process in processes:
            word = " ready." if "worker" in process.command else "beat: Starting"
            process.wait_until(lambda process=process, word=word: word in process.output(), seconds=PATIENCE)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()

    def wait(self, condition, what: str, *, seconds: float = PATIENCE) -> None:
        """Wait for `condition()`; a failure shows the end of the first process's log."""
        wait_until(
            condition, what=what, seconds=seconds, log=self.processes[0].log if self.processes else None
        )


def all_sent() -> bool:
    mails = Counter(OutgoingMail.objects.values_list("state", flat=True))
    return set(mails) == {MailState.SENT.value}


def all_made() -> bool:
    return not InvitationLetter.objects.filter(rendered_at__isnull=True).exists()


def minutes_pass(minutes: int) -> None:
    """Move what waits for its time that much nearer: the tests' clock cannot be moved inside other processes."""
    by = timedelta(minutes=minutes)
    InvitationLetter.objects.filter(rendered_at__isnull=True).update(created_at=F("created_at") - by)
    OutgoingMail.objects.filter(state=MailState.FAILED).update(next_try_at=F("next_try_at") - by)


@dataclass(frozen=True)
class Entry:
    """One line of the table: what one fault did."""

    fault: str
    letters: int
    mails: int
    sent: int
    doubled: int
    lost: int
    numbers_twice: int
    seconds: float


class Ledger:
    """What was due, held against what the mail server took. `due` are (kind, address), each owed exactly once."""

    def __init__(self, smtp, note):
        self.smtp, self.note, self.began = smtp, note, time.monotonic()

    def settle(self, fault: str, *, due: list[tuple[str, str]], letters: int = 0) -> Entry:
        """Write the line of this fault, and fail unless all that was due is there once and arrived at least once."""
        rows = Counter(OutgoingMail.objects.values_list("kind", "to"))
        ids = set(OutgoingMail.objects.values_list("message_id", flat=True))
        taken = Counter(message["Message-ID"] for message in self.smtp.messages)
        numbers = Counter(InvitationLetter.objects.values_list("workshop", "number"))
        entry = Entry(
            fault=fault,
            letters=letters,
            mails=len(due),
            sent=len(ids & set(taken)),
            doubled=sum(taken.values()) - len(taken),
            lost=len(ids - set(taken)) + sum((Counter(due) - rows).values()),
            numbers_twice=sum(count - 1 for count in numbers.values()),
            seconds=time.monotonic() - self.began,
        )
        self.note(entry)
        assert entry.lost == 0
        assert rows == Counter(due), "what was due is not exactly once in the outbox"
        assert set(taken) <= ids, "a mail left that the outbox does not know"
        assert entry.numbers_twice == 0
        made = InvitationLetter.objects.filter(rendered_at__isnull=False, voided_at__isnull=True)
        assert sorted(made.values_list("number", flat=True)) == list(range(1, letters + 1))
        assert made.values("delegate").distinct().count() == letters
        for message in self.smtp.messages:
            assert message.envelope_to == [message["To"]]
        return entry
