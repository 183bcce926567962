"""What a delegate says about themself, to register and to change it later."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise, cached_property
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rcm_portal.output.i18n import localized
from rcm_portal.uploads import ACCEPT, check_upload

from ..enums import FormOfAddress, Language, ParticipationLevel, PassportKind, Sex
from ..models import NEEDS, Delegate, Workshop
from ..questions import EntryRules
from ..rules import countries
from ..rules.details import Expiry, ends_too_soon, passport_number
from ..rules.typed.dates import birth_date_problem, exchanged, expiry_problem
from ..rules.typed.telephones import NoTelephone, international, was_completed
from .contact import AddressField, AsksAboutAddress
from .dates import TypedDateField
from .fields import NameField, NeedsConsentField, TidyCharField, refuse_needs_without_consent
from .passport_fields import ZoneField, add_entry_fields, expiry_warning, zone_differences
from .required_texts import REQUIRED_TEXTS
from .sections import SECTIONS, Fold, Part, Section, ShownFold, is_said

DETAIL_FIELDS = (
    "level",
    "head_of_delegation",
    "form_of_address",
    "surnames",
    "given_names",
    "badge_name",
    "date_of_birth",
    "sex",
    "nationality",
    "institution",
    "position",
    "email",
    "phone",
    "language",
    "interpretation",
    *NEEDS,
)


class DelegateDetailsForm(AsksAboutAddress):
    """What a delegate says about themself; used to register and to change it later.

    `today` and `workshop_ends` are dates in the workshop's zone; `passport_required` says whether a copy is asked; `country` is
    the delegation's (ISO 3166 alpha-3), "" for an organisation.
    """

    level = forms.ChoiceField(
        label=_("Participation level"),
        choices=[("", "—"), *ParticipationLevel.choices],
    )
    head_of_delegation = forms.BooleanField(label=_("I lead my delegation"), required=False)
    surnames = NameField(
        label=_("Surnames"),
        max_length=120,
        help_text=_("All of them. If your passport shows one name only, write it here."),
    )
    given_names = NameField(
        label=_("Given names"),
        max_length=120,
        required=False,
        help_text=_("Leave empty if your passport shows one name only."),
    )
    form_of_address = forms.ChoiceField(
        label=_("Form of address"), choices=[("", _("by full name")), *FormOfAddress.choices], required=False
    )
    badge_name = TidyCharField(
        label=_("Name for the badge"),
        max_length=120,
        required=False,
        help_text=_("If it should differ, such as María Núñez."),
    )
    date_of_birth = TypedDateField(
        label=_("Date of birth"), help_text=_("The month as a number or by its name.")
    )
    sex = forms.ChoiceField(label=_("Sex as printed in the passport"), choices=[("", "—"), *Sex.choices])
    nationality = countries.CountryField(label=_("Nationality as in the passport"))
    passport = forms.FileField(
        label=_("Copy of the passport’s main page"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        help_text=_(
            "PDF, JPEG, PNG or HEIC, up to 10 MB. A photo taken with the phone will do if everything can be read."
        ),
    )
    passport_later = forms.BooleanField(
        label=_("I do not have the passport at hand: I will send it later through my page"), required=False
    )
    passport_number = TidyCharField(label=_("Passport number"), max_length=24, required=False)
    passport_type = forms.ChoiceField(
        label=_("Type of passport"),
        choices=PassportKind.choices,
        required=False,
        initial=PassportKind.ORDINARY,
    )
    issuing_country = countries.CountryField(
        label=_("Issued by"),
        required=False,
        help_text=_("Leave empty if it is the same as the nationality."),
    )
    passport_expiry = TypedDateField(
        label=_("Passport valid until"), required=False, help_text=_("The date of expiry, not of issue.")
    )
    mrz = ZoneField()
    institution = TidyCharField(label=_("Institution"), max_length=250)
    position = TidyCharField(label=pgettext_lazy("at work", "Position"), max_length=200)
    email = AddressField(help_text=_("Your letter and your personal link go there."))
    phone = TidyCharField(
        label=_("Mobile phone"),
        max_length=80,  # as typed, with words such as WhatsApp; kept in the international form
        required=False,
        help_text=_(
            "Such as +52 55 1234 5678. Without a country code we complete it with your delegation’s."
        ),
    )
    language = forms.ChoiceField(label=_("Language for letters and e-mails"), choices=Language.choices)
    interpretation = forms.ChoiceField(
        label=_("Interpretation you need"),
        choices=Delegate._meta.get_field("interpretation").choices,
        required=False,
        initial="none",
    )
    dietary = TidyCharField(
        label=_("Dietary needs"),
        max_length=300,
        required=False,
        help_text=_("So that you can eat what is served."),
    )
    accessibility = TidyCharField(
        label=_("Accessibility needs"),
        max_length=300,
        required=False,
        help_text=_("So that your room, the venue and the interpretation suit you."),
    )
    emergency_contact = TidyCharField(
        label=_("Emergency contact"),
        max_length=300,
        required=False,
        help_text=_("Name and phone number of the person to call if something happens to you."),
    )
    needs_consent = NeedsConsentField()
    no_reimbursement = forms.BooleanField(
        label=_("I know that a ticket I buy myself is not reimbursed."),
        required=False,
    )

    parts: tuple[Part, ...] = SECTIONS
    required_texts: Mapping[str, str | Promise] = REQUIRED_TEXTS
    texts_name_fields = True  # so the list of errors need not say the label before them
    noted: Mapping[
        str, str
    ] = {}  # beside which fields something is said of what was read in the passport just now
    not_shown: frozenset[str] = (
        frozenset()
    )  # fields that are understood when they are sent, but not asked now
    autocomplete = {
        "given_names": "given-name",
        "surnames": "family-name",
        "phone": "tel",
        "institution": "organization",
        "position": "organization-title",
        "date_of_birth": "bday",
    }

    def __init__(
        self,
        *args,
        today: date,
        workshop_ends: date,
        passport_required: bool = True,
        has_copy: bool = False,
        entry: EntryRules | None = None,
        workshop: Workshop | None = None,
        own_countries: Iterable[str] = (),
        country: str = "",
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        for name in ("nationality", "issuing_country"):
            self.fields[name].put_first(own_countries)
        self.entry, self.country = entry, country
        self._say(workshop)
        add_entry_fields(self, entry)
        self.today, self.workshop_ends = today, workshop_ends
        self.passport_required, self.has_copy = passport_required, has_copy
        self.clean_upload = None
        for name, token in self.autocomplete.items():
            self.fields[name].widget.attrs["autocomplete"] = token
        self.fields["passport_number"].widget.attrs.update(
            {"autocomplete": "off", "autocapitalize": "characters"}
        )
        # Asked for, unless the tick for "later" stands in their place: for the page's asterisk and its progress bar.
        for name in ("passport", "passport_number", "passport_expiry"):
            if name != "passport" or not has_copy:
                self.fields[name].widget.attrs["data-asked"] = ""
                self.fields[name].asked = passport_required
        self.fields["passport_later"].widget.attrs["data-instead"] = ""
        self.fields["needs_consent"].widget.attrs["data-shown-with"] = " ".join(NEEDS)
        self.fields["language"].initial = get_language()
        for name, text in self.required_texts.items():
            if name in self.fields:
                self.fields[name].error_messages["required"] = text
        self.order_fields([name for part in self.parts for name in part.all_names])

    def note_kept_copy(self) -> None:
        """A copy was sent with an earlier try and is kept."""
        self.has_copy = True

    def _say(self, workshop: Workshop | None) -> None:
        """What this workshop says of the level and of tickets; one that says nothing of tickets does not ask about them."""
        self.fields["level"].help_text = localized(workshop, "participation") if workshop else ""
        said = localized(workshop, "reimbursement") if workshop else ""
        if said:
            self.fields["no_reimbursement"].help_text = said
        else:
            del self.fields["no_reimbursement"]

    @property
    def sections(self) -> list[Section]:
        """The form's parts; a field that no part names lands in the last, so that none is lost."""
        named = {name for part in self.parts for name in part.all_names}
        rest = [
            name for name, field in self.fields.items() if name not in named and not field.widget.is_hidden
        ]
        for name in self.fields:
            self[name].warning = self.warnings.get(name, "")
        shown = []
        for part in self.parts:
            fields = self._present(part.names)
            folds = [
                ShownFold(fold.title, fold.help, inside, self._opens(fold, inside))
                for fold in part.folds
                if (inside := self._present(fold.names))
            ]
            if fields or folds:
                shown.append(Section(part.anchor, part.title, part.help, fields, folds))
        shown[-1].fields.extend(self[name] for name in rest)
        return shown

    def _present(self, names: Iterable[str]) -> list[forms.BoundField]:
        return [self[name] for name in names if name in self.fields and name not in self.not_shown]

    def _opens(self, fold: Fold, fields: list[forms.BoundField]) -> bool:
        """Whether a fold stands open: it holds an answer, a warning or an error, or is the way out of one."""
        return any(name in self.errors for name in fold.beside) or any(
            field.errors or field.warning or is_said(field) for field in fields
        )

    @property
    def on_record(self) -> Mapping[str, Any]:
        """What is held already of the person whose details these are: value by the name of the field."""
        return self.initial

    @property
    def _said(self) -> dict:
        return self.cleaned_data if self.is_bound and self.errors is not None else self.initial

    @cached_property
    def warnings(self) -> dict[str, str]:
        """What should be looked at but is saved all the same: name of a field to a sentence."""
        said = self._said
        found = zone_differences(said, today=self.today)
        expiry = expiry_warning(
            said.get("passport_expiry"), workshop_ends=self.workshop_ends, entry=self.entry
        )
        if expiry:
            found.setdefault("passport_expiry", expiry)
        for name, text in self.noted.items():
            found.setdefault(name, text)
        return {name: text for name, text in found.items() if name not in self.errors}

    @property
    def zone_differences(self) -> list[str]:
        """The same, of the zone alone: it stands beside the zone as well, however far the other fields are."""
        found = zone_differences(self._said, today=self.today)
        return [text for name, text in found.items() if name not in self.errors]

    def clean_passport_number(self):
        number = self.cleaned_data["passport_number"]
        if not number:
            return ""
        try:
            return passport_number(number)
        except ValueError:
            raise forms.ValidationError(
                _("A passport number has 5 to 20 letters and digits."), code="passport_number"
            ) from None

    def _check_dates(self, born: date | None, expires: date | None) -> None:
        """Say which of the two cannot be right; where they stand in each other's place, say that of both."""
        days = {"today": self.today, "workshop_ends": self.workshop_ends}
        wrong = exchanged(born, expires, **days) if born and expires else ""
        problems = {"date_of_birth": wrong, "passport_expiry": wrong}
        if born and not wrong:
            problems["date_of_birth"] = birth_date_problem(born, **days)
        if expires and not wrong:
            problems["passport_expiry"] = expiry_problem(expires, today=self.today)
            if not problems["passport_expiry"] and ends_too_soon(expires, workshop_ends=self.workshop_ends):
                problems["passport_expiry"] = Expiry.REFUSED.label
        for name, problem in problems.items():
            if problem:
                self.add_error(name, forms.ValidationError(problem, code="date"))

    def telephone_country(self) -> str:
        """Whose country code a telephone number without one gets."""
        return self.country

    def clean_phone(self):
        try:
            return international(self.cleaned_data["phone"], country=self.telephone_country())
        except NoTelephone as problem:
            raise forms.ValidationError(problem.message, code="phone") from None

    def completed_phone(self) -> str:
        """Of a valid form the number as it is kept, if we gave it its country code; else ""."""
        kept = self.cleaned_data["phone"]
        return kept if was_completed(self["phone"].value() or "", kept) else ""

    def clean_passport(self):
        upload = self.cleaned_data["passport"]
        if upload:
            self.clean_upload = check_upload(upload)
        return upload

    def clean_interpretation(self):
        return self.cleaned_data["interpretation"] or "none"

    def clean(self):
        cleaned = super().clean()
        refuse_needs_without_consent(self)
        self._check_dates(cleaned.get("date_of_birth"), cleaned.get("passport_expiry"))
        self.ask_for_passport(cleaned)
        return cleaned

    def ask_for_passport(self, cleaned: Mapping[str, Any]) -> None:
        """Say what is missing of the passport where it is asked for now."""
        if self.passport_required and not cleaned.get("passport_later"):
            if not self.has_copy and self.clean_upload is None and "passport" not in self.errors:
                self._miss("passport")
            self.ask_for_particulars(cleaned)

    def ask_for_particulars(self, cleaned: Mapping[str, Any]) -> None:
        """Number and expiry go with a copy."""
        for name in ("passport_number", "passport_expiry"):
            if not cleaned.get(name) and name not in self.errors:
                self._miss(name)

    def _miss(self, name: str) -> None:
        """Say that a field was left empty which is asked for here and now."""
        text = self.required_texts.get(name, gettext("This field is required."))
        self.add_error(name, forms.ValidationError(text, code="required"))

    def details(self) -> dict:
        """Fields of Delegate from a valid form."""
        return {name: self.cleaned_data[name] for name in DETAIL_FIELDS if name in self.cleaned_data}

    def passport_fields(self) -> dict:
        """Fields of Passport from a valid form."""
        data = self.cleaned_data
        return {
            "number": data["passport_number"],
            "kind": data["passport_type"] or PassportKind.ORDINARY,
            "issuing_country": data["issuing_country"]
            or (data["nationality"] if data["passport_number"] else ""),
            "expires_on": data["passport_expiry"],
            "mrz": data["mrz"],
            **{name: data[name] for name in ("entry_basis", "visas_held") if name in self.fields},
        }
