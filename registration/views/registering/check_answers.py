"""The page between the registration form and its sending: everything on one page, to be looked at once more."""

from base64 import b64encode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from rcm_portal.files.storage import FileUnavailable, read_private
from rcm_portal.files.thumbnails import thumbnail

from ...forms.answers import answers, as_sent_again
from ...forms.registration import RegistrationForm
from ...models import PendingUpload, Workshop
from ..uploads import kept_words
from .browser_storage_key import keeping_key, remember_key
from .doors import Door


def check_page(
    request: HttpRequest,
    workshop: Workshop,
    form: RegistrationForm,
    kept: PendingUpload | None,
    door: Door,
    *,
    waits: bool,
) -> HttpResponse:
    """What a valid form says, with a way back to each part of it; `waits` says that sending it leads to the waiting list."""
    context = {
        "workshop": workshop,
        "form": form,
        "groups": answers(form),
        "sent": as_sent_again(form),
        "email": form.cleaned_data["email"],
        "registrar_email": form.cleaned_data.get("registrar_email", ""),
        "delegation": form.chosen_delegation(),
        "waits": waits,
        "kept_upload": kept,
        "kept_words": kept_words(kept) if kept else "",
        "picture": picture_of(kept),
        "keep_key": keeping_key(request),
        "switch_form": True,
        "leaving": door.leaving,
        "party": door.party,
        "draft": door.draft,
    }
    return remember_key(request, render(request, "registration/check.html", context))


def picture_of(kept: PendingUpload | None) -> str:
    """The kept file as a small picture inside the page, so that it has no address; "" where there is none to show."""
    if kept is None:
        return ""
    try:
        small = thumbnail(read_private(kept.key), kept.media_type)
    except FileUnavailable:  # the page says that it is kept; sending says what is wrong
        return ""
    return f"data:image/jpeg;base64,{b64encode(small).decode()}" if small else ""
