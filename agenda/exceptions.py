"""What can go wrong when the agenda is changed; each message is for the person who tried."""

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class AgendaError(Exception):
    """Base of the agenda's refusals; `message` is translated and says what to do."""

    message: str | Promise = _("The agenda could not be changed.")

    def __str__(self) -> str:
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


class NothingToTell(AgendaError):
    message = _("Nothing changed since the version before, or there was none: there is nothing to tell.")


class NobodyToTell(AgendaError):
    message = _("No delegate is confirmed yet: there is nobody to tell. You can write the mails later.")


class AlreadyTold(AgendaError):
    message = _("The mails about this version have been written already.")


class DocumentRefused(ValidationError):
    """A file that is not accepted as a document; `.code` is one of MESSAGES, each of which says what to do."""

    MESSAGES = {
        "unsupported_type": _(
            "Only PDF, Word (.docx) and PowerPoint (.pptx) files can be offered. Please save it as one of these."
        ),
        "type_mismatch": _(
            "What is in this file does not fit the end of its name. Please open it, save it again and send the new file."
        ),
        "damaged": _(
            "This file is damaged or unusual and cannot be read. Please open it, save it again, or save it as PDF."
        ),
        "encrypted": _("This file is protected by a password. Please save a copy without protection."),
        "active": _(
            "This file holds macros, embedded files or references to other files, which could harm its readers. "
            "Please save it as PDF and send that."
        ),
    }

    def __init__(self, code: str):
        super().__init__(self.MESSAGES[code], code=code)
