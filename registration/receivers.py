"""What registration does by itself when a status changes: letters come with an approval and fall with it."""

from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from .enums import APPROVED, Actor, DelegateStatus
from .exceptions import DataDestroyed
from .models import Delegate, Passport, Workshop
from .queries.passports.ticket_name import still_allowed
from .services.letters.doubts import doubt_all_letters, doubt_letters_of
from .services.letters.issuing import create_letter, void_current_letter
from .services.letters.visa_letters import PRINTED, follow_change, void_visa_letter
from .signals import details_changed, status_changed


@receiver(status_changed, sender=Delegate, dispatch_uid="registration.letters")
def follow_status(sender, delegate, change, **kwargs):
    """Approved (again): a new letter. No longer approved: the current letter is void. Runs in the change's transaction."""
    if change.to_status == DelegateStatus.APPROVED:
        create_letter(delegate=delegate, now=change.at, by=change.by, void_reason=change.reason)
    elif change.to_status not in APPROVED and change.from_status in APPROVED:
        void_current_letter(delegate=delegate, reason=change.reason, now=change.at)


@receiver(status_changed, sender=Delegate, dispatch_uid="registration.visa_letters")
def follow_end(sender, delegate, change, **kwargs):
    """No longer approved: the letter for the consulate is void. Staff who did it themselves are not told."""
    if change.to_status in APPROVED or change.from_status not in APPROVED:
        return
    if change.actor == Actor.SECRETARIAT:
        void_visa_letter(delegate=delegate, now=change.at)
    else:
        follow_change(delegate=delegate, now=change.at)


@receiver(details_changed, sender=Delegate, dispatch_uid="registration.visa_letter_words")
def follow_particulars(sender, delegate, fields, now=None, **kwargs):
    """Something that the letter for the consulate says is another now."""
    if fields & PRINTED:
        follow_change(delegate=delegate, now=now or timezone.now())


@receiver(details_changed, sender=Delegate, dispatch_uid="registration.letter_names")
def follow_name(sender, delegate, fields, **kwargs):
    """An invitation letter names its reader."""
    if fields & {"surnames", "given_names"}:
        doubt_letters_of([delegate.pk])


@receiver(post_save, sender=Workshop, dispatch_uid="registration.letter_days")
def follow_days(sender, instance, created, update_fields=None, **kwargs):
    """An invitation letter says when the workshop is, and letters of one that was over may count again."""
    if not created and (update_fields is None or {"starts_on", "ends_on"} & set(update_fields)):
        doubt_all_letters([instance.pk])


@receiver(status_changed, sender=Delegate, dispatch_uid="registration.retention")
def stay_ended(sender, delegate, change, **kwargs):
    """Somebody whose data are destroyed takes no step any more."""
    if delegate.purged_at is not None:
        raise DataDestroyed


@receiver(details_changed, sender=Delegate, dispatch_uid="registration.papers")
def follow_details(sender, delegate, fields, **kwargs):
    """What was confirmed of a passport falls when what it was confirmed of changes: the name on the ticket with the
    names, 'seen and agrees' with the zone (the other particulars are the service's own business)."""
    if not fields & {"surnames", "given_names", "passport.mrz"}:
        return
    passport = Passport.objects.filter(delegate=delegate).first()
    if passport is None:
        return
    if "passport.mrz" in fields:
        passport.verified_at = passport.verified_by = None
    if passport.airline_name and not still_allowed(delegate, passport):
        passport.airline_name, passport.airline_name_confirmed_at = "", None
    passport.save(update_fields=["verified_at", "verified_by", "airline_name", "airline_name_confirmed_at"])
