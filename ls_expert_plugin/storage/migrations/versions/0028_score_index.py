"""Scores of long ago are found by an index."""

from ls_expert_plugin.storage.migrations import indexes

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    indexes.build('ix_prelabel_score_made_at_utc', 'prelabel_score', ['made_at_utc'])
