from django.db import migrations, models


def _everything_is_due(apps, schema_editor):
    # One row says it of all tasks; they are taken in by some thousands at the end of this migrate, and by the service afterwards.
    apps.get_model('ls_expert', 'TaskFilesDue').objects.create(project_id=None, first_task_id=1, last_task_id=2**31 - 1)


class Migration(migrations.Migration):

    dependencies = [
        ('ls_expert', '0005_skipped_answer'),
    ]

    operations = [
        migrations.CreateModel(
            name='TaskFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('project_id', models.IntegerField()),
                ('task_id', models.IntegerField(db_index=True)),
                ('name', models.BigIntegerField()),
            ],
            options={
                'db_table': 'ls_expert_task_file',
                'constraints': [models.UniqueConstraint(fields=('project_id', 'name', 'task_id'), name='ls_expert_task_file_one')],
            },
        ),
        migrations.CreateModel(
            name='TaskFilesDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('project_id', models.IntegerField(db_index=True, null=True)),
                ('first_task_id', models.IntegerField()),
                ('last_task_id', models.IntegerField()),
            ],
            options={
                'db_table': 'ls_expert_task_files_due',
            },
        ),
        migrations.RunPython(_everything_is_due, migrations.RunPython.noop),
    ]
