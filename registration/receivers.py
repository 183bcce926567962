"""What registration does by itself when a status changes: letters come with an approval and fall with it."""

from django.dispatch import receiver

from .enums import APPROVED, DelegateStatus
from .models import Delegate
from .services.letters import create_letter, void_current_letter
from .signals import status_changed


@receiver(status_changed, sender=Delegate, dispatch_uid="registration.letters")
def follow_status(sender, delegate, change, **kwargs):
    """Approved (again): a new letter. No longer approved: the current letter is void. Runs in the change's transaction."""
    if change.to_status == DelegateStatus.APPROVED:
        create_letter(delegate=delegate, now=change.at, by=change.by, void_reason=change.reason)
    elif change.to_status not in APPROVED and change.from_status in APPROVED:
        void_current_letter(delegate=delegate, reason=change.reason, now=change.at)
