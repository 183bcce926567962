from django.db import migrations

from rcm_portal.search.folding import searchable
from rcm_portal.search.text import BATCH, write_texts

TABLES = {"OutgoingMail": ("to", "subject"), "AccessRecord": ("actor", "subject", "reason")}


def fill(apps, schema_editor):
    alias = schema_editor.connection.alias
    for name, columns in TABLES.items():
        model = apps.get_model("portal", name)
        left = model.objects.using(alias).filter(search_text="").order_by("pk")
        last = 0
        while batch := list(left.filter(pk__gt=last).values_list("pk", *columns)[:BATCH]):
            last = batch[-1][0]
            write_texts(model._meta.db_table, ((searchable(*texts), pk) for pk, *texts in batch), using=alias)


class Migration(migrations.Migration):
    """Each batch is a transaction: nobody waits for the whole table, and what was broken off goes on where it stopped."""

    atomic = False

    dependencies = [("portal", "0006_search_text")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
