"""The public table of who pays for what, rendered once a minute, or after a change."""

from uuid import uuid4

from django.core.cache import cache
from django.template.loader import render_to_string

from rcm_portal.dispatch import after_commit
from rcm_portal.output.i18n import language_code
from registration.models import Workshop

from ..queries import who_pays as queries

TABLE_SECONDS = 60


def table_key(workshop_id: int, language: str) -> str:
    return f"logistics:who-pays:{workshop_id}:{language}"


def table_of(workshop: Workshop) -> tuple[str, str]:
    """The table of all parties and benefits in the active language as HTML, and a sign that is another one as soon as
    something has changed of what it is made of.
    """
    key = table_key(workshop.pk, language_code())
    made = cache.get(key)
    if made is None:
        table = queries.who_pays(workshop)
        html = (
            render_to_string("logistics/partials/who_pays.html", {"table": table}) if table.benefits else ""
        )
        made = html, uuid4().hex
        cache.set(key, made, TABLE_SECONDS)
    return made


def forget_tables(**_signal) -> None:
    """Throw the rendered tables away, now and when the change is committed."""
    keys = [
        table_key(pk, language)
        for pk in Workshop.objects.values_list("pk", flat=True)
        for language in ("es", "en")
    ]
    cache.delete_many(keys)
    after_commit(cache.delete_many, keys)
