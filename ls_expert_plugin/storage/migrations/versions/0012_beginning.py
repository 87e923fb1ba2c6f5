"""What a candidate chooses before an interview, and answers that are being written."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('interview') as table:
        table.add_column(sa.Column('specialties', sa.JSON(), nullable=False, server_default='[]'))
        table.add_column(sa.Column('language', sa.String(length=8), nullable=False, server_default=''))
        table.add_column(sa.Column('draft', sa.Text(), nullable=True))
        table.add_column(sa.Column('draft_reply_to', sa.Integer(), nullable=True))
        table.add_column(sa.Column('draft_at_utc', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('interview') as table:
        table.alter_column('specialties', server_default=None)
        table.alter_column('language', server_default=None)
