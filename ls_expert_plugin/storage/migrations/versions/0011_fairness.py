"""Voluntary answers for the fairness report."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'voluntary_answer',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('answers', sa.JSON(), nullable=False),
        sa.Column('given_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_voluntary_answer_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_voluntary_answer')),
        sa.UniqueConstraint('person_id', name=op.f('uq_voluntary_answer_person_id')),
    )
