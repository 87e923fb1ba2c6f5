"""Answers of the pre-labeller are told by what they answer, without a number of their own."""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

KEY = ['ls_project_id', 'ls_task_id', 'version', 'content']


def upgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.drop_column('prelabel', 'id')  # and its primary key
        op.create_primary_key(op.f('pk_prelabel'), 'prelabel', KEY)
        op.drop_constraint(op.f('uq_prelabel_ls_project_id_ls_task_id_version_content'), 'prelabel', type_='unique')
        return
    op.drop_index(op.f('ix_prelabel_taken_at_utc'), 'prelabel')
    op.rename_table('prelabel', 'prelabel_numbered')
    op.create_table(
        'prelabel',
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('ls_task_id', sa.Integer(), nullable=False),
        sa.Column('version', sa.String(length=200), nullable=False),
        sa.Column('content', sa.String(length=64), nullable=False),
        sa.Column('result', sa.Text(), nullable=True),
        sa.Column('taken_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name=op.f('pk_prelabel')),
    )
    columns = ', '.join([*KEY, 'result', 'taken_at_utc'])
    op.execute(f'INSERT INTO prelabel ({columns}) SELECT {columns} FROM prelabel_numbered')
    op.drop_table('prelabel_numbered')
    op.create_index(op.f('ix_prelabel_taken_at_utc'), 'prelabel', ['taken_at_utc'])
