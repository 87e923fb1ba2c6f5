"""Whether projects are connected with Label Studio, and what they asked for before each change."""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'project_connection',
        sa.Column('ls_project_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('asked_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.Column('checked_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.Column('address', sa.Text(), nullable=False),
        sa.Column('problem', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('ls_project_id', name=op.f('pk_project_connection')),
    )
    op.create_index(op.f('ix_project_connection_asked_at_utc'), 'project_connection', ['asked_at_utc'])
    op.create_table(
        'requirement_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('by_person_id', sa.Integer(), nullable=True),
        sa.Column('via', sa.String(length=16), nullable=False),
        sa.Column('before', sa.JSON(), nullable=False),
        sa.Column('at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['by_person_id'], ['person.id'], name=op.f('fk_requirement_event_by_person_id_person')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_requirement_event')),
    )
    op.create_index('ix_requirement_event_project', 'requirement_event', ['ls_project_id', 'id'])
    op.create_index(op.f('ix_requirement_event_by_person_id'), 'requirement_event', ['by_person_id'])
    op.create_table(
        'requirement_event_invited',
        sa.Column('event_id', sa.Integer(), nullable=False),
        sa.Column('ls_user_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(['event_id'], ['requirement_event.id'], name=op.f('fk_requirement_event_invited_event_id_requirement_event')),
        sa.PrimaryKeyConstraint('event_id', 'ls_user_id', name=op.f('pk_requirement_event_invited')),
    )
    op.create_index(op.f('ix_requirement_event_invited_ls_user_id'), 'requirement_event_invited', ['ls_user_id'])
