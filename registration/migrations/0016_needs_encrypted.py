import base64

from django.db import migrations, models

from rcm_portal.files.crypto import EncryptedTextField, decrypt, encrypt

COLUMNS = {
    "dietary": "dietary needs",
    "accessibility": "accessibility needs",
    "emergency_contact": "emergency contact",
}


def rewrite(apps, change) -> None:
    """Write each text of the three columns anew, as `change` makes it of the text and its context."""
    Delegate = apps.get_model("registration", "Delegate")
    said = Delegate.objects.exclude(dietary="", accessibility="", emergency_contact="")
    for row in said.only(*COLUMNS).iterator(chunk_size=500):
        values = {name: getattr(row, name) for name in COLUMNS if getattr(row, name)}
        Delegate.objects.filter(pk=row.pk).update(
            **{name: change(text, f"field:registration.delegate.{name}") for name, text in values.items()}
        )


def close(apps, schema_editor) -> None:
    rewrite(apps, lambda text, context: base64.b64encode(encrypt(text.encode(), context=context)).decode())


def open_again(apps, schema_editor) -> None:
    rewrite(apps, lambda text, context: decrypt(base64.b64decode(text), context=context).decode())


class Migration(migrations.Migration):
    dependencies = [("registration", "0015_lost_files")]

    operations = [
        migrations.AddField(
            model_name="delegate",
            name="needs_consent_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="agreed that needs and emergency contact are kept"
            ),
        ),
        *[
            migrations.AlterField("delegate", name, models.TextField(blank=True, verbose_name=words))
            for name, words in COLUMNS.items()
        ],
        migrations.RunPython(close, open_again),
        # The column stays as it is: only Python reads it otherwise.
        *[
            migrations.AlterField("delegate", name, EncryptedTextField(blank=True, verbose_name=words))
            for name, words in COLUMNS.items()
        ],
    ]
