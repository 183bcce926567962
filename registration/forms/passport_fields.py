"""The form's optional questions about the passport beyond its particulars: the machine-readable zone, and what its holder
has for entering the host country."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import EntryBasis
from ..queries.passports.comparison import differences
from ..queries.visa_advice import months_of, place_name, short_passport_words, visa_choices
from ..questions import EntryRules
from ..rules import mrz
from ..rules.details import Expiry, passport_validity
from ..rules.names import TITLES, TITLES_WITH_STOP
from ..rules.transliteration import latin_table
from ..rules.typed.zone_text import FILLER_LIKE, MrzError

WRONG_DIGIT = {
    "number": _("The check digit of the passport number is wrong."),
    "date_of_birth": _("The check digit of the date of birth is wrong."),
    "expires_on": _("The check digit of the date of expiry is wrong."),
    "optional": _("The check digit of the optional data is wrong."),
    "composite": _("The check digit of the whole second line is wrong."),
}

# What static/js/mrz.js needs to say the same as the server.
TABLES = {
    "letters": latin_table(),
    "titles": sorted(TITLES | TITLES_WITH_STOP),
    "fillers": FILLER_LIKE,
    "countries": mrz.ZONE_CODES,
}


class ZoneField(forms.CharField):
    """The two lines of 44, kept as two lines without spaces. Refused where a check digit is wrong: then a character is."""

    widget = forms.Textarea(
        attrs={
            "rows": 2,
            "cols": 44,
            "spellcheck": "false",
            "autocomplete": "off",
            "autocapitalize": "characters",
            "autocorrect": "off",
            "data-zone": "",
            "data-tables": json.dumps(TABLES, ensure_ascii=False),
        }
    )

    def __init__(self, **kwargs):
        super().__init__(
            label=_("The two lines at the foot of the photo page"),
            required=False,
            max_length=400,
            help_text=_(
                "Optional. With them we see at once whether a letter was mistyped, and how your ticket must be written."
            ),
            **kwargs,
        )

    def clean(self, value):
        value = super().clean(value)
        if not value.strip():
            return ""
        try:
            zone = mrz.parse(value)
        except MrzError as problem:
            raise forms.ValidationError(problem.message, code="zone") from None
        wrong = [WRONG_DIGIT[check.field] for check in zone.checks if not check.ok]
        if len(wrong) > 1:  # the digit over the whole line is wrong with any other
            wrong = [text for text in wrong if text is not WRONG_DIGIT["composite"]]
        if wrong:
            raise forms.ValidationError(
                [forms.ValidationError(text, code="check_digit") for text in wrong]
                + [
                    forms.ValidationError(
                        _("Please compare each character with the passport."), code="check_digit"
                    )
                ]
            )
        return "\n".join(zone.lines)


def add_entry_fields(form: forms.Form, entry: EntryRules | None) -> None:
    """Ask what the delegate has for entering the host country; not where nobody holds that country's rules."""
    if entry is None:
        return
    country = place_name(entry.destination)
    form.fields["entry_basis"] = forms.ChoiceField(
        label=_("What will you show when you enter %(country)s?") % {"country": country},
        choices=[("", "—"), *EntryBasis.choices],
        required=False,
        help_text=_(
            "This does not affect your registration: it tells us who needs a visa, and tells you where to take your letter."
        ),
    )
    choices = visa_choices(entry)
    if choices:
        form.fields["visas_held"] = forms.MultipleChoiceField(
            label=_("Visas or permanent residence that you hold and that are valid"),
            choices=choices,
            required=False,
            widget=forms.CheckboxSelectMultiple(attrs={"data-shown-with": "entry_basis"}),
            help_text=_("They can stand in for a visa, and your flight may pass through these countries."),
        )


def zone_differences(said: Mapping[str, Any], *, today: date) -> dict[str, str]:
    """What the zone contradicts: name of a form's field to a sentence. `said` are cleaned or initial values."""
    return differences(
        mrz.PassportFields(
            surnames=said.get("surnames") or "",
            given_names=said.get("given_names") or "",
            number=said.get("passport_number") or "",
            nationality=said.get("nationality") or "",
            issuing_country=said.get("issuing_country") or said.get("nationality") or "",
            date_of_birth=said.get("date_of_birth"),
            sex=said.get("sex") or "",
            expires_on=said.get("passport_expiry"),
        ),
        said.get("mrz") or "",
        today=today,
    )


def expiry_warning(expires: date | None, *, workshop_ends: date, entry: EntryRules | None) -> str:
    """That the passport ends soon after the workshop, or ""."""
    if not expires:
        return ""
    validity = passport_validity(expires, workshop_ends=workshop_ends, months=months_of(entry))
    return short_passport_words(entry) if validity == Expiry.SHORT else ""
