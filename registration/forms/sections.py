"""The parts of the registration form, in the order in which the page shows them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..models import NEEDS

Text = str | Promise


def is_said(field: BoundField) -> bool:
    """Whether a field holds another answer than the one that stands there unasked."""
    value = field.value()
    if isinstance(value, list | tuple):
        return any(value)
    return value not in (None, "", False) and value != field.field.initial


@dataclass(frozen=True)
class Fold:
    """Optional questions of a part, under a heading that opens them. It stands open where one of them holds something or
    was refused, and where a field of `beside` was refused: then the answer may be in here."""

    title: Text
    names: tuple[str, ...]
    help: Text = ""
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """A part of the form: which fields it shows, and which it folds."""

    anchor: str
    title: Text
    help: Text
    names: tuple[str, ...]
    folds: tuple[Fold, ...] = ()

    @property
    def all_names(self) -> Iterator[str]:
        yield from self.names
        for fold in self.folds:
            yield from fold.names


@dataclass(frozen=True)
class ShownFold:
    """A fold as the page shows it."""

    title: Text
    help: Text
    fields: list[BoundField]
    is_open: bool


@dataclass(frozen=True)
class Section:
    """A part of the form as the page shows it."""

    anchor: str
    title: Text
    help: Text
    fields: list[BoundField]
    folds: list[ShownFold] = field(default_factory=list)

    @property
    def answered(self) -> list[BoundField]:
        """The fields that it asks for, and those in its folds where somebody answered."""
        folded = (shown for fold in self.folds for shown in fold.fields)
        return [*self.fields, *filter(is_said, folded)]


SECTIONS = (
    Part(
        "delegation-part",
        _("Delegation"),
        "",
        ("delegation", "waiting_list"),
        (Fold(_("I am registering somebody else"), ("registrar_email",)),),
    ),
    Part(
        "passport-part",
        _("Your passport"),
        _(
            "Needed for the building, and for a ticket where one is bought for you. Kept encrypted, seen only by who needs it, destroyed after the workshop."
        ),
        ("passport",),
        (
            Fold(_("I do not have the passport at hand"), ("passport_later",), beside=("passport",)),
            Fold(_("Type or paste the two lines at the foot of the photo page (optional)"), ("mrz",)),
        ),
    ),
    Part(
        "person",
        _("You, as in your passport"),
        _("Your letter, and your ticket if one is bought, carry these names: copy them from the passport."),
        (
            "surnames", "given_names", "passport_number", "nationality", "date_of_birth", "sex", "passport_expiry",
        ),
        (
            Fold(
                _("More about the passport and a visa (optional)"),
                ("passport_type", "issuing_country", "entry_basis", "visas_held"),
            ),
        ),
    ),
    Part(
        "contact",
        _("Work and contact"),
        "",
        ("institution", "position", "level", "email"),
        (
            Fold(
                _("Telephone, badge, languages, head of delegation (optional)"),
                (
                    "phone", "form_of_address", "badge_name", "head_of_delegation", "language", "interpretation",
                    "listed",
                ),
            ),
            Fold(
                _("Dietary needs, accessibility, emergency contact (optional)"),
                (*NEEDS, "needs_consent"),
                _("Asked only so that meals, rooms and help fit you. Leave empty what does not apply."),
            ),
        ),
    ),
    Part("consent-part", _("Consent"), "", ("consent", "no_reimbursement")),
)  # fmt: skip
