"""The shared modules as a Django app, and the admin site of the portal."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.exceptions import ImproperlyConfigured
from django.core.validators import MaxLengthValidator
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from .registry import unanswered

# In every form. Django's own says in Spanish "fewer than" where the limit itself is allowed.
TOO_LONG = ngettext_lazy(
    "There is room for %(limit_value)d character, and this has %(show_value)d: please shorten it.",
    "There is room for %(limit_value)d characters, and this has %(show_value)d: please shorten it.",
    "limit_value",
)


class PortalConfig(AppConfig):
    name = "rcm_portal"
    label = "portal"
    verbose_name = _("Portal")
    default = True

    def ready(self) -> None:
        from django.contrib.auth.models import Group

        from . import checks, guards, tasks  # noqa: F401 - checks, tasks, inviting, mail_home, own_jobs and signin register themselves
        from .models.keys import make_key_check
        from .search.text import install_indexes
        from .security import roles, signin  # noqa: F401
        from .staff import mail_home, own_jobs  # noqa: F401
        from .staff.accounts import inviting  # noqa: F401

        MaxLengthValidator.message = TOO_LONG
        # Filters, forms, lists and histories name a group by it; Django's own is the row's key.
        Group.add_to_class("__str__", lambda group: roles.name_of(group.name))
        pre_migrate.connect(guards.make_way, dispatch_uid="guards.make_way")
        post_migrate.connect(guards.install_all, dispatch_uid="guards.install_all")
        post_migrate.connect(make_key_check, sender=self, dispatch_uid="keys.make_key_check")
        post_migrate.connect(install_indexes, dispatch_uid="search.install_indexes")
        post_migrate.connect(roles.install_groups, sender=self, dispatch_uid="roles.install_groups")
        if missing := unanswered():
            raise ImproperlyConfigured(f"No app answers these questions: {', '.join(missing)}.")


class PortalAdminConfig(admin_apps.AdminConfig):
    """Django's admin with our own site: a second factor is asked for on every page."""

    default = False
    default_site = "rcm_portal.staff.admin_site.PortalAdminSite"
