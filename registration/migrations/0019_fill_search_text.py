from django.db import migrations

from rcm_portal.search.folding import searchable
from rcm_portal.search.text import BATCH, write_texts
from registration.rules.listing.found_by import delegate_text

NAMES = ("code", "name_es", "name_en", "short_name_es", "short_name_en")
PERSON = ("given_names", "surnames", "badge_name", "institution", "email", "code")


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    parties = apps.get_model("registration", "Party").objects.using(alias)
    for party in parties.order_by("pk"):
        parties.filter(pk=party.pk).update(search_text=searchable(*(getattr(party, name) for name in NAMES)))
    party_texts = dict(parties.values_list("pk", "search_text"))
    left = apps.get_model("registration", "Delegate").objects.using(alias).filter(search_text="").order_by("pk")
    last = 0
    while batch := list(left.filter(pk__gt=last).values("pk", "delegation__party", *PERSON)[:BATCH]):
        last = batch[-1]["pk"]
        texts = (
            (delegate_text(party=party_texts[row["delegation__party"]], **{name: row[name] for name in PERSON}), row["pk"])
            for row in batch
        )
        write_texts("registration_delegate", texts, using=alias)


class Migration(migrations.Migration):
    """Each batch is a transaction: nobody waits for 100,000 rows, and what was broken off goes on where it stopped."""

    atomic = False

    dependencies = [("registration", "0018_search_text")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
