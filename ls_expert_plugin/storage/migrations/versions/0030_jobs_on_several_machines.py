"""Leases, running processes, the schedule's memory, and how far learning is."""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'lease',
        sa.Column('name', sa.String(length=128), nullable=False),
        sa.Column('token', sa.String(length=32), nullable=False),
        sa.Column('until_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_lease')),
    )
    op.create_table(
        'instance',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('host', sa.String(length=255), nullable=False),
        sa.Column('configuration', sa.String(length=64), nullable=False),
        sa.Column('packs', sa.JSON(), nullable=False),
        sa.Column('broker', sa.String(length=64), nullable=False),
        sa.Column('seen_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_instance')),
    )
    op.create_table(
        'configuration',
        sa.Column('fingerprint', sa.String(length=64), nullable=False),
        sa.Column('first_seen_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('fingerprint', name=op.f('pk_configuration')),
    )
    op.create_table(
        'scheduled_job',
        sa.Column('name', sa.String(length=64), nullable=False),
        sa.Column('sent_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_scheduled_job')),
    )
    op.create_table(
        'training_progress',
        sa.Column('ls_project_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('annotations', sa.Integer(), nullable=False),
        sa.Column('next_attempt', sa.Integer(), nullable=False),
        sa.Column('attempted_experts', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('ls_project_id', name=op.f('pk_training_progress')),
    )
    op.execute(
        "INSERT INTO training_progress (ls_project_id, annotations, next_attempt, attempted_experts) "
        "SELECT ls_project_id, count(*), 0, 0 FROM work_event WHERE kind = 'annotation_created' AND ls_project_id IS NOT NULL GROUP BY ls_project_id"
    )
    with op.batch_alter_table('example_set') as table:
        table.add_column(sa.Column('example_count', sa.Integer(), nullable=False, server_default='0'))
    op.execute("UPDATE example_set SET example_count = json_array_length(examples)")
    with op.batch_alter_table('example_set') as table:
        table.alter_column('example_count', server_default=None)
    op.create_index('ix_example_set_newest', 'example_set', ['ls_project_id', 'created_at_utc', 'id', 'example_count'])
