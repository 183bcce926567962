from django.db import migrations, models

from registration.rules.listing.party_order import party_order


def fill(apps, schema_editor):
    parties = apps.get_model("registration", "Party").objects.using(schema_editor.connection.alias)
    for party in parties.order_by("pk"):
        parties.filter(pk=party.pk).update(sort_key=party_order(party.kind, party.name_es))


class Migration(migrations.Migration):

    dependencies = [("registration", "0019_fill_search_text")]

    operations = [
        migrations.AlterModelOptions(
            name='delegate',
            options={'ordering': ['delegation__party__sort_key', 'submitted_at', 'pk'], 'permissions': [('decide_delegate', 'Can approve and reject delegates'), ('view_passport_copy', 'Can open passport copies and see passport numbers')], 'verbose_name': 'delegate', 'verbose_name_plural': 'delegates'},
        ),
        migrations.AlterModelOptions(
            name='delegation',
            options={'ordering': ['workshop', 'party__sort_key'], 'verbose_name': 'delegation', 'verbose_name_plural': 'delegations'},
        ),
        migrations.AlterModelOptions(
            name='incomeclassification',
            options={'ordering': ['party__sort_key', 'valid_from'], 'verbose_name': 'income classification', 'verbose_name_plural': 'income classifications'},
        ),
        migrations.AlterModelOptions(
            name='party',
            options={'ordering': ['sort_key'], 'verbose_name': 'party', 'verbose_name_plural': 'parties'},
        ),
        migrations.AddField(
            model_name='party',
            name='sort_key',
            field=models.CharField(default='', editable=False, max_length=400),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
