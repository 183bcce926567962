"""The registration's forms as staff fill them in for somebody else: in the third person, what is required first."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..enums import CorrectionKind, DelegateRole, EntryBasis, Source
from ..models import NEEDS
from .details import DelegateDetailsForm
from .fields import TidyCharField, put_words
from .registration import RegistrationForm, as_key
from .sections import Part

# Label and help of the fields that speak to the delegate; None leaves what is there.
WORDS = {
    "head_of_delegation": (_("Leads the delegation"), None),
    "surnames": (None, _("All of them. If the passport shows one name only, write it here.")),
    "given_names": (None, _("Leave empty if the passport shows one name only.")),
    "passport_later": (_("The copy follows: the passport is not at hand"), None),
    "issuing_country": (None, _("Leave empty if it is the same as the nationality.")),
    "mrz": (
        None,
        _(
            "Optional. With them it shows at once whether a letter was mistyped, and how the ticket must be written."
        ),
    ),
    "entry_basis": (
        _("What the delegate has for entering the host country"),
        _("This does not affect the registration: it tells who needs a visa."),
    ),
    "visas_held": (
        _("Valid visas or permanent residence that the delegate holds"),
        _("They can stand in for a visa, and the flight may pass through these countries."),
    ),
    "email": (None, _("The letter and the personal link go there.")),
    "phone": (None, _("Such as +52 55 1234 5678. Without a country code it gets the delegation’s.")),
    "interpretation": (_("Interpretation needed"), None),
    "dietary": (None, ""),
    "accessibility": (None, _("For the room, the venue and the interpretation.")),
    "emergency_contact": (
        None,
        _("Name and phone of who should be called if something happens to the delegate."),
    ),
    "needs_consent": (
        _("The delegate agrees that this is kept for this workshop and read by its organisers and host."),
        _(
            "Needed only if something is written above. Kept encrypted; the delegate can take it back at any time."
        ),
    ),
    "no_reimbursement": (_("The delegate knows that a ticket they buy themselves is not reimbursed."), ""),
    "consent": (_("The delegate has agreed to the use of their data (in their e-mail or on paper)."), None),
    "waiting_list": (
        _("If no seat is free, put the delegate on the waiting list"),
        _("When a seat becomes free, it is offered to the first in line by e-mail."),
    ),
}
ENTRY = {
    EntryBasis.PASSPORT: _("the passport: no visa is needed"),
    EntryBasis.NOTHING_YET: _("nothing yet: will ask for a visa"),
}
PASSPORT_PART = Part(
    "passport-part",
    _("Passport"),
    "",
    (
        "passport", "passport_later", "passport_number", "passport_expiry", "passport_type", "issuing_country", "mrz",
        "entry_basis", "visas_held",
    ),
)  # fmt: skip
PARTS = (
    Part(
        "entry",
        _("How it came"),
        _("Whoever looks at this registration later reads where it and its consent come from."),
        ("delegation", "waiting_list", "role", "source", "reason", "kind", "consent"),
    ),
    Part(
        "person",
        _("What is required"),
        _("Names exactly as in the passport."),
        (
            "surnames", "given_names", "date_of_birth", "sex", "nationality", "institution", "position", "level", "email",
            "language",
        ),
    ),
    PASSPORT_PART,
    Part(
        "further",
        _("Further details (optional)"),
        "",
        (
            "form_of_address", "badge_name", "phone", "interpretation", "head_of_delegation", *NEEDS, "needs_consent",
            "no_reimbursement",
        ),
    ),
)  # fmt: skip


class SpeaksToStaff(DelegateDetailsForm):
    """Puts the words for staff in the place of those for the delegate."""

    parts = PARTS
    required_texts: Mapping[str, str | Promise] = {}  # they speak to the delegate
    # Not the officer's own name and address.
    autocomplete = {name: "off" for name in DelegateDetailsForm.autocomplete if name != "date_of_birth"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        put_words(self, WORDS)
        if "entry_basis" in self.fields:
            basis = self.fields["entry_basis"]
            basis.choices = [(value, ENTRY.get(value, label)) for value, label in basis.choices]
        self.fields["email"].widget.attrs["autocomplete"] = "off"


class StaffRegistrationForm(SpeaksToStaff, RegistrationForm):
    """A registration keyed in by staff, also after the deadline and for people without a seat."""

    role = forms.ChoiceField(label=_("Role"), choices=DelegateRole.choices, initial=DelegateRole.OFFICIAL)
    source = forms.ChoiceField(
        label=_("How it came"),
        choices=[(Source.EMAIL, Source.EMAIL.label), (Source.STAFF, Source.STAFF.label)],
    )
    reason = TidyCharField(
        label=_("Why it is entered by staff"),
        max_length=300,
        help_text=_("With where the consent stands: “e-mail of 3 March with the signed form”."),
    )
    registrar_email = None  # who enters it is known


class CorrectionForm(SpeaksToStaff):
    """Every detail as it stands, to be corrected or completed, with what it is and why. Without `passports` nothing of the
    passport is in the form."""

    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[
            (kind.value, kind.label) for kind in (CorrectionKind.TYPING_ERROR, CorrectionKind.ANOTHER_PERSON)
        ],
        widget=forms.RadioSelect,
        initial=CorrectionKind.TYPING_ERROR,
    )
    reason = TidyCharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("The delegate reads it. How it came, where it came by e-mail or on paper."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    form_key = forms.UUIDField(widget=forms.HiddenInput, required=False, initial=uuid4)

    def __init__(self, *args, passports: bool, seen: dict[str, str], **kwargs):
        kwargs["passport_required"] = False
        super().__init__(*args, **kwargs)
        self.passports = passports
        self.initial["seen"] = signing.dumps(seen, salt=type(self).__name__)
        left_out = {"head_of_delegation", "passport_later"}
        left_out |= set() if passports else set(PASSPORT_PART.names)
        for name in left_out & set(self.fields):
            del self.fields[name]

    def seen_then(self) -> dict[str, str]:
        """The digests that the form was opened on; none where they were changed on the way."""
        try:
            return dict(signing.loads(self.data.get("seen", ""), salt=type(self).__name__))
        except (signing.BadSignature, TypeError, ValueError):
            return {}

    def look_again(self) -> None:
        """After a refusal the form shows what is stored now: sent once more, it means it."""
        self.data = self.data.copy()
        self.data["seen"] = self.initial["seen"]

    def given_form_key(self) -> UUID | None:
        """The form's key as sent."""
        return as_key(self.data.get("form_key", ""))

    def passport_fields(self) -> dict:
        """Fields of Passport from a valid form; none where they are not in it."""
        return super().passport_fields() if self.passports else {}
