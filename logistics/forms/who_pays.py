"""The public choice of a delegation, answered in sentences."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..queries.who_pays import WhoPays


class DelegationChoice(forms.Form):
    """One of the table's parties, by its code. Another code is refused beside the field."""

    delegation = forms.ChoiceField(
        label=_("Choose your delegation"),
        error_messages={
            code: _("Please choose a delegation from the list.") for code in ("invalid_choice", "required")
        },
    )

    def __init__(self, *args, table: WhoPays, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = {row.party.code: row for row in table.rows}
        self.fields["delegation"].choices = [
            ("", "—"),
            *((code, row.name) for code, row in self.rows.items()),
        ]

    def clean_delegation(self):
        """The chosen row of the table."""
        return self.rows[self.cleaned_data["delegation"]]
