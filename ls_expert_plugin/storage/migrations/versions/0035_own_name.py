"""What people say they are called, where their account in Label Studio has no name."""

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('person') as table:
        table.add_column(sa.Column('own_name', sa.String(520), nullable=True))
