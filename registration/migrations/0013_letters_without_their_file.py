from django.db import migrations, models
from django.db.models import Q


def name_no_file_that_is_gone(apps, schema_editor):
    """The files of letters of people whose data are destroyed are gone: the rows no longer name them."""
    alias = schema_editor.connection.alias
    letters = apps.get_model("registration", "InvitationLetter").objects.using(alias)
    letters.filter(delegate__purged_at__isnull=False).update(key="")
    sealed = apps.get_model("registration", "SealedLetter").objects.using(alias)
    sealed.filter(acceptance__letter__delegate__purged_at__isnull=False).update(key="")


class Migration(migrations.Migration):
    dependencies = [("registration", "0012_one_file_per_form")]

    operations = [
        migrations.RemoveConstraint("invitationletter", "letter_rendered_has_hash"),
        migrations.AddConstraint(
            "invitationletter",
            models.CheckConstraint(
                condition=Q(rendered_at__isnull=True) | ~Q(sha256=""), name="letter_rendered_has_hash"
            ),
        ),
        migrations.RunPython(name_no_file_that_is_gone, migrations.RunPython.noop, elidable=True),
    ]
