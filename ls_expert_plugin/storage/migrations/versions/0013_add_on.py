"""Questions of a project's own, the answers to them, and what was made of those."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('project') as table:
        table.add_column(sa.Column('add_on', sa.JSON(), nullable=False, server_default='[]'))
    with op.batch_alter_table('project') as table:
        table.alter_column('add_on', server_default=None)
    op.create_table(
        'add_on',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('asked', sa.JSON(), nullable=False),
        sa.Column('answers', sa.JSON(), nullable=False),
        sa.Column('started_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.Column('outcome', sa.String(length=16), nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('decided_by_person_id', sa.Integer(), nullable=True),
        sa.Column('decided_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['decided_by_person_id'], ['person.id'], name=op.f('fk_add_on_decided_by_person_id')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_add_on_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_add_on')),
    )
    op.create_index(op.f('ix_add_on_ls_project_id'), 'add_on', ['ls_project_id'])
    op.create_index(op.f('ix_add_on_person_id'), 'add_on', ['person_id'])
