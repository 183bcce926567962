"""The parts of the registration form, in the order in which the page shows them."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from ..models import NEEDS


@dataclass(frozen=True)
class Section:
    """A part of the form as the page shows it."""

    anchor: str
    title: str
    help: str
    fields: list


SECTIONS = (
    ("delegation-part", _("Delegation"), "", ("delegation", "waiting_list", "level", "head_of_delegation")),
    (
        "person",
        _("You, as in your passport"),
        _("Your letter, and your ticket if one is bought, carry these names: copy them from the passport."),
        ("surnames", "given_names", "form_of_address", "badge_name", "date_of_birth", "sex", "nationality"),
    ),
    (
        "passport-part",
        _("Passport"),
        _(
            "Needed for the building, and for a ticket where one is bought for you. Kept encrypted, seen only by who needs it, destroyed after the workshop."
        ),
        (
            "passport",
            "passport_later",
            "passport_number",
            "passport_expiry",
            "passport_type",
            "issuing_country",
            "mrz",
            "entry_basis",
            "visas_held",
        ),
    ),
    (
        "contact",
        _("Work and contact"),
        "",
        ("institution", "position", "email", "phone", "language", "interpretation"),
    ),
    (
        "needs",
        _("What we should know (optional)"),
        _("Asked only so that meals, rooms and help fit you. Leave empty what does not apply."),
        (*NEEDS, "needs_consent"),
    ),
    ("consent-part", _("Consent"), "", ("consent", "listed", "no_reimbursement")),
)
