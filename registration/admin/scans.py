"""Letters signed by hand: staff look at the scan, each look recorded, and confirm or refuse it."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from rcm_portal.files import downloads
from rcm_portal.files.page_pictures import PageNotDrawn, page_picture
from rcm_portal.files.storage import read_private
from rcm_portal.models import AccessAction
from rcm_portal.security.access_log import record_access
from rcm_portal.staff.columns import shown_instant
from rcm_portal.staff.read_only import ReadOnlyAdmin
from rcm_portal.uploads import EXTENSIONS

from .. import perms
from ..enums import ScanState
from ..exceptions import RegistrationError
from ..models import SignedScan
from ..services.letters.scans import refuse_scan
from ..services.letters.signing import confirm_scan
from ..services.transitions import staff


class RefusalForm(forms.Form):
    """Why a scan is refused; the delegate reads it."""

    reason = forms.CharField(
        label=_("Why it is refused. The delegate reads this."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class StateFilter(admin.SimpleListFilter):
    """The states; a scan of a letter that is void or accepted waits for nobody."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return ScanState.choices

    def queryset(self, request, queryset):
        match self.value():
            case ScanState.WAITING:
                return queryset.waiting()
            case value if value in ScanState.values:
                return queryset.filter(state=value)
        return queryset


@admin.register(SignedScan)
class SignedScanAdmin(ReadOnlyAdmin):
    list_display = ["reference", "delegate", "party", "received", "tag", "decided_by"]
    list_display_links = ["reference"]
    workshop_path = "letter__workshop"
    list_filter = [StateFilter]
    list_select_related = ["letter__delegate__delegation__party", "letter__workshop", "decided_by"]
    search_fields = ["letter__delegate__search_text", "letter__reference"]
    search_as_typed = ["letter__reference"]
    list_per_page = 50

    received = shown_instant("at", _("received"), of="letter.workshop")

    @admin.display(description=_("reference"), ordering="letter__reference")
    def reference(self, scan):
        return scan.letter

    @admin.display(description=_("delegate"), ordering="letter__delegate__surnames")
    def delegate(self, scan):
        return scan.letter.delegate

    @admin.display(description=_("party"), ordering="letter__delegate__delegation__party__sort_key")
    def party(self, scan):
        return scan.letter.delegate.delegation.party.short_name

    @admin.display(description=_("state"), ordering="state")
    def tag(self, scan):
        kind = {ScanState.WAITING: "warning", ScanState.CONFIRMED: "ok"}.get(scan.state, "bad")
        return format_html('<span class="tag tag-{}">{}</span>', kind, scan.get_state_display())

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:object_id>/change/", view(self.look), name="registration_signedscan_change"),
            path("<int:pk>/page/<int:page>/", view(self.page), name="registration_signedscan_page"),
            path("<int:pk>/file/", view(self.file), name="registration_signedscan_file"),
            path("<int:pk>/confirm/", view(self.confirm), name="registration_signedscan_confirm"),
            path("<int:pk>/refuse/", view(self.refuse), name="registration_signedscan_refuse"),
            *super().get_urls(),
        ]

    def _scan(self, request: HttpRequest, pk: int, *, decide: bool = False) -> SignedScan:
        allowed = perms.may_decide(request.user) if decide else True
        if not (allowed and self.has_view_permission(request)):
            raise PermissionDenied
        related = (
            "letter__workshop",
            "letter__delegate__delegation__party",
            "letter__acceptance",
            "decided_by",
        )
        return get_object_or_404(SignedScan.objects.select_related(*related), pk=pk)

    def _record(self, request, scan: SignedScan, action: AccessAction, what: str) -> None:
        letter = scan.letter
        record_access(
            request=request,
            action=action,
            subject=f"{what} of {letter.reference} ({letter.version})",
            workshop=letter.workshop.slug,
            about=letter.delegate.public_id,
        )

    def look(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The scan's pages, what they belong to, and the two decisions."""
        return require_safe(self._look)(request, object_id)

    def _look(self, request, pk: int) -> HttpResponse:
        return self._screen(request, self._scan(request, pk), RefusalForm())

    def _screen(self, request, scan: SignedScan, form: RefusalForm, status: int = 200) -> HttpResponse:
        self._record(request, scan, AccessAction.VIEW, "signed scan")
        context = {
            **self.admin_site.each_context(request),
            "title": f"{scan.letter.reference}, {scan.letter.delegate}",
            "scan": scan,
            "letter": scan.letter,
            "workshop": scan.letter.workshop,
            "pages": range(1, scan.pages + 1),
            "may_decide": scan.waits and perms.may_decide(request.user),
            "form": form,
        }
        return render(request, "admin/registration/scan.html", context, status=status)

    def page(self, request: HttpRequest, pk: int, page: int) -> HttpResponse:
        """One page as a picture."""
        return require_safe(self._page)(request, pk, page)

    def _page(self, request, pk: int, page: int) -> HttpResponse:
        scan = self._scan(request, pk)
        if not 1 <= page <= scan.pages:
            raise Http404
        self._record(request, scan, AccessAction.VIEW, f"page {page} of the signed scan")
        content = read_private(scan.key)
        if scan.media_type != "application/pdf":
            return downloads.picture(content, media_type=scan.media_type)
        try:
            return downloads.picture(page_picture(content, page), media_type="image/png")
        except PageNotDrawn:
            raise Http404 from None  # the screen says that it can still be downloaded

    def file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file itself, as a download."""
        return require_safe(self._file)(request, pk)

    def _file(self, request, pk: int) -> HttpResponse:
        scan = self._scan(request, pk)
        self._record(request, scan, AccessAction.DOWNLOAD, "signed scan")
        name = f"{scan.letter.reference.replace('/', '-')}-signed.{EXTENSIONS[scan.media_type]}"
        return downloads.attachment(read_private(scan.key), name=name, media_type=scan.media_type)

    def confirm(self, request: HttpRequest, pk: int) -> HttpResponse:
        """This is the letter, signed: its delegate is confirmed."""
        return require_POST(self._confirm)(request, pk)

    def _confirm(self, request, pk: int) -> HttpResponse:
        scan = self._scan(request, pk, decide=True)
        try:
            confirm_scan(scan=scan, by=staff(request.user), now=timezone.now())
        except RegistrationError as refused:
            messages.error(request, str(refused.message))
        else:
            messages.success(
                request, gettext("%(name)s has accepted the letter.") % {"name": scan.letter.delegate}
            )
        return redirect("admin:registration_signedscan_change", pk)

    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        """It cannot be taken for the signed letter, with a reason."""
        return require_POST(self._refuse)(request, pk)

    def _refuse(self, request, pk: int) -> HttpResponse:
        scan, form = self._scan(request, pk, decide=True), RefusalForm(request.POST)
        if not form.is_valid():
            return self._screen(request, scan, form, status=400)
        try:
            refuse_scan(
                scan=scan, by=staff(request.user), reason=form.cleaned_data["reason"], now=timezone.now()
            )
        except RegistrationError as refused:
            messages.error(request, str(refused.message))
        else:
            messages.success(request, gettext("Refused. The delegate is told why."))
        return redirect("admin:registration_signedscan_change", pk)
