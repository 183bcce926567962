"""Staff accounts in the admin: Django's own page, and the way back for who has lost a second factor."""

from typing import TYPE_CHECKING, TypedDict

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..security.signin import FACTORS

# Importing their modules registered them: addresses are not used for signing in, and the rows of second factors hold secrets.
for model in (EmailAddress, Authenticator, User):
    admin.site.unregister(model)


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class HasFactor(TypedDict):
        has_factor: bool

    Users = UserAdmin[User]
else:
    Users = UserAdmin


@admin.register(User)
class StaffAdmin(Users):
    """Accounts, their groups and whether they have a second factor. Only superusers have the permissions for it."""

    list_display = [
        "username",
        "first_name",
        "last_name",
        "email",
        "group_names",
        "second_factor",
        "is_active",
        "last_login",
    ]
    list_filter = ["is_active", "groups", "is_superuser"]
    actions = ["remove_second_factor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
        return super().get_queryset(request).annotate(has_factor=Exists(factors)).prefetch_related("groups")

    @admin.display(description=_("groups"))
    def group_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    @admin.display(description=_("second factor"), boolean=True, ordering="has_factor")
    def second_factor(self, user: "WithAnnotations[User, HasFactor]") -> bool:
        return user.has_factor

    @admin.action(
        description=_("Remove the second factor (a lost phone): it is set up anew at the next sign-in"),
        permissions=["change"],
    )
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        people = list(queryset)
        Authenticator.objects.filter(user__in=people).delete()
        for person in people:
            self.log_change(request, person, "second factor removed")
        text = ngettext(
            "%d account has no second factor now.", "%d accounts have no second factor now.", len(people)
        )
        self.message_user(request, text % len(people), messages.SUCCESS)
