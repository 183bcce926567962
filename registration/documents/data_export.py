"""Everything held about one delegate, as a ZIP file that they can take away: data.json, the files, and a word of what is what."""

import json
import zipfile
from datetime import datetime
from io import BytesIO

from django.conf import settings
from django.utils.translation import gettext as _

from rcm_portal.files.storage import read_private

from ..models import Delegate
from ..queries.personal_data import Held, files_about, rows_about

# Keyed digests and counters that say nothing to a person, and the link's own token.
LEFT_OUT = {
    "number_index",
    "email_key",
    "second_of_mailbox",
    "personal_token",
    "lease_key",
    "key",
    "signature_key",
    "said",
    "link_version",
    "form_key",
    "new_email_id",
    "search_text",
}
ENDINGS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


def own_data(delegate: Delegate) -> dict:
    """Rows by table, columns by name, in plain types; staff appear as "staff", other rows by their number alone."""
    tables: dict[str, list[dict]] = {}
    for held in rows_about(delegate):
        tables.setdefault(held.label, []).append(_plain_row(held))
    return {
        "about": f"{delegate.code}, {delegate.workshop.slug}",
        "workshop": str(delegate.workshop),
        "delegation": str(delegate.delegation.party),
        "tables": tables,
    }


def _plain_row(held: Held) -> dict:
    row = {}
    for field in held.row._meta.concrete_fields:
        if field.primary_key or field.attname in LEFT_OUT:
            continue
        value = getattr(held.row, field.attname)
        if field.is_relation and field.related_model._meta.label == settings.AUTH_USER_MODEL:
            row[field.name] = _("staff") if value is not None else None
        elif held.label == "portal.AccessRecord" and field.attname in ("actor", "address"):
            row[field.name] = value if held.row.user_id is None else _("staff")
        else:
            row[field.name] = value
    return row


def own_data_zip(delegate: Delegate, *, now: datetime) -> bytes:
    """The ZIP file. A private file that cannot be read is named in missing.txt rather than failing all the rest."""
    out, missing = BytesIO(), []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        data = json.dumps(own_data(delegate), ensure_ascii=False, indent=2, default=str)
        archive.writestr(_entry("data.json", now), data)
        archive.writestr(_entry("readme.txt", now), explanation(delegate))
        for number, (held, key) in enumerate(files_about(delegate), start=1):
            media_type = getattr(held.row, "media_type", "application/pdf")
            name = f"files/{number:02d}-{held.label.split('.')[1].lower()}{ENDINGS.get(media_type, '')}"
            try:
                archive.writestr(_entry(name, now), read_private(key))
            except FileNotFoundError:
                missing.append(name)
        if missing:
            archive.writestr(_entry("missing.txt", now), "\n".join(missing) + "\n")
    return out.getvalue()


def _entry(name: str, now: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, now.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def explanation(delegate: Delegate) -> str:
    """readme.txt in the active language."""
    return "\n".join(
        [
            _("Everything that the RCM Workshop Portal holds about registration %(code)s.")
            % {"code": delegate.code},
            "",
            _(
                "data.json: every row of the database, by table; the names of columns are those of the program."
            ),
            _(
                "files: your passport copy, your letters, your drawn signature and what you sent signed by hand, as they are stored."
            ),
            _("Members of staff are called “staff”: who of them did what is recorded, and can be asked for."),
            _("Questions: %(address)s") % {"address": delegate.workshop.contact_email},
            "",
        ]
    )
