from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ls_expert', '0006_task_files'),
    ]

    operations = [
        migrations.AddField(
            model_name='outbox',
            name='earlier_id',
            field=models.CharField(max_length=40, null=True),
        ),
        migrations.CreateModel(
            name='OutboxLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('epoch', models.CharField(max_length=32)),
                ('database', models.CharField(max_length=120)),
                ('handed_through', models.CharField(max_length=40)),
                ('forgotten_through', models.CharField(max_length=40)),
                ('begun_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'ls_expert_outbox_log',
            },
        ),
        migrations.CreateModel(
            name='ErasedAccount',
            fields=[
                ('mark', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('erased_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'db_table': 'ls_expert_erased_account',
            },
        ),
    ]
