from django.db import migrations


def rename_mails(apps, schema_editor):
    """The kind of a mail follows the name of what it is about: a delegation's link."""
    mails = apps.get_model("portal", "OutgoingMail").objects.using(schema_editor.connection.alias)
    mails.filter(kind="party_link").update(kind="delegation_link")


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0010_staff_language"),
        ("portal", "0002_outbox"),
    ]

    operations = [
        migrations.RenameField("passport", "mexico_entry_basis", "entry_basis"),
        migrations.RunPython(rename_mails, migrations.RunPython.noop, elidable=True),
    ]
