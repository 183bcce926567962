"""What logistics does when the data change that its rules read: decides anew, writes down for whom, forgets tables.

Whoever edits such data may say who it was by an attribute `changed_by` of the row; `decided_elsewhere` says that a
service takes the decisions itself.
"""

from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils import timezone

from registration.models import Delegation, IncomeClassification, Party, Workshop

from .documents.who_pays import forget_tables
from .enums import ChangeKind
from .models import Benefit, Payer, ScopeTerm
from .services import decisions
from .services.history import Recording

DAYS = {"starts_on", "income_reference_date"}


def _workshops_to_come(party_id: int) -> list[Workshop]:
    """The workshops still to come or going on at which the party has a delegation."""
    ids = Delegation.objects.filter(party=party_id, workshop__ends_on__gte=timezone.now().date())
    return list(Workshop.objects.filter(pk__in=ids.values("workshop")).order_by("pk"))


def _begin(instance, workshops: list[Workshop]) -> None:
    instance.recording = Recording(workshops) if workshops else None


def _finish(instance, kind: ChangeKind) -> None:
    recording = instance.__dict__.pop("recording", None)
    if recording is None:
        return
    now = timezone.now()
    for workshop in recording.workshops:
        workshop.refresh_from_db(fields=["starts_on", "income_reference_date"])
        decisions.decide(workshop=workshop, now=now)
    recording.finish(kind=kind, by=getattr(instance, "changed_by", None), now=now)


def income_changing(sender, instance, **kwargs) -> None:
    if not getattr(instance, "decided_elsewhere", False):
        _begin(instance, _workshops_to_come(instance.party_id))


def income_changed(sender, instance, **kwargs) -> None:
    """A party's income group decides about its delegations at every workshop still to come or going on."""
    _finish(instance, ChangeKind.INCOME)


def workshop_changing(sender, instance, update_fields=None, **kwargs) -> None:
    """Another first day may be a day of other income groups."""
    if instance.pk is None or getattr(instance, "decided_elsewhere", False):
        return
    if update_fields is not None and not DAYS & set(update_fields):
        return
    was = Workshop.objects.filter(pk=instance.pk).first()
    if was is not None and was.income_date != instance.income_date:
        _begin(instance, [was])


def workshop_changed(sender, instance, **kwargs) -> None:
    _finish(instance, ChangeKind.WORKSHOP)


def party_changing(sender, instance, **kwargs) -> None:
    """A scope may name kinds of party."""
    if instance.pk and Party.objects.filter(pk=instance.pk).exclude(kind=instance.kind).exists():
        _begin(instance, _workshops_to_come(instance.pk))


def party_changed(sender, instance, **kwargs) -> None:
    _finish(instance, ChangeKind.PARTY)


def connect() -> None:
    """Called from the app's `ready`."""
    for signal, receiver, model in (
        (pre_save, income_changing, IncomeClassification),
        (pre_delete, income_changing, IncomeClassification),
        (post_save, income_changed, IncomeClassification),
        (post_delete, income_changed, IncomeClassification),
        (pre_save, workshop_changing, Workshop),
        (post_save, workshop_changed, Workshop),
        (pre_save, party_changing, Party),
        (post_save, party_changed, Party),
    ):
        name = "delete" if signal in (pre_delete, post_delete) else "save"
        signal.connect(receiver, sender=model, dispatch_uid=f"logistics.{receiver.__name__}.{name}")
    for model in (Benefit, ScopeTerm, Payer, Party, IncomeClassification, Delegation, Workshop):
        for signal in (post_save, post_delete):
            signal.connect(forget_tables, sender=model, dispatch_uid=f"logistics.forget.{model.__name__}")
