"""What a call to a language model is paid for."""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('model_call') as table:
        table.add_column(sa.Column('subject', sa.String(length=240), nullable=False, server_default=''))
    with op.batch_alter_table('model_call') as table:
        table.alter_column('subject', server_default=None)
    op.create_index(op.f('ix_model_call_at_utc'), 'model_call', ['at_utc'])
