"""Names of the mails about tickets, as staff read them in the list of mails."""

from django.utils.translation import gettext_lazy as _

NAMES = {
    "ticket-issued": _("ticket issued"),
    "ticket-changed": _("ticket changed"),
    "ticket-cancelled": _("ticket cancelled"),
    "ticket-refund": _("ticket to refund, to the buyers"),
    "ticket-passenger-changed": _("passport changed after the booking, to the buyers"),
}
