"""Who looked at what: one row per look at a passport copy or number, per export, per download."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..search.folding import searchable
from ..search.text import Searchable, SearchableQuerySet


class AccessAction(models.TextChoices):
    VIEW = "view", _("looked at")
    DOWNLOAD = "download", _("downloaded")
    EXPORT = "export", _("exported")
    DESTROY = "destroy", _("destroyed")


class AccessRecordQuerySet(SearchableQuerySet["AccessRecord"]):
    """Keeps the search text in updates of many."""


class AccessRecord(Searchable):
    """Written before the answer is made, so that it stands even when the answer fails. Never changed, never personal:
    the subject is named by its code, not by its passport."""

    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    actor = models.CharField(_("acting as"), max_length=150)  # user name, "personal link", or "system"
    action = models.CharField(_("what was done"), max_length=20, choices=AccessAction.choices)
    subject = models.CharField(_("to what"), max_length=200)  # "passport copy of BLZ-4F7K"
    workshop = models.CharField(_("workshop"), max_length=80, blank=True, db_index=True)
    about = models.UUIDField(_("delegate"), null=True, blank=True, db_index=True)
    address = models.GenericIPAddressField(_("from where"), null=True, blank=True)
    reason = models.TextField(_("why"), blank=True)

    SEARCHED = frozenset({"actor", "subject", "reason"})
    objects = AccessRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("access record")
        verbose_name_plural = _("access records")
        ordering = ["-at", "-pk"]
        permissions = [("export_accessrecord", _("Can export the list of looks at personal data"))]

    def __str__(self) -> str:
        return f"{self.actor} {self.get_action_display()} {self.subject}"

    def search_words(self) -> str:
        return searchable(self.actor, self.subject, self.reason)
