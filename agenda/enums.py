"""The closed vocabularies of the agenda."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ItemKind(TextChoices):
    """What an item is; it decides how the item looks, not how it is counted."""

    SESSION = "session", _("session")
    CEREMONY = "ceremony", _("ceremony")
    BREAK = "break", _("break")
    MEAL = "meal", _("meal")
    SOCIAL = "social", _("social event")


class Audience(TextChoices):
    """Who may read a document."""

    PUBLIC = "public", _("everybody")
    CONFIRMED = "confirmed", _("confirmed delegates only")
