from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ls_expert', '0004_membership_sight'),
    ]

    operations = [
        migrations.CreateModel(
            name='SkippedAnswer',
            fields=[
                ('annotation_id', models.IntegerField(primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'ls_expert_skipped_answer',
            },
        ),
    ]
