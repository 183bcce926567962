"""The ways to a message: from a selection, from everybody in a filtered list, and from a delegation."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ... import perms
from ...exceptions import RegistrationError
from ...models import Delegate, Delegation
from ...services.writing.messages import begin
from ..asking import Offer


def begin_for(request: HttpRequest, people: Iterable[Delegate | Delegation], back: str) -> HttpResponse:
    """A draft to these people and the way to its page; a refusal leads back."""
    try:
        message = begin(people=people, by=request.user, now=timezone.now())
    except RegistrationError as refused:
        messages.error(request, str(refused.message))
        return redirect(back)
    return redirect("admin:registration_message_change", message.pk)


class Writes(admin.ModelAdmin):
    """What the lists share."""

    def has_write_permission(self, request: HttpRequest) -> bool:
        return perms.may_write(request.user)

    def _may(self, request: HttpRequest) -> None:
        if not self.has_write_permission(request):
            raise PermissionDenied


class WritesToDelegates(Writes):
    """The list of registrations: to those who are ticked, or to everybody whom its filters leave."""

    @admin.action(description=_("Write to the selected people…"), permissions=["write"])
    def write_to_selected(self, request, queryset):
        return begin_for(request, of_list(queryset), request.get_full_path())

    def get_urls(self):
        view = self.admin_site.admin_view(require_POST(self.write_to_list))
        return [path("write/", view, name="registration_delegate_write"), *super().get_urls()]

    def write_to_list(self, request: HttpRequest) -> HttpResponse:
        """To everybody in the list, on all its pages: its address says how it is filtered and what is searched for."""
        self._may(request)
        back = reverse("admin:registration_delegate_changelist")
        try:
            people = of_list(self.get_changelist_instance(request).queryset)
        except IncorrectLookupParameters:
            return redirect(f"{back}?e=1")
        return begin_for(request, people, f"{back}?{request.GET.urlencode()}")


def of_list(queryset) -> Iterable[Delegate]:
    """The people of a list, without what its columns read of them."""
    return Delegate.objects.filter(pk__in=list(queryset.order_by().values_list("pk", flat=True)))


class WritesToDelegations(Writes):
    """The list of delegations: to the focal points of those that are ticked; the page of one: to its people too."""

    @admin.action(description=_("Write to the focal points…"), permissions=["write"])
    def write_to_focal_points(self, request, queryset):
        return begin_for(request, queryset, request.get_full_path())

    @admin.action(description=_("Write to the people of these delegations…"), permissions=["write"])
    def write_to_people(self, request, queryset):
        people = Delegate.objects.filter(delegation__in=[delegation.pk for delegation in queryset])
        return begin_for(request, people, request.get_full_path())

    def get_urls(self):
        view = self.admin_site.admin_view(require_POST(self.write))
        return [
            path("<int:pk>/write/<slug:whom>/", view, name="registration_delegation_write"),
            *super().get_urls(),
        ]

    def write(self, request: HttpRequest, pk: int, whom: str) -> HttpResponse:
        """To the focal point of one delegation, or to its people."""
        self._may(request)
        delegation = get_object_or_404(Delegation, pk=pk)
        people = {"focal-point": [delegation], "people": Delegate.objects.filter(delegation=delegation)}.get(
            whom
        )
        if people is None:
            raise Http404
        return begin_for(request, people, reverse("admin:registration_delegation_change", args=[pk]))


def offers(request: HttpRequest, delegation: Delegation) -> list[Offer]:
    """The buttons on the page of a delegation."""
    if not perms.may_write(request.user):
        return []
    labels = {"focal-point": _("Write to the focal point"), "people": _("Write to its people")}
    return [
        Offer(reverse("admin:registration_delegation_write", args=[delegation.pk, whom]), label, False)
        for whom, label in labels.items()
    ]
