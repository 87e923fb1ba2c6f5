"""Names as they were when something was decided or said: who changes theirs later does not change the history."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, person, name in (('verification_event', 'actor_person_id', 'actor_name'), ('review_entry', 'author_person_id', 'author_name')):
        op.add_column(table, sa.Column(name, sa.String(length=520), nullable=True))
        # What they are called now is the nearest there is.
        op.execute(sa.text(
            f"UPDATE {table} SET {name} = COALESCE((SELECT COALESCE(NULLIF(p.name, ''), p.email) FROM person p WHERE p.id = {table}.{person}), '')"
        ))
