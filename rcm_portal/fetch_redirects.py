"""Answers to a script that sends a form by itself, so that a lost connection leaves the page as it is."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]

WHERE = "X-Go-To"
# Of a view that shows a form as it was sent, for purpose=language (rcm_portal.security.csrf).
SHOWS_AGAIN = "shows_form_again"


def sent_by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def tells_scripts_where(view: View[Arguments]) -> View[Arguments]:
    """In place of a redirect, which a script cannot read, answer 204 with the address in a header of its own."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if sent_by_script(request) and answer.status_code == 302:
            answer.status_code = 204
            answer[WHERE] = answer["Location"]
            del answer["Location"]
        return answer

    setattr(wrapped, SHOWS_AGAIN, True)
    return wrapped
