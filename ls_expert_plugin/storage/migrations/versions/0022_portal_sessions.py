"""Sessions of the portal by row, and when Label Studio last said that somebody is a member. Whoever is signed in signs in once more."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('person', sa.Column('heard_at_utc', sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        'portal_session',
        sa.Column('id', sa.String(length=64), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('begun_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_portal_session_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_portal_session')),
    )
    op.create_index(op.f('ix_portal_session_person_id'), 'portal_session', ['person_id'])
    op.create_index(op.f('ix_portal_session_begun_at_utc'), 'portal_session', ['begun_at_utc'])
