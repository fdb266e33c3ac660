from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="LoadBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField(unique=True)),
                ("lane", models.CharField(max_length=16)),
                ("segments", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("planned", "Planned"), ("recorded", "Recorded"), ("stored", "Stored")],
                        default="planned",
                        max_length=16,
                    ),
                ),
                ("insert", models.TextField(default="")),
                ("planned_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PeriodicJob",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("done_until", models.DateTimeField()),
            ],
        ),
    ]
