"""What the form says of a field that was left empty: what to do, so that the sentence alone names the field."""

from django.utils.translation import gettext_lazy as _

REQUIRED_TEXTS = {
    "delegation": _("Choose your delegation"),
    "passport": _("Choose the copy of your passport, or tick below that you will send it later"),
    "surnames": _("Enter your surnames"),
    "passport_number": _("Enter the number of your passport"),
    "nationality": _("Choose your nationality"),
    "date_of_birth": _("Enter the day, month and year of your birth"),
    "sex": _("Choose the sex that is printed in your passport"),
    "passport_expiry": _("Enter the day, month and year until which your passport is valid"),
    "institution": _("Enter the institution that you work for"),
    "position": _("Enter your position at work"),
    "level": _("Choose your level of participation"),
    "email": _("Enter your e-mail address"),
    "language": _("Choose the language for letters and e-mails"),
    "consent": _("Tick that you agree to the use of your data: without it we cannot register you"),
}
