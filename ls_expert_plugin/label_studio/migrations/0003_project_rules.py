from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ls_expert', '0002_audit'),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='specialties',
            field=models.JSONField(default=list),
        ),
        migrations.CreateModel(
            name='ProjectRule',
            fields=[
                ('project_id', models.IntegerField(primary_key=True, serialize=False)),
                ('shows_others_work', models.BooleanField(default=False)),
                ('specialty_field', models.CharField(max_length=400, null=True)),
                ('shows_tasks_without_specialty', models.BooleanField(default=False)),
                ('revision', models.BigIntegerField()),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'db_table': 'ls_expert_project_rule',
            },
        ),
    ]
