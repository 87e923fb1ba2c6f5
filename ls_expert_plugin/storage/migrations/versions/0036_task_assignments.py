"""Which tasks are assigned to whom, and whether a project shows experts no others."""

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('project') as table:
        table.add_column(sa.Column('assignment', sa.String(16), nullable=False, server_default='open'))
    op.create_table(
        'task_assignment',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ls_user_id', sa.Integer(), nullable=False),
        sa.Column('ls_task_id', sa.Integer(), nullable=False),
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('purpose', sa.String(length=32), nullable=False),
        sa.Column('active', sa.Boolean(), nullable=False),
        sa.Column('barred', sa.Boolean(), nullable=False),
        sa.Column('valid_until_utc', sa.DateTime(timezone=True), nullable=True),
        sa.Column('task_made_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('revision', sa.BigInteger(), nullable=False),
        sa.Column('pushed_revision', sa.BigInteger(), nullable=False),
        sa.Column('updated_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_task_assignment')),
        sa.UniqueConstraint('ls_user_id', 'ls_task_id', name=op.f('uq_task_assignment_ls_user_id_ls_task_id')),
    )
    op.create_index('ix_task_assignment_project', 'task_assignment', ['ls_project_id', 'ls_task_id'])
    op.create_index(
        'ix_task_assignment_unpushed', 'task_assignment', ['active', 'updated_at_utc', 'id'],
        postgresql_where=sa.text('pushed_revision < revision'), sqlite_where=sa.text('pushed_revision < revision'),
    )
    op.create_index(
        'ix_task_assignment_ending', 'task_assignment', ['valid_until_utc'], postgresql_where=sa.text('active'), sqlite_where=sa.text('active = 1'),
    )
