"""Answers of the pre-labeller, and what each project is pre-labelled by."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'prelabel',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('ls_task_id', sa.Integer(), nullable=False),
        sa.Column('version', sa.String(length=200), nullable=False),
        sa.Column('content', sa.String(length=64), nullable=False),
        sa.Column('result', sa.Text(), nullable=True),
        sa.Column('taken_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_prelabel')),
        sa.UniqueConstraint('ls_project_id', 'ls_task_id', 'version', 'content', name=op.f('uq_prelabel_ls_project_id_ls_task_id_version_content')),
    )
    op.create_index(op.f('ix_prelabel_taken_at_utc'), 'prelabel', ['taken_at_utc'])
    op.create_table(
        'ml_project',
        sa.Column('ls_project_id', sa.Integer(), nullable=False, autoincrement=False),
        sa.Column('recipe', sa.JSON(), nullable=False),
        sa.Column('extra_params', sa.JSON(), nullable=False),
        sa.Column('switched_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('ls_project_id', name=op.f('pk_ml_project')),
    )
