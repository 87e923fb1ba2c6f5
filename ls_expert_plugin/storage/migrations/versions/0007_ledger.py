"""The ledger of claims, marks of what does not agree, and answers of public registers."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('claim', sa.Column('contradicted', sa.Text(), nullable=True))
    op.create_table(
        'claim_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('claim_id', sa.Integer(), nullable=False),
        sa.Column('from_status', sa.String(length=32), nullable=False),
        sa.Column('to_status', sa.String(length=32), nullable=False),
        sa.Column('source', sa.String(length=64), nullable=False),
        sa.Column('evidence', sa.JSON(), nullable=False),
        sa.Column('contradicted', sa.Text(), nullable=False),
        sa.Column('actor_person_id', sa.Integer(), nullable=True),
        sa.Column('at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['claim_id'], ['claim.id'], name=op.f('fk_claim_event_claim_id')),
        sa.ForeignKeyConstraint(['actor_person_id'], ['person.id'], name=op.f('fk_claim_event_actor_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_claim_event')),
    )
    op.create_index(op.f('ix_claim_event_claim_id'), 'claim_event', ['claim_id'])
    op.create_table(
        'register_answer',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('check_id', sa.String(length=64), nullable=False),
        sa.Column('number', sa.String(length=64), nullable=False),
        sa.Column('answer', sa.JSON(), nullable=False),
        sa.Column('asked_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_register_answer')),
        sa.UniqueConstraint('check_id', 'number', name=op.f('uq_register_answer_check_id_number')),
    )
