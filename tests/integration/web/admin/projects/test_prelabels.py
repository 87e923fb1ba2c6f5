"""The manager's page of a project's pre-labels: begin a run, follow it, stop it; and the worker that carries it out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.ml_backend.batch.run import GONE_AFTER
from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, subject_of
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.prelabels.switching import Offer
from ls_expert_plugin.storage.tables import ModelCallRow
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.prelabels import figures
from tests.support.builders.vetting_case import Case, at_once
from tests.support.builders.vetting_samples import NOW
from tests.support.clients.portal import CANDIDATE, MANAGER, Portal

pytestmark = pytest.mark.database
CONFIG = '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Yes"/><Choice value="No"/></Choices></View>'


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """With one project."""
    portal = Portal(sqlite_store, LS_EXPERT_PRELABEL_MODEL="some-model", LS_EXPERT_PRELABEL_PRICE="1,2")
    portal.project(3, "Clauses", "law")
    return portal


def test_only_managers_see_it_and_only_projects_that_there_are(portal: Portal) -> None:
    """And the project's page leads to it."""
    manager, expert = portal.browser(MANAGER), portal.browser(CANDIDATE)
    assert 'href="/admin/projects/3/prelabels"' in manager.page("/admin/projects/3")
    assert expert.get("/admin/projects/3/prelabels").status_code == 403 and expert.send("/admin/projects/3/prelabels/start").status_code == 403
    assert manager.get("/admin/projects/4/prelabels").status_code == 404 and manager.send("/admin/projects/4/prelabels/start").status_code == 404


def test_a_run_is_begun_followed_and_stopped(portal: Portal) -> None:
    """Twice is refused while it goes on; the page follows it until it is over, and says how it ended."""
    manager = portal.browser(MANAGER)
    assert "is asked when the first task is opened" in manager.page("/admin/projects/3/prelabels")
    assert manager.send("/admin/projects/3/prelabels/start", only_missing="yes").status_code == 303
    assert portal.jobs == [("prelabel", {"run_id": 1})]
    page = manager.page("/admin/projects/3/prelabels")
    assert ">Running<" in page and "data-follow" in page and "Stop" in page
    assert manager.send("/admin/projects/3/prelabels/start").status_code == 409
    with portal.store.begin() as unit:
        taken = unit.prelabel_runs.take(1, portal.now)
        assert taken is not None and taken.only_missing and unit.prelabel_runs.take(1, portal.now) is None, "one carries it out"
        assert unit.prelabel_runs.tell(taken, portal.now, tasks=1200, made=400, empty=3, failed=2) == "go on"
    page = manager.page("/admin/projects/3/prelabels")
    assert "405 of at most 1,200 tasks: 400 pre-labels, 3 without suggestion, 2 failed." in page
    manager.send("/admin/projects/3/prelabels/stop")
    with portal.store.begin() as unit:
        assert unit.prelabel_runs.tell(taken, portal.now, tasks=1200, made=420, empty=3, failed=2) == "stop"
        assert unit.prelabel_runs.end(taken, "stopped", "", portal.now)
    page = manager.page("/admin/projects/3/prelabels")
    assert ">Stopped<" in page and "data-follow" not in page and ">Run on all tasks</button>" in page


def test_what_makes_them_and_what_they_cost_is_shown(portal: Portal) -> None:
    """Of this project alone; that there is something newer, too."""
    with portal.store.begin() as unit:
        unit.ml_projects.switch(3, PredictorSpec("older-model", "prelabel.v2", samples=3, instruction="Be strict."), NOW)
        for project, tokens in ((3, 1_000_000), (33, 7_000_000)):
            unit.session.add(ModelCallRow(
                purpose=PURPOSE, model="m", prompt_version="v", prompt_sha256="", tokens_in=tokens, tokens_out=500_000, duration_ms=5, attempts=1,
                outcome="ok", at_utc=NOW, subject=subject_of(project, "v"),
            ))
    page = portal.browser(MANAGER).page("/admin/projects/3/prelabels")
    assert "older-model, asked 3 times a task" in page and "is told to the model" in page and "The metrics below" in page
    assert "1,000,000" in page and "7,000,000" not in page and ">2.00<" in page


