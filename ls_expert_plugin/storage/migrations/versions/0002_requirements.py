"""What a project asks for beside its domain, rules of projects, invitations; specialties and levels; checked claims."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

# Rows that are there get these values; new ones get theirs from the code.
_NONE, _NO, _ZERO, _OPEN = sa.text("'[]'"), sa.false(), sa.text("0"), sa.text("'open'")


def _fill(table: str, columns: list[sa.Column]) -> None:
    """Add columns, each with its value for the rows that are there, and take that default away again."""
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.add_column(column)
    with op.batch_alter_table(table) as batch:
        for column in columns:
            if column.server_default is not None:
                batch.alter_column(column.name, existing_type=column.type, existing_nullable=False, server_default=None)


def upgrade() -> None:
    _fill('project', [
        sa.Column('specialties', sa.JSON(), nullable=False, server_default=_NONE),
        sa.Column('all_specialties', sa.Boolean(), nullable=False, server_default=_NO),
        sa.Column('minimum_level', sa.Integer(), nullable=True),
        sa.Column('languages', sa.JSON(), nullable=False, server_default=_NONE),
        sa.Column('jurisdictions', sa.JSON(), nullable=False, server_default=_NONE),
        sa.Column('credential_kinds', sa.JSON(), nullable=False, server_default=_NONE),
        sa.Column('max_experts', sa.Integer(), nullable=True),
        sa.Column('mode', sa.String(length=16), nullable=False, server_default=_OPEN),
        sa.Column('shows_others_work', sa.Boolean(), nullable=False, server_default=_NO),
        sa.Column('specialty_field', sa.String(length=200), nullable=True),
        sa.Column('shows_tasks_without_specialty', sa.Boolean(), nullable=False, server_default=_NO),
        sa.Column('rules_revision', sa.BigInteger(), nullable=False, server_default=_ZERO),
        sa.Column('rules_pushed_revision', sa.BigInteger(), nullable=False, server_default=_ZERO),
    ])
    _fill('membership', [sa.Column('specialties', sa.JSON(), nullable=False, server_default=_NONE)])
    with op.batch_alter_table('membership') as batch:
        batch.alter_column('revision', existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)
        batch.alter_column('pushed_revision', existing_type=sa.Integer(), type_=sa.BigInteger(), existing_nullable=False)
        batch.drop_index('ix_membership_unpushed')
        batch.create_index(
            'ix_membership_unpushed', ['active', 'updated_at_utc', 'id'], unique=False,
            postgresql_where=sa.text('pushed_revision < revision'), sqlite_where=sa.text('pushed_revision < revision'),
        )
    _fill('verification', [
        sa.Column('specialties', sa.JSON(), nullable=False, server_default=_NONE),
        sa.Column('level', sa.Integer(), nullable=True),
    ])
    with op.batch_alter_table('claim') as batch:
        batch.add_column(sa.Column('checked_by_person_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('checked_at_utc', sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(batch.f('fk_claim_checked_by_person_id'), 'person', ['checked_by_person_id'], ['id'])
    op.create_table(
        'invitation',
        sa.Column('ls_project_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('ls_user_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('invited_at_utc', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until_utc', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('ls_project_id', 'ls_user_id', name=op.f('pk_invitation')),
    )
    op.create_table(
        'routing_due',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('person_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_routing_due_person_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_due')),
    )
    with op.batch_alter_table('routing_due') as batch:
        batch.create_index(batch.f('ix_routing_due_person_id'), ['person_id'], unique=False)
