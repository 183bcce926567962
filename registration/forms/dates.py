"""Dates in forms: three boxes for the dates that a document shows, the browser's picker for days of the workshop."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..rules.typed.dates import PARTS, DateProblem, split_date, typed_date

LABELS = {"day": _("Day"), "month": _("Month"), "year": _("Year")}


class DateBoxes(forms.MultiWidget):
    """Day, month and year in a box each, so that no browser's order matters. `<name>_day`, `<name>_month`, `<name>_year`;
    a date in one line under the plain name is taken too (what was saved before, and other programs).

    `wrong` names the boxes that a complaint is about; None means all.
    """

    wrong: tuple[str, ...] | None = None

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(
            {
                part: forms.TextInput(attrs={"inputmode": "numeric", "size": 4 if part == "year" else 2})
                for part in PARTS
            },
            attrs,
        )

    def decompress(self, value: date | str | None) -> list[str]:
        """What the boxes show of a date, or of a text in one line."""
        if isinstance(value, date):
            return [str(value.day), str(value.month), str(value.year)]
        return list(split_date(value)) if value else ["", "", ""]

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> list[str] | str:
        """The three texts, or the one line where no box holds anything."""
        boxes = [text or "" for text in super().value_from_datadict(data, files, name)]
        return boxes if any(text.strip() for text in boxes) else data.get(name) or boxes

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and super().value_omitted_from_data(data, files, name)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        token = self.attrs.get("autocomplete", "")
        for part, box in zip(PARTS, context["widget"]["subwidgets"], strict=True):
            given = box["attrs"]
            given["id"] = f"{context['widget']['attrs'].get('id', name)}_{part}"
            if part == "month":
                given["list"] = f"{given['id']}s"
            given["autocomplete"] = f"{token}-{part}" if token else "off"
            if given.get("aria-invalid") and self.wrong is not None and part not in self.wrong:
                del given["aria-invalid"]
                given["class"] = given.get("class", "").replace("is-invalid", "").strip()
            elif given.get("aria-invalid") and given["id"] != f"{name}_{part}":
                given["aria-describedby"] = f"{context['widget']['attrs']['id']}_error"
        return context

    def id_for_label(self, id_: str) -> str:
        """The box to which a line of the error summary leads: the first that is wrong."""
        return f"{id_}_{(self.wrong or PARTS)[0]}" if id_ else ""

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        boxes = (
            (box["attrs"]["id"], LABELS[part], super(DateBoxes, self)._render(box["template_name"], {"widget": box}, renderer))
            for part, box in zip(PARTS, context["widget"]["subwidgets"], strict=True)
        )  # fmt: skip
        return format_html(
            '<div class="date-boxes">{}<datalist id="{}">{}</datalist></div>',
            format_html_join("", '<div><label for="{}">{}</label>{}</div>', boxes),
            context["widget"]["subwidgets"][PARTS.index("month")]["attrs"]["list"],
            format_html_join("", '<option value="{}">{}</option>', MONTHS.items()),
        )


class TypedDateField(forms.DateField):
    """A date in three boxes (`DateBoxes`)."""

    widget = DateBoxes

    def to_python(self, value: Any) -> date | None:
        if value is None or isinstance(value, date):
            return super().to_python(value)
        texts = split_date(value) if isinstance(value, str) else value
        try:
            return typed_date(*texts)
        except DateProblem as problem:
            self.widget.wrong = problem.parts
            raise forms.ValidationError(problem.message, code="invalid") from None


class IsoDateField(forms.DateField):
    """A day near the workshop: the browser's own picker sends ISO 8601; day/month/year is understood where it has none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **kwargs)

    def to_python(self, value: Any) -> date | None:
        if not isinstance(value, str):
            return super().to_python(value)
        try:
            return typed_date(*split_date(value))
        except DateProblem as problem:
            raise forms.ValidationError(problem.message, code="invalid") from None


def sent_names(name: str, field: forms.Field) -> list[str]:
    """The names under which a browser sends a field."""
    parts = field.widget.widgets_names if isinstance(field.widget, DateBoxes) else []
    return [name, *(f"{name}{part}" for part in parts)]
