"""Whose turn it is to have their answers to control tasks counted, sums of calls to language models by day, and what became of pre-labels."""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'model_usage',
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('purpose', sa.String(length=64), nullable=False),
        sa.Column('subject', sa.String(length=240), nullable=False),
        sa.Column('model', sa.String(length=128), nullable=False),
        sa.Column('calls', sa.Integer(), nullable=False),
        sa.Column('failed', sa.Integer(), nullable=False),
        sa.Column('tokens_in', sa.BigInteger(), nullable=False),
        sa.Column('tokens_out', sa.BigInteger(), nullable=False),
        sa.Column('duration_ms', sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint('day', 'purpose', 'subject', 'model', name=op.f('pk_model_usage')),
    )
    op.create_table(
        'control_turn',
        sa.Column('ls_user_id', sa.Integer(), nullable=False, autoincrement=False),
        sa.Column('tried_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('counted_through_utc', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('ls_user_id', name=op.f('pk_control_turn')),
    )
    op.create_table(
        'prelabel_outcome',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ls_project_id', sa.Integer(), nullable=False),
        sa.Column('version', sa.String(length=200), nullable=False),
        sa.Column('ls_user_id', sa.Integer(), nullable=False),
        sa.Column('score', sa.Double(), nullable=False),
        sa.Column('stood', sa.Boolean(), nullable=False),
        sa.Column('is_blind', sa.Boolean(), nullable=False),
        sa.Column('read_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_prelabel_outcome')),
    )
    op.create_index('ix_prelabel_outcome_version', 'prelabel_outcome', ['ls_project_id', 'version'])
    op.create_index(op.f('ix_prelabel_outcome_read_at_utc'), 'prelabel_outcome', ['read_at_utc'])
    with op.batch_alter_table('prelabel_score') as table:
        table.add_column(sa.Column('made_at_utc', sa.DateTime(timezone=True), nullable=False, server_default=sa.func.current_timestamp()))
    with op.batch_alter_table('prelabel_score') as table:
        table.alter_column('made_at_utc', server_default=None)
