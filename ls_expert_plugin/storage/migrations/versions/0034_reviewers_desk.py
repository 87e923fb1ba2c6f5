"""Who has taken a review, reviewers' private notes and last looks, and templates for reasons."""

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'review_assignment',
        sa.Column('verification_id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('since_utc', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_review_assignment_person_id')),
        sa.ForeignKeyConstraint(['verification_id'], ['verification.id'], name=op.f('fk_review_assignment_verification_id')),
        sa.PrimaryKeyConstraint('verification_id', name=op.f('pk_review_assignment')),
    )
    op.create_index(op.f('ix_review_assignment_person_id'), 'review_assignment', ['person_id'])
    op.create_table(
        'private_note',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('verification_id', sa.Integer(), nullable=False),
        sa.Column('author_person_id', sa.Integer(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['author_person_id'], ['person.id'], name=op.f('fk_private_note_author_person_id')),
        sa.ForeignKeyConstraint(['verification_id'], ['verification.id'], name=op.f('fk_private_note_verification_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_private_note')),
    )
    op.create_index(op.f('ix_private_note_verification_id'), 'private_note', ['verification_id'])
    op.create_table(
        'dossier_look',
        sa.Column('verification_id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.Column('looked_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('before_utc', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_dossier_look_person_id')),
        sa.ForeignKeyConstraint(['verification_id'], ['verification.id'], name=op.f('fk_dossier_look_verification_id')),
        sa.PrimaryKeyConstraint('verification_id', 'person_id', name=op.f('pk_dossier_look')),
    )
    op.create_index(op.f('ix_dossier_look_person_id'), 'dossier_look', ['person_id'])
    op.create_table(
        'reason_template',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('action', sa.String(length=16), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_reason_template')),
    )
