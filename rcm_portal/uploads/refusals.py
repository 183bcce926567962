"""Why a file is refused, in words that say what to do about it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MESSAGES = {
    "empty": _("This file is empty. Please choose the file again, or make a new scan or photo."),
    "too_large": _(
        "This file is larger than %(limit)s MB. Please send a smaller one: scan at 300 dots per inch and save it as JPEG, or "
        "open the photo, take a screenshot of it, and send that."
    ),
    "unsupported_type": _(
        "Only PDF, JPEG, PNG and HEIC files can be accepted, and the name of a PDF must end in .pdf. Please save the document "
        "as a PDF; or open the picture, take a screenshot of it, and send that."
    ),
    "type_mismatch": _(
        "What is in this file does not fit the end of its name. Please open it, save it again as PDF, JPEG or PNG, and "
        "send the new file."
    ),
    "pdf_active_content": _(
        "This PDF holds scripts, forms that act, or other files inside it, which cannot be accepted. Please print it to "
        "a new PDF, or send a photo of the page."
    ),
    "pdf_encrypted": _(
        "This PDF can only be opened with a password. Please save a copy without protection, or send a photo of the page."
    ),
    "too_many_pages": _(
        "This PDF has more than %(limit)s pages. Please send only the pages that are asked for."
    ),
    "too_many_pixels": _(
        "This picture is too large: it has more pixels than can be taken in. Please scan at 300 dots per inch, or take a "
        "photo, and send it as JPEG."
    ),
    "damaged": _(
        "This file is damaged or incomplete and cannot be read. Please make a new scan or photo and send that."
    ),
    "heic_not_opened": _(
        "This HEIC photo could not be opened here. Please send it as JPEG: on an iPhone, open the photo, take a screenshot of "
        "it, and send that; or choose Settings, Camera, Formats, Most Compatible, and take the photo again."
    ),
    "infected": _(
        "The virus scanner found something harmful in this file. Please check your device and send another copy."
    ),
    "scanner_unavailable": _(
        "The file could not be checked for viruses just now, so it was not kept. Please try again in a few minutes."
    ),
}


class UploadRefused(ValidationError):
    """A file that is not accepted. `.code` is one of MESSAGES; `limit` is the number that the message names."""

    def __init__(self, code: str, *, limit: int | None = None):
        super().__init__(MESSAGES[code], code=code, params=None if limit is None else {"limit": limit})
