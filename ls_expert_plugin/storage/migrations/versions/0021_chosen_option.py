"""Which option of an item was chosen, apart from where it stood: the order follows from a secret that may be changed."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('sitting_answer', sa.Column('option', sa.Integer(), nullable=True))
