"""Pre-labels of every kind in a real Label Studio: opened in a browser, submitted unchanged, they are what was proposed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.label_config.prediction_format import prediction
from ls_expert_plugin.ml_backend.llm import prompt, reply_parser
from tests.support.builders.label_configs import CASES, SIZE, Case
from tests.support.servers.label_studio import ADMIN_EMAIL, PASSWORD, LabelStudio

WITHIN_MS = 60_000
# A label, regions with relations, and offsets in a page: one of each way of writing a result.
EVERY_DAY = ("single choice", "relations", "a page")


@pytest.fixture
def page(browser: Browser, label_studio: LabelStudio) -> Iterator[Page]:
    """The admin's page, signed in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    page.goto(f"{label_studio.url}/user/login/")
    page.fill("input[name=email]", ADMIN_EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.locator(".main-menu-trigger").wait_for()
    yield page
    context.close()


def _comparable(result: list[dict[str, Any]]) -> list[str]:
    """What was said, without ids (relations by the regions' numbers) and what Label Studio adds."""
    order = list(dict.fromkeys(item["id"] for item in result if "id" in item))
    found = []
    for item in result:
        value = {
            key: float(value) if isinstance(value, int | float) else value for key, value in item.get("value", {}).items() if key != "globalOffsets"
        }
        said = {key: item.get(key) for key in ("from_name", "to_name", "type", "direction", "labels")}
        ends = [order.index(item[key]) for key in ("from_id", "to_id") if key in item]
        found.append(json.dumps({**said, "value": value, "ends": ends}, sort_keys=True))
    return sorted(found)


@pytest.mark.parametrize("label_studio", ["sqlite"], indirect=True)  # pages know nothing of the database
@pytest.mark.parametrize("cases", [
    pytest.param([case for case in CASES if case.name in EVERY_DAY], id="a_few"),
    pytest.param(
        [case for case in CASES if case.name not in EVERY_DAY], id="all_others",
        marks=[pytest.mark.release("five seconds a kind; how each is written is tested without a browser"), pytest.mark.slow("sixteen kinds")],
    ),
])
def test_kinds_are_drawn_and_submitted_as_they_were_proposed(label_studio: LabelStudio, page: Page, cases: list[Case]) -> None:
    """One project for each kind; the page raises no error."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    failed = {}
    for case in cases:
        proposed, submitted = _through_the_editor(label_studio, page, case)
        if _comparable(proposed) != _comparable(submitted):
            only = [set(_comparable(one)) for one in (proposed, submitted)]
            failed[case.name] = (only[0] - only[1], only[1] - only[0])
    assert cases and not failed and not broken, f"{failed} {broken}"


def _through_the_editor(label_studio: LabelStudio, page: Page, case: Case) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    questions = prompt.answerable(read(case.config), case.data)
    made = reply_parser.answers(questions, case.data, case.reply, {"picture": SIZE})
    pre_label = prediction(made.answers, "v1", made.relations)
    project = label_studio.new_project(
        f"Kind: {case.name}", [{"data": case.data, "predictions": [pre_label]}], label_config=case.config, show_collab_predictions=True, model_version="v1",
    )
    (task,) = label_studio.task_ids(project)
    page.goto(f"{label_studio.url}/projects/{project}/data?labeling=1")
    submit = page.get_by_role("button", name="Submit", exact=True).or_(page.locator("[aria-label*='ubmit']"))
    submit.first.wait_for()
    with page.expect_response(lambda answer: "/annotations" in answer.url and answer.request.method == "POST"):
        submit.first.click()
    stored = label_studio.admin.get(f"/api/tasks/{task}/")
    assert stored.status_code == 200, (case.name, stored.text[-2000:])
    return list(pre_label["result"]), list(stored.json()["annotations"][0]["result"])
