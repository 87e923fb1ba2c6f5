"""The outbox's triggers are put in place, and only what is not as it should be is touched."""

from __future__ import annotations

import json
import threading
from typing import Any

import psycopg
import pytest

from tests.integration.conftest import own_label_studio
from tests.support.clients.in_process import INSIDE
from tests.support.servers.label_studio import LabelStudio

label_studio = own_label_studio("sqlite", "postgresql")

pytestmark = pytest.mark.database
JOINED, CHANGED = "ls_expert_00_user_joined", "ls_expert_08_project_changed"
NOTHING: dict[str, Any] = {"missing": [], "written": [], "left": [], "is_new_epoch": False}


def _older(label_studio: LabelStudio) -> list[str]:
    """A trigger as an older version of ours may have had it: it tells of titles alone."""
    insert = "INSERT INTO ls_expert_outbox (txid, kind, created_at, project_id) VALUES (0, 'project_changed', CURRENT_TIMESTAMP, NEW.id)"
    create = f"CREATE TRIGGER {CHANGED} AFTER UPDATE OF title ON project FOR EACH ROW"
    if label_studio.on_postgresql:
        return [f"DROP TRIGGER {CHANGED} ON project", f"{create} EXECUTE FUNCTION {CHANGED}()"]
    return [f"DROP TRIGGER {CHANGED}", f"{create} BEGIN {insert}; END"]


def test_what_is_missing_or_another_is_replaced_and_nothing_else_is_touched(label_studio: LabelStudio) -> None:
    """Where all are in place no table is locked. Where one was lost, changes were not told: a new epoch makes the service read all again."""
    lost = [f"DROP TRIGGER {JOINED} ON organizations_organizationmember" if label_studio.on_postgresql else f"DROP TRIGGER {JOINED}"]
    changes = {"none": [], "lost": lost, "older": _older(label_studio)}
    if label_studio.on_postgresql:
        changes["off"] = [f"ALTER TABLE project DISABLE TRIGGER {CHANGED}"]
        changes["body"] = [f"CREATE OR REPLACE FUNCTION {CHANGED}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$"]
    done = label_studio.run_inside(INSIDE / "trigger_installation.py", changes=changes)
    assert done.pop("none") == NOTHING
    assert done.pop("lost") == {"missing": [JOINED], "written": [JOINED], "left": [], "is_new_epoch": True}
    assert done and all(one == {"missing": [CHANGED], "written": [CHANGED], "left": [], "is_new_epoch": False} for one in done.values()), done


def test_label_studio_says_which_are_not_in_place(label_studio: LabelStudio) -> None:
    """What ``doctor`` looks at."""
    assert label_studio.service.get("/status").json()["triggers_not_in_place"] == []


@pytest.mark.release("waits for a lock to be given up, some seconds")
@pytest.mark.parametrize("label_studio", ["postgresql"], indirect=True)
def test_somebody_who_reads_a_table_for_long_keeps_nobody_else_waiting(label_studio: LabelStudio) -> None:
    """A report holds the table of projects: the installation steps back for whoever wants to read it, and comes again."""
    with label_studio.database() as report, label_studio.database() as page:
        report.execute("SELECT count(*) FROM project")
        answer: list[Any] = []
        thread = threading.Thread(target=lambda: answer.append(label_studio.run_inside(INSIDE / "trigger_installation.py", stays=[
            f"COMMENT ON TRIGGER {CHANGED} ON project IS 'of an older version'",
        ])))
        thread.start()
        _until_somebody_waits(page)
        page.execute("SET statement_timeout = '20s'")
        page.execute("SELECT count(*) FROM project")
        page.rollback()
        report.rollback()
        thread.join()
    assert answer == [[]], json.dumps(answer)


def _until_somebody_waits(connection: psycopg.Connection[Any]) -> None:
    for _ in range(100_000):
        waiting = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'project'::regclass").fetchone()
        connection.rollback()
        if waiting and waiting[0]:
            return
    raise AssertionError("nobody waits for the table")
