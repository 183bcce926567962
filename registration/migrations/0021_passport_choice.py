from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registration", "0020_party_order")]

    operations = [
        migrations.AlterField(
            model_name="workshop",
            name="passport_required_for",
            field=models.CharField(
                choices=[("all", "every participant"), ("flights", "those for whom a ticket is bought")],
                default="all",
                max_length=20,
                verbose_name="passport copy asked of",
            ),
        ),
    ]
