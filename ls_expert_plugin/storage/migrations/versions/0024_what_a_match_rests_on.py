"""When a name changed, and what a register's match rests on."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('person') as table:
        table.add_column(sa.Column('renamed_at_utc', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('claim') as table:
        table.add_column(sa.Column('rests_on', sa.JSON(), nullable=True))
