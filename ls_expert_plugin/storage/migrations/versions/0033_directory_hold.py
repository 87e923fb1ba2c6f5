"""That synchronisation with Label Studio is on hold: too many accounts or projects would be others than before."""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'directory_hold',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('since_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.Column('projects', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_directory_hold')),
    )
