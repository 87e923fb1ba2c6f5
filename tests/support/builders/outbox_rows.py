"""Very many events in Label Studio's outbox at once, put there by SQL."""

from __future__ import annotations

from pathlib import Path

from tests.support.servers.label_studio import LabelStudio

_SQL = Path(__file__).parents[2] / "inside" / "sql.py"


def add_events(label_studio: LabelStudio, project_id: int, count: int, *, kind: str = "annotation_created", user_id: int = 1) -> None:
    """Add ``count`` rows of this kind, as the triggers would have."""
    txid, moment = ("pg_current_xact_id()::text::bigint", "clock_timestamp()") if label_studio.on_postgresql else ("0", "CURRENT_TIMESTAMP")
    label_studio.run_inside(_SQL, statements=[
        f"WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count}) "
        "INSERT INTO ls_expert_outbox (txid, kind, user_id, project_id, task_id, annotation_id, was_cancelled, created_at) "
        f"SELECT {txid}, '{kind}', {user_id}, {project_id}, i, i, false, {moment} FROM numbers"
    ])
