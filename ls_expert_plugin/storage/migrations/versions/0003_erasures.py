"""Erasures; the days that a consent named."""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('consent') as batch:
        batch.add_column(sa.Column('retention_days', sa.Integer(), nullable=True))
    op.create_table(
        'erasure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(length=16), nullable=False),
        sa.Column('asked_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('finished_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_erasure_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure')),
    )
    op.create_index(op.f('ix_erasure_person_id'), 'erasure', ['person_id'], unique=False)
    op.create_index(op.f('ix_erasure_finished_at_utc'), 'erasure', ['finished_at_utc'], unique=False)
