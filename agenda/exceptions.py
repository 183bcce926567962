"""What can go wrong when the agenda is changed; each message is for the person who tried."""

from django.utils.translation import gettext_lazy as _


class AgendaError(Exception):
    """Base of the agenda's refusals; `message` is translated and says what to do."""

    message = _("The agenda could not be changed.")

    def __str__(self):
        return str(self.message)


class NothingToPublish(AgendaError):
    message = _("The draft has no items: add at least one before you publish.")


class DraftChanged(AgendaError):
    message = _(
        "Somebody else has changed the draft since you opened this page. Look at it again, then repeat your change."
    )


class LeavesItsDay(AgendaError):
    message = _(
        "This would move an item to another day. Choose fewer minutes, or move that item by itself first."
    )


class EndsBeforeItStarts(AgendaError):
    message = _("An item must end after it starts.")
