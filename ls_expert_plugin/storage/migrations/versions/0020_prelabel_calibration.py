"""What scores of pre-labels are worth, how example sets did on annotations they were not learnt from, and figures for the page."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'prelabel_score',
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('version', sa.String(length=200), nullable=False),
        sa.Column('ls_task_id', sa.Integer(), nullable=False),
        sa.Column('score', sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint('ls_project_id', 'version', 'ls_task_id', name=op.f('pk_prelabel_score')),
    )
    op.create_table(
        'prelabel_calibration',
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('version', sa.String(length=200), nullable=False),
        sa.Column('slope', sa.Double(), nullable=False),
        sa.Column('intercept', sa.Double(), nullable=False),
        sa.Column('outcomes', sa.Integer(), nullable=False),
        sa.Column('is_blind', sa.Boolean(), nullable=False),
        sa.Column('learnt_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('ls_project_id', 'version', name=op.f('pk_prelabel_calibration')),
    )
    op.add_column('example_set', sa.Column('measured', sa.JSON(), nullable=True))
    op.create_table(
        'prelabel_figures',
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('ask_tasks', sa.Integer(), nullable=False),
        sa.Column('asked_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('figures', sa.JSON(), nullable=False),
        sa.Column('made_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('ls_project_id', name=op.f('pk_prelabel_figures')),
    )
