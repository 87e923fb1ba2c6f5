from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ls_expert', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Audit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.IntegerField()),
                ('method', models.CharField(max_length=16)),
                ('url_name', models.CharField(max_length=200)),
                ('reason', models.CharField(max_length=16)),
                ('count', models.BigIntegerField(default=0)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'ls_expert_audit',
                'constraints': [models.UniqueConstraint(fields=('user_id', 'method', 'url_name', 'reason'), name='ls_expert_audit_one')],
            },
        ),
    ]
