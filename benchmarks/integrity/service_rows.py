"""Fills the service's database on PostgreSQL with SQL alone: the columns are those of the oldest checkout that is measured."""

from __future__ import annotations

import psycopg

from benchmarks.integrity.sizes import Amounts

# Times are spread over 30 days. Person i has Label Studio's id i; person 1 is a manager. Domains go round by id, of people and of projects.
_DOMAIN = "(ARRAY['law', 'medicine', 'finance'])[{} % 3 + 1]"
_AT = "now() - ({} % 43200) * interval '1 minute'"
STATEMENTS = (
    "INSERT INTO person (id, ls_user_id, email, name, role, joined_at_utc)"
    " SELECT i, i, 'p' || i || '@bench.example', 'Person ' || i, CASE i WHEN 1 THEN 'manager' ELSE 'expert' END, now() FROM generate_series(1, {people}) i",
    "INSERT INTO consent (person_id, purpose, text_version, given_at_utc, retention_days)"
    " SELECT i, 'matching', '1', now(), 730 FROM generate_series(1, {people}) i",
    "INSERT INTO verification (id, person_id, domain, status, reason, revision, specialties, created_at_utc, updated_at_utc)"
    f" SELECT i, i, {_DOMAIN.format('i')}, CASE WHEN i % 20 = 0 THEN 'in_review' ELSE 'verified' END, '', 1, '[]', now(), now()"
    " FROM generate_series(1, {people}) i",
    "INSERT INTO verification_event (verification_id, from_status, to_status, reason, at_utc)"
    " SELECT i, 'interested', CASE WHEN i % 20 = 0 THEN 'in_review' ELSE 'verified' END, '', now() FROM generate_series(1, {people}) i",
    "INSERT INTO claim (person_id, kind, details, status, source, created_at_utc, updated_at_utc)"
    " SELECT i, 'licence', '{{\"kind\": \"bar\", \"number\": \"1\"}}', 'claimed', 'form', now(), now() FROM generate_series(1, {people}) i",
    "INSERT INTO interview (id, verification_id, pack_version, specialties, language, started_at_utc, ended_at_utc)"
    " SELECT i, i, 1, '[]', 'en', now(), now() FROM generate_series(1, {people}) i",
    "INSERT INTO turn (id, interview_id, position, speaker, text, question_id, worded_by, at_utc)"
    " SELECT i * 24 + t, i, t, CASE t % 2 WHEN 0 THEN 'interviewer' ELSE 'candidate' END, 'Words of turn ' || t, CASE t % 2 WHEN 0 THEN 'q' END, '', now()"
    " FROM generate_series(1, {people}) i, generate_series(0, 23) t",
    "INSERT INTO assessment (id, interview_id, state, method, pack_version, prompt_version, note, attempts, queued_at_utc, finished_at_utc)"
    " SELECT i, i, 'done', 'model', 1, '1', '', 1, now(), now() FROM generate_series(1, {people}) i",
    "INSERT INTO evidence (assessment_id, competency, turn_id, start, \"end\", quote, found_by)"
    " SELECT i, 'c' || t, i * 24 + t * 2 + 1, 0, 5, 'Words', 'model' FROM generate_series(1, {people}) i, generate_series(0, 11) t",
    "INSERT INTO project (ls_project_id, title, domain, specialties, all_specialties, languages, jurisdictions, credential_kinds, add_on, mode,"
    " shows_others_work, shows_tasks_without_specialty, rules_revision, rules_pushed_revision, updated_at_utc)"
    f" SELECT i, 'Project ' || i, {_DOMAIN.format('i')}, '[]', false, '[]', '[]', '[]', '[]', 'open', false, false, 0, 0, now()"
    " FROM generate_series(1, {projects}) i",
    "INSERT INTO membership (ls_user_id, ls_project_id, active, reason, specialties, revision, pushed_revision, updated_at_utc)"
    f" SELECT i, p, true, 'verified in ' || {_DOMAIN.format('i')}, '[]', 1, 1, now()"
    " FROM generate_series(1, {people}) i, generate_series(1, {projects}) p WHERE i % 3 = p % 3 AND i % 20 > 0 AND i > 1",
    "INSERT INTO work_event (outbox_id, kind, ls_user_id, ls_project_id, ls_task_id, ls_annotation_id, was_cancelled, at_utc)"
    f" SELECT '1.' || i, 'annotation_created', i % {{people}} + 1, i % {{projects}} + 1, i, i, false, {_AT.format('i')}"
    " FROM generate_series(1, {annotations}) i",
    "INSERT INTO model_call (purpose, model, prompt_version, prompt_sha256, tokens_in, tokens_out, duration_ms, attempts, outcome, at_utc, subject)"
    f" SELECT 'ml_backend.prelabel', 'm', '1', repeat('0', 64), 900, 60, 800, 1, 'ok', {_AT.format('i')}, 'project ' || (i % {{projects}} + 1) || ' v1'"
    " FROM generate_series(1, {annotations}) i",
    "INSERT INTO control_count (ls_user_id, ls_project_id, answers, \"right\", counted_at_utc)"
    " SELECT i, p, 20, 18, now() FROM generate_series(1, {people}) i, generate_series(1, LEAST({projects}, 5)) p",
    "DO $$ BEGIN ALTER TABLE prelabel_score ALTER made_at_utc SET DEFAULT now(); EXCEPTION WHEN undefined_column THEN NULL; END $$",  # newer than the oldest
    "INSERT INTO prelabel_score (ls_project_id, version, ls_task_id, score)"
    " SELECT 1, 'v1', i, (i % 100) / 100.0 FROM generate_series(1, {annotations} / 2 + 1000) i",
    "SELECT setval(pg_get_serial_sequence('person', 'id'), {people}), setval(pg_get_serial_sequence('verification', 'id'), {people}),"
    " setval(pg_get_serial_sequence('interview', 'id'), {people})",
)


def fill(dsn: str, amounts: Amounts) -> None:
    """The database has its tables and nothing in them."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in STATEMENTS:
            connection.execute(statement.format(  # type: ignore[call-overload]  # numbers of our own
                people=amounts.people, projects=amounts.projects, annotations=amounts.annotations,
            ))


def tidy(dsn: str) -> None:
    """What PostgreSQL does by itself in time: statistics, and the map of what is visible to all."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
