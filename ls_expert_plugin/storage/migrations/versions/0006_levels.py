"""Levels of competencies, and red flags, with the words that raised them."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'score',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('assessment_id', sa.Integer(), nullable=False),
        sa.Column('competency', sa.String(length=64), nullable=False),
        sa.Column('level', sa.Integer(), nullable=True),
        sa.Column('spread', sa.Integer(), nullable=False),
        sa.Column('readings', sa.JSON(), nullable=False),
        sa.Column('backed', sa.Boolean(), nullable=False),
        sa.Column('rubric', sa.Integer(), nullable=False),
        sa.Column('prompt_version', sa.String(length=64), nullable=False),
        sa.Column('model', sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_score_assessment_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_score')),
        sa.UniqueConstraint('assessment_id', 'competency', name=op.f('uq_score_assessment_id_competency')),
    )
    op.create_table(
        'raised_flag',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('assessment_id', sa.Integer(), nullable=False),
        sa.Column('red_flag', sa.String(length=64), nullable=False),
        sa.Column('turn_id', sa.Integer(), nullable=False),
        sa.Column('start', sa.Integer(), nullable=False),
        sa.Column('end', sa.Integer(), nullable=False),
        sa.Column('quote', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_raised_flag_assessment_id')),
        sa.ForeignKeyConstraint(['turn_id'], ['turn.id'], name=op.f('fk_raised_flag_turn_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_raised_flag')),
    )
    op.create_index(op.f('ix_raised_flag_assessment_id'), 'raised_flag', ['assessment_id'])
