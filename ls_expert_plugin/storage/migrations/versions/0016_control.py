"""Answers to control tasks, as they were counted."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'control_count',
        sa.Column('ls_user_id', sa.Integer(), nullable=False, autoincrement=False),
        sa.Column('ls_project_id', sa.Integer(), nullable=False, autoincrement=False),
        sa.Column('answers', sa.Integer(), nullable=False),
        sa.Column('right', sa.Integer(), nullable=False),
        sa.Column('counted_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('ls_user_id', 'ls_project_id', name=op.f('pk_control_count')),
    )
