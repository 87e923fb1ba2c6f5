from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ls_expert', '0007_outbox_log'),
    ]

    operations = [
        migrations.AddField(
            model_name='projectrule',
            name='assignment',
            field=models.CharField(default='open', max_length=16),
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.IntegerField()),
                ('task_id', models.IntegerField(db_index=True)),
                ('project_id', models.IntegerField(db_index=True)),
                ('purpose', models.CharField(max_length=32)),
                ('active', models.BooleanField()),
                ('barred', models.BooleanField(default=False)),
                ('valid_until', models.DateTimeField(null=True)),
                ('task_made_at', models.DateTimeField()),
                ('is_task_gone', models.BooleanField(default=False)),
                ('revision', models.BigIntegerField()),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'db_table': 'ls_expert_assignment',
                'indexes': [
                    models.Index(fields=['user_id', 'project_id', 'active', 'barred', 'task_id', 'valid_until'], name='ls_expert_assignment_own'),
                    models.Index(condition=models.Q(('is_task_gone', True)), fields=['id'], name='ls_expert_assignment_gone'),
                ],
                'constraints': [models.UniqueConstraint(fields=('user_id', 'task_id'), name='ls_expert_assignment_one')],
            },
        ),
    ]
