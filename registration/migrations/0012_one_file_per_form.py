from django.db import migrations, models


def keep_the_last(apps, schema_editor):
    """Of several files of one form the last one chosen stays; the daily task destroys the files of the others."""
    uploads = apps.get_model("registration", "PendingUpload").objects.using(schema_editor.connection.alias)
    seen = set()
    for pk, workshop, form_key in uploads.order_by("-created_at", "-pk").values_list("pk", "workshop", "form_key"):
        if (workshop, form_key) in seen:
            uploads.filter(pk=pk).delete()
        seen.add((workshop, form_key))


class Migration(migrations.Migration):
    dependencies = [("registration", "0011_names_of_the_field")]

    operations = [
        migrations.RunPython(keep_the_last, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("pendingupload", "form_key", models.UUIDField()),
        migrations.AddConstraint(
            "pendingupload",
            models.UniqueConstraint(fields=("workshop", "form_key"), name="pending_upload_one_per_form"),
        ),
    ]
