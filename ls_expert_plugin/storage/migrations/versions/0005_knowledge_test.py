"""Knowledge tests, their answers, and difficulties estimated from them."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'sitting',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('verification_id', sa.Integer(), nullable=False),
        sa.Column('pack_version', sa.Integer(), nullable=False),
        sa.Column('seed', sa.Text(), nullable=False),
        sa.Column('specialties', sa.JSON(), nullable=False),
        sa.Column('excluded', sa.JSON(), nullable=False),
        sa.Column('started_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.Column('outcome', sa.String(length=16), nullable=True),
        sa.Column('ended_by', sa.String(length=16), nullable=False),
        sa.Column('ability', sa.Double(), nullable=True),
        sa.Column('standard_error', sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(['verification_id'], ['verification.id'], name=op.f('fk_sitting_verification_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sitting')),
    )
    op.create_index(op.f('ix_sitting_verification_id'), 'sitting', ['verification_id'])
    op.create_table(
        'sitting_answer',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('sitting_id', sa.Integer(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('item_id', sa.String(length=64), nullable=False),
        sa.Column('letter', sa.String(length=1), nullable=True),
        sa.Column('right', sa.Boolean(), nullable=False),
        sa.Column('logits', sa.Double(), nullable=False),
        sa.Column('answered_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['sitting_id'], ['sitting.id'], name=op.f('fk_sitting_answer_sitting_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sitting_answer')),
        sa.UniqueConstraint('sitting_id', 'position', name=op.f('uq_sitting_answer_sitting_id_position')),
    )
    op.create_table(
        'item_difficulty',
        sa.Column('domain', sa.String(length=64), nullable=False),
        sa.Column('item_id', sa.String(length=64), nullable=False),
        sa.Column('logits', sa.Double(), nullable=False),
        sa.Column('standard_error', sa.Double(), nullable=False),
        sa.Column('answers', sa.Integer(), nullable=False),
        sa.Column('calibrated_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('domain', 'item_id', name=op.f('pk_item_difficulty')),
    )
