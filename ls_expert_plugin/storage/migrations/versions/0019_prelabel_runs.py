"""Runs over a whole project."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'prelabel_run',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('begun_by_person_id', sa.Integer(), nullable=False),
        sa.Column('only_missing', sa.Boolean(), nullable=False),
        sa.Column('begun_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.Column('outcome', sa.String(length=16), nullable=False),
        sa.Column('said', sa.Text(), nullable=False),
        sa.Column('tasks', sa.Integer(), nullable=False),
        sa.Column('made', sa.Integer(), nullable=False),
        sa.Column('empty', sa.Integer(), nullable=False),
        sa.Column('failed', sa.Integer(), nullable=False),
        sa.Column('is_to_stop', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['begun_by_person_id'], ['person.id'], name=op.f('fk_prelabel_run_begun_by_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_prelabel_run')),
    )
    op.create_index(op.f('ix_prelabel_run_ls_project_id'), 'prelabel_run', ['ls_project_id'])
    op.create_index(op.f('ix_prelabel_run_ended_at_utc'), 'prelabel_run', ['ended_at_utc'])
