"""How every form of the portal is drawn, the admin's and the sign-in's included."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest


class WholeTexts(DjangoTemplates):
    """Django's own, without `maxlength`: a browser cuts what is pasted there in silence. The server's message says how much
    is allowed and how much was sent, and everything stays in the field."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """The HTML of a widget, form or list of errors."""
        _take_out(context.get("widget"))
        return super().render(template_name, context, request)


def _take_out(widget: dict[str, Any] | None) -> None:
    if widget:
        widget["attrs"].pop("maxlength", None)
        for part in widget.get("subwidgets", ()):
            _take_out(part)
