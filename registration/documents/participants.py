"""The list of participants as PDF and XLSX, in the active language."""

import io
from collections.abc import Sequence
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rcm_portal.output.i18n import language_code, localized
from rcm_portal.output.pdf import render_pdf
from rcm_portal.output.spreadsheets import Column, Sheet, write_xlsx

from ..models import Workshop
from ..queries.participants import Group

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def participants_pdf(
    workshop: Workshop, groups: Sequence[Group], *, now: datetime, contact: bool = False, staff: bool = False
) -> bytes:
    """The list on A4. For staff it says who has not confirmed yet, and what it holds that is not for everybody."""
    context = {
        "workshop": workshop,
        "language": language_code(),
        "groups": groups,
        "made_at": now,
        "contact": contact,
        "staff": staff,
    }
    html = render_to_string("registration/participants_pdf.html", context)
    return render_pdf(html, stylesheets=("pdf/list.css",))


def participants_xlsx(workshop: Workshop, groups: Sequence[Group], *, contact: bool) -> bytes:
    """The list for staff as a table, a person a row."""
    columns = [
        Column("group", _("Group"), width=20),
        Column("party", _("Party"), width=30),
        Column("name", _("Name"), width=30),
        Column("head", _("Head of delegation"), width=14),
        Column("position", pgettext("at work", "Position"), width=32),
        Column("institution", _("Institution"), width=38),
        Column("state", _("Attendance confirmed"), width=12),
        Column("listed", _("In the participants’ list"), width=16),
    ]
    if contact:
        columns += [Column("email", _("E-mail"), width=32), Column("phone", _("Phone"), "phone", width=22)]
    rows = (
        [
            group.title,
            party,
            each.name,
            _("yes") if each.head else "",
            each.position,
            each.institution,
            _("yes") if each.confirmed else _("no"),
            _("yes") if each.listed else _("no"),
            *((each.email, each.phone) if contact else ()),
        ]
        for group in groups
        for party, members in group.parties
        for each in members
    )
    out = io.BytesIO()
    write_xlsx([Sheet(localized(workshop, "short_name"), columns, rows, frozen=3)], out)
    return out.getvalue()


def participants_name(workshop: Workshop, kind: str) -> str:
    """`imrf-2022-participants-es.pdf`."""
    return f"{workshop.slug}-participants-{language_code()}.{kind}"
