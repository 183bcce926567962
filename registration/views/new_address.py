"""A new e-mail address is confirmed by the link that was mailed to it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from rcm_portal.security.tokens import BadToken

from ..documents.links import my_token, new_address_of
from ..exceptions import RegistrationError
from ..services.addresses import confirm_new_address


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_address(request: HttpRequest, slug: str, token: str) -> HttpResponse:
    """Opening the link changes nothing (mail programs do that by themselves): the button does."""
    now = timezone.now()
    try:
        delegate = new_address_of(token, slug=slug, now=now)
    except BadToken:
        raise Http404 from None
    if request.method == "POST":
        try:
            delegate = confirm_new_address(delegate=delegate, now=now)
        except RegistrationError as refused:
            messages.warning(request, str(refused.message))
        else:
            messages.success(request, _("Thank you: we write to this address from now on."))
            return redirect("registration:my", slug, my_token(delegate))
    context = {"workshop": delegate.workshop, "email": delegate.new_email}
    return render(request, "registration/new_address.html", context)
