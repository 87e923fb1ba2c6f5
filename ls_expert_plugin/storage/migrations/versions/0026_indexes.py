"""Indexes for what was found by reading whole tables: words of one interview, somebody's latest work, calls of one project, dates that have passed.

Nothing else: each index is committed by itself on PostgreSQL, and what is interrupted is run again.
"""

import sqlalchemy as sa

from ls_expert_plugin.storage.migrations import indexes

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column in (('evidence', 'turn_id'), ('raised_flag', 'turn_id'), ('suggestion', 'turn_id'), ('similar_turn', 'other_turn_id')):
        indexes.build(f'ix_{table}_{column}', table, [column])
    indexes.build('ix_work_event_person_time', 'work_event', ['ls_user_id', 'at_utc'])
    indexes.drop('ix_work_event_ls_user_id', 'work_event')
    indexes.build('ix_model_call_subject', 'model_call', ['subject', 'at_utc'], postgresql_ops={'subject': 'text_pattern_ops'})
    indexes.build(
        'ix_membership_ending', 'membership', ['valid_until_utc'], postgresql_where=sa.text('active'), sqlite_where=sa.text('active = 1'),
    )
