"""What is put down beside a verification, and reminders that it is to be looked at again."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'review_entry',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('verification_id', sa.Integer(), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('author_person_id', sa.Integer(), nullable=True),
        sa.Column('about', sa.String(length=80), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('details', sa.JSON(), nullable=False),
        sa.Column('at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['verification_id'], ['verification.id'], name=op.f('fk_review_entry_verification_id')),
        sa.ForeignKeyConstraint(['author_person_id'], ['person.id'], name=op.f('fk_review_entry_author_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_review_entry')),
    )
    op.create_index(op.f('ix_review_entry_verification_id'), 'review_entry', ['verification_id'])
    op.create_table(
        'reminder',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('verification_id', sa.Integer(), nullable=False),
        sa.Column('cause', sa.String(length=16), nullable=False),
        sa.Column('about', sa.String(length=80), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('sent_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('settled_at_utc', sa.DateTime(timezone=True), nullable=True),
        sa.Column('outcome', sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(['verification_id'], ['verification.id'], name=op.f('fk_reminder_verification_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_reminder')),
    )
    op.create_index(op.f('ix_reminder_verification_id'), 'reminder', ['verification_id'])
