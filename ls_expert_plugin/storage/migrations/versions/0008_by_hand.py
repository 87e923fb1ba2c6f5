"""Interviews that a person is asked for, or holds."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('interview') as table:
        table.add_column(sa.Column('human_asked_at_utc', sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column('held_by_person_id', sa.Integer(), nullable=True))
        table.create_foreign_key(op.f('fk_interview_held_by_person_id'), 'person', ['held_by_person_id'], ['id'])