def test_figures_are_made_by_the_worker_and_lead_to_a_switch(portal: Portal) -> None:
    """Asked for once at a time; shown with intervals; what is switched to is what was shown, and it is confirmed."""
    manager, expert = portal.browser(MANAGER), portal.browser(CANDIDATE)
    for path in ("figures", "switch"):
        assert expert.send(f"/admin/projects/3/prelabels/{path}").status_code == 403
    assert manager.send("/admin/projects/3/prelabels/figures", ask_tasks="many").status_code == 400
    assert manager.send("/admin/projects/3/prelabels/figures", ask_tasks="501").status_code == 400 and not portal.jobs
    assert manager.send("/admin/projects/3/prelabels/figures", ask_tasks="20").status_code == 303
    assert portal.jobs == [("prelabel_figures", {"ls_project_id": 3})]
    assert ">Calculating<" in manager.page("/admin/projects/3/prelabels")
    assert manager.send("/admin/projects/3/prelabels/figures").status_code == 409
    newer, config = PredictorSpec("some-model", "prelabel.v2", examples="offline-60-abcdef12"), read(CONFIG)
    portal.offers[3] = Offer(3, "Clauses", newer, newer, config, 1200)
    assert manager.get("/admin/projects/3/prelabels/switch").status_code == 404, "nothing else to switch to"
    portal.offers[3] = Offer(3, "Clauses", PredictorSpec(), newer, config, 1200)
    version = newer.version(config)
    with portal.store.begin() as unit:
        kept = unit.prelabel_figures.of(3)
        assert kept is not None and kept.ask_tasks == 20
        unit.prelabel_figures.put(3, figures(newer), portal.now)
        unit.examples.add(ExampleSet(3, "offline-60-abcdef12", CONFIG, ()), portal.now)
    page = manager.page("/admin/projects/3/prelabels")
    assert ">Calculating<" not in page and "some-model-v1, topic" in page.replace("<code>", "").replace("</code>", "") and "(41–93)" in page
    table = manager.get("/admin/projects/3/prelabels/csv")
    assert table.text.splitlines()[1].startswith("some-model-v1,topic,,") and expert.get("/admin/projects/3/prelabels/csv").status_code == 403
    assert "the newer agreed in 71 %, the one before in 64 %" in page and "2 people accept" in page
    assert "each of the 1,200 tasks" in manager.page("/admin/projects/3/prelabels/switch")
    assert manager.send("/admin/projects/3/prelabels/switch", version="another").status_code == 409
    # The figures are stored as they were; the project's instruction, the prompt or the examples are others since.
    for changed in (replace(newer, instruction="Be strict."), replace(newer, prompt="prelabel.v3"), replace(newer, examples="offline-80-abcdef12")):
        portal.offers[3] = Offer(3, "Clauses", PredictorSpec(), changed, config, 1200)
        assert manager.send("/admin/projects/3/prelabels/switch", version=version).status_code == 409
    portal.offers[3] = Offer(3, "Clauses", PredictorSpec("other", "prelabel.v2"), newer, config, 1200)
    assert manager.send("/admin/projects/3/prelabels/switch", version=version).status_code == 409, "somebody else has switched meanwhile"
    portal.offers[3] = Offer(3, "Clauses", PredictorSpec(), newer, config, 1200)
    with portal.store.read() as unit:
        assert unit.ml_projects.active(3) is None
    assert manager.send("/admin/projects/3/prelabels/switch", version=version).status_code == 303
    with portal.store.read() as unit:
        assert unit.ml_projects.active(3) == newer
        again = unit.prelabel_figures.of(3)
        assert again is not None and again.ask_tasks == 0, "a switch pays for nothing"
    with portal.store.begin() as unit:
        unit.prelabel_figures.put(3, {"problem": "Label Studio does not answer."}, portal.now)
    assert "The metrics could not be calculated: Label Studio does not answer." in manager.page("/admin/projects/3/prelabels")


def test_a_run_that_its_worker_left_is_taken_over_and_two_managers_begin_one(store: Database) -> None:
    """After three minutes without a word; what the one taken for gone then tells changes nothing. Both databases."""
    case = Case(store)
    with store.begin() as unit:
        unit.projects.heard_of(3, "Clauses", NOW)

    def begin() -> object:
        with store.begin() as unit:
            return unit.prelabel_runs.begin(3, case.manager.id, False, NOW)

    results = at_once(begin, begin, begin)
    assert sum(isinstance(one, Conflict) for one in results) == 2
    with store.begin() as unit:
        first = unit.prelabel_runs.take(1, NOW)
        assert first is not None and unit.prelabel_runs.take(1, NOW) is None
        assert unit.prelabel_runs.waiting(NOW + GONE_AFTER) == ()
        later = NOW + GONE_AFTER + dt.timedelta(seconds=1)
        assert unit.prelabel_runs.waiting(later) == (1,)
        second = unit.prelabel_runs.take(1, later)
        assert second is not None and not unit.prelabel_runs.end(first, "done", "by who was taken for gone", later)
        assert unit.prelabel_runs.tell(first, later, tasks=9, made=9, empty=9, failed=9) == "lost"
        assert (latest := unit.prelabel_runs.latest(3)) is not None and (latest.made, latest.outcome) == (0, "")
        assert unit.prelabel_runs.tell(second, later, tasks=9, made=4, empty=0, failed=0) == "go on" and unit.prelabel_runs.end(second, "done", "", later)
        assert unit.prelabel_runs.take(1, later + 2 * GONE_AFTER) is None and unit.prelabel_runs.waiting(later + 2 * GONE_AFTER) == ()
