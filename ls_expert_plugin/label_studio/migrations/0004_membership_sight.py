from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ls_expert', '0003_project_rules'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(fields=['user_id', 'project_id', 'active', 'valid_until'], name='ls_expert_membership_sight'),
        ),
    ]
