"""Epochs of Label Studio's outbox; which account was erased there."""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'outbox_epoch',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('epoch', sa.String(length=32), nullable=False),
        sa.Column('reason', sa.String(length=16), nullable=False),
        sa.Column('begun_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('resynced_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox_epoch')),
    )
    with op.batch_alter_table('erasure') as table:
        table.add_column(sa.Column('account_mark', sa.String(length=64), nullable=True))
