from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0009_staff_profile'),
    ]

    operations = [
        migrations.AddField(
            model_name='staffprofile',
            name='invited_to',
            field=models.EmailField(blank=True, db_default='', default='', editable=False, max_length=254),
        ),
    ]
