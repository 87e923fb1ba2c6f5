"""What was seen of answers while they were written, and answers that repeat others."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'turn_seen',
        sa.Column('turn_id', sa.Integer(), nullable=False),
        sa.Column('pasted_chars', sa.Integer(), nullable=False),
        sa.Column('pastes', sa.Integer(), nullable=False),
        sa.Column('away_times', sa.Integer(), nullable=False),
        sa.Column('away_s', sa.Integer(), nullable=False),
        sa.Column('answer_s', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['turn_id'], ['turn.id'], name=op.f('fk_turn_seen_turn_id')),
        sa.PrimaryKeyConstraint('turn_id', name=op.f('pk_turn_seen')),
    )
    op.create_table(
        'similar_turn',
        sa.Column('turn_id', sa.Integer(), nullable=False),
        sa.Column('other_turn_id', sa.Integer(), nullable=False),
        sa.Column('share', sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(['turn_id'], ['turn.id'], name=op.f('fk_similar_turn_turn_id')),
        sa.ForeignKeyConstraint(['other_turn_id'], ['turn.id'], name=op.f('fk_similar_turn_other_turn_id')),
        sa.PrimaryKeyConstraint('turn_id', 'other_turn_id', name=op.f('pk_similar_turn')),
    )
