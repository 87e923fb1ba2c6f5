"""When accounts and projects were made in Label Studio: a restored one gives their numbers a second time."""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('person') as table:
        table.add_column(sa.Column('account_made_at_utc', sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column('former_ls_user_id', sa.Integer(), nullable=True))
        table.add_column(sa.Column('replaced_at_utc', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('project') as table:
        table.add_column(sa.Column('made_at_utc', sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column('replaced_at_utc', sa.DateTime(timezone=True), nullable=True))
