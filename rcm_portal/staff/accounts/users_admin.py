"""Staff accounts in the admin: an invitation instead of a password, roles instead of flags, and the way back for who has
lost a second factor."""

from typing import TYPE_CHECKING, Any, TypedDict

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ...models import StaffProfile
from ...security.signin import FACTORS
from ..columns import shown_instant
from . import inviting as accounts

# Importing their modules registered them: addresses are not used for signing in, the rows of second factors hold secrets, and
# nothing is stored of signing in with an account of the organisation.
for model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, User):
    admin.site.unregister(model)


INVITATION_WORDS = {
    "accepted": _("accepted, sent on %(at)s"),
    "ended": _("ended, sent on %(at)s"),
    "open": _("not accepted yet, sent on %(at)s"),
}


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class HasFactor(TypedDict):
        has_factor: bool

    Users = UserAdmin[User]
    UserModelForm = forms.ModelForm[User]
else:
    Users = UserAdmin
    UserModelForm = forms.ModelForm


class RoleFields(UserModelForm):
    """What an account's role is, and the language of its mails; a person's address belongs to one account."""

    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        label=_("Role"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What each may do stands in the portal’s handbook; more than one is possible."),
    )
    is_superuser = forms.BooleanField(
        label=accounts.ADMINISTRATOR,
        required=False,
        help_text=_("Invites colleagues, gives roles, and may do everything that each role may."),
    )
    language = forms.ChoiceField(label=_("Language of mails"), choices=settings.LANGUAGES, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["language"] = accounts.language_of(self.instance)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email and accounts.with_address(email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("Another account has this address already."))
        return email


class InvitationForm(RoleFields):
    """Who is invited, and as what. The password is theirs to choose."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "groups", "is_superuser"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_name", "last_name", "email", "language"):
            self.fields[name].required = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("groups") and not cleaned.get("is_superuser") and "groups" not in self.errors:
            self.add_error(
                "groups", gettext("Choose at least one role, or the administration of the portal.")
            )
        return cleaned


class StaffForm(RoleFields, UserChangeForm):  # type: ignore[type-arg]  # of our User
    """An account that is there."""


@admin.register(User)
class StaffAdmin(Users):
    """Accounts, their roles and whether they have a second factor. Only superusers have the permissions for it."""

    form = StaffForm
    add_form = InvitationForm  # Django's own asks for a user name and a password
    add_form_template = None
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email", "language")}),
        (_("Role"), {"fields": ("groups", "is_superuser", "is_active")}),
        (_("Use"), {"fields": ("invitation", "signed_in", "made")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ("first_name", "last_name", "email", "language", "groups", "is_superuser"),
                "description": _(
                    "The portal mails a link by which they choose their own password; then they set up a second factor."
                ),
            },
        ),
    )
    readonly_fields = ("invitation", "signed_in", "made", "user_permissions")
    filter_horizontal = ()
    list_display = [
        "username",
        "full_name",
        "email",
        "group_names",
        "second_factor",
        "is_active",
        "invitation",
        "signed_in",
    ]
    signed_in = shown_instant("last_login", _("last signed in"), of="place")
    made = shown_instant("date_joined", _("account made"), of="place")
    list_filter = ["is_active", "groups", "is_superuser"]
    list_select_related = ["staff_profile"]
    actions = ["send_invitation_again", "remove_second_factor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
        return super().get_queryset(request).annotate(has_factor=Exists(factors)).prefetch_related("groups")

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or "—"

    @admin.display(description=_("Role"))
    def group_names(self, user: User) -> str:
        names = [str(group) for group in user.groups.all()]
        return ", ".join([*names, str(accounts.ADMINISTRATOR)] if user.is_superuser else names)

    @admin.display(description=_("invitation"))
    def invitation(self, user: User) -> str:
        state = accounts.invitation_state(user, now=timezone.now())
        if not state:
            return "—"
        at = date_format(timezone.localtime(user.staff_profile.invited_at), "SHORT_DATE_FORMAT")
        return str(INVITATION_WORDS[state]) % {"at": at}

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Permissions beside the role are given by no page; whoever has some shows them."""
        sets = super().get_fieldsets(request, obj)
        if obj is None or not obj.user_permissions.exists():
            return sets
        return [*sets, (_("Permissions beside the role"), {"fields": ("user_permissions",)})]

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Every account is staff; a new one has no password until its owner sets it."""
        obj.is_staff = True
        if not change:
            obj.username = accounts.user_name_for(obj.email)
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if language := form.cleaned_data.get("language"):
            StaffProfile.objects.update_or_create(user=obj, defaults={"language": language})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The invitation says the role, so it is written once the groups are."""
        super().save_related(request, form, formsets, change)
        if not change:
            accounts.send_invitation(user=form.instance, by=self._officer(request), now=timezone.now())

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": gettext("Invite a colleague")}
        return super().add_view(request, form_url, {**title, **(extra_context or {})})

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: str | None = None
    ) -> HttpResponse:
        self.message_user(
            request,
            gettext("The invitation for %(user)s is on its way to %(email)s.")
            % {"user": obj.get_full_name(), "email": obj.email},
            messages.SUCCESS,
        )
        return self.response_post_save_add(request, obj)

    @staticmethod
    def _officer(request: HttpRequest) -> User:
        assert isinstance(request.user, User)  # noqa: S101 - the admin lets nobody else in
        return request.user

    @admin.action(
        description=_("Send the invitation again (a link sent before ends)"), permissions=["change"]
    )
    def send_invitation_again(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        done = left = 0
        for user in queryset:
            try:
                accounts.send_invitation(user=user, by=self._officer(request), now=timezone.now())
            except accounts.NotInvitable:
                left += 1
            else:
                self.log_change(request, user, "invited again")
                done += 1
        sent = ngettext("%d invitation is on its way.", "%d invitations are on their way.", done)
        self.message_user(request, sent % done, messages.SUCCESS if done else messages.WARNING)
        if left:
            text = ngettext(
                "%d account was left out: it is in use, disabled or without an address.",
                "%d accounts were left out: they are in use, disabled or without an address.",
                left,
            )
            self.message_user(request, text % left, messages.WARNING)

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
