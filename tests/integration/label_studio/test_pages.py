"""Label Studio's pages for an expert in a project that routes by task and shows others' work, in a real browser."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.servers.label_studio import PASSWORD, LabelStudio, Member

RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]
SIZES = ((1440, 900), pytest.param((1280, 720), marks=pytest.mark.release("the same pages, narrower")))
WITHIN_MS = 60_000


@dataclass(frozen=True)
class Scene:
    """Four tasks of the expert's specialty and four of another; the first is done by both, at overlap 2."""

    url: str
    project: int
    tasks: list[int]
    expert: Member
    colleague: Member


@pytest.fixture
def scene(label_studio: LabelStudio) -> Scene:
    """Made anew for each test, because the tests label in it."""
    tasks = [{"data": {"text": f"Case {number}", "specialty": "AB"[number % 2]}} for number in range(8)]
    project = label_studio.new_project("Routed by task", tasks, maximum_annotations=2, sampling="Sequential sampling", show_skip_button=True)
    label_studio.push_rules(project, specialty_field="data.specialty", shows_others_work=True)
    ids = label_studio.task_ids(project)[::2]
    people = [label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example") for _ in range(2)]
    for member in people:
        label_studio.push(member.id, project, specialties=["a"])
        member.http.post(f"/api/tasks/{ids[0]}/annotations/", json={"result": RESULT}).raise_for_status()
    return Scene(label_studio.url, project, ids, *people)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def page(request: pytest.FixtureRequest, browser: Browser, scene: Scene) -> Iterator[Page]:
    """The expert's page, signed in. At the end nothing may have been refused or broken."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(WITHIN_MS)
    page = context.new_page()
    page.goto(f"{scene.url}/user/login/")
    page.fill("input[name=email]", scene.expert.email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.locator(".main-menu-trigger").wait_for()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("response", lambda answer: broken.append(f"{answer.status} {answer.request.method} {answer.url}") if answer.status >= 400 else None)
    yield page
    context.close()
    assert broken == []


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("path", ["signup", "login"])
def test_signing_up_and_in_fits_a_phone(browser: Browser, scene: Scene, path: str) -> None:
    """At 390 px nobody scrolls sideways, and the form is the first thing on the page."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{scene.url}/user/{path}/")
    box = page.locator("input[name=email]").bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] < 400, box
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_the_data_manager_lists_the_tasks_of_ones_specialty(page: Page, scene: Scene) -> None:
    """Four rows of eight, as the foot of the page says; none of the others."""
    _open(page, f"{scene.url}/projects/{scene.project}/data")
    expect(page.get_by_text("Case 6")).to_be_visible(timeout=WITHIN_MS)
    expect(page.get_by_text(re.compile("^Case [0-9]$"))).to_have_count(4)
    expect(page.get_by_text("Case 1")).to_have_count(0)
    expect(page.get_by_text("Tasks: 4 / 4")).to_be_visible()


def test_a_colleagues_annotation_opens_without_a_name_and_nothing_can_be_deleted(page: Page, scene: Scene) -> None:
    """The task opens with both annotations; the menu of one's own offers to copy it, and not to delete it."""
    _open(page, f"{scene.url}/projects/{scene.project}/data?task={scene.tasks[0]}")
    triggers = page.locator("[class*=annotation-button__trigger]")
    expect(triggers).to_have_count(2, timeout=WITHIN_MS)
    expect(page.get_by_text(f"Colleague {scene.colleague.id}")).to_be_visible()
    assert scene.colleague.email not in page.content()
    for trigger in triggers.all():
        trigger.click()
        expect(page.get_by_text("Copy Annotation Link").last).to_be_visible()
        lines = page.get_by_text("Delete Annotation", exact=True).all()
        assert lines, "Label Studio has it in the menu; seen by managers"
        for line in lines:
            expect(line).to_be_hidden()


@pytest.mark.database
def test_label_submit_and_skip_in_the_label_stream(page: Page, scene: Scene, label_studio: LabelStudio) -> None:
    """Only tasks of one's specialty come, one after the other, and the page says nothing went wrong."""
    _open(page, f"{scene.url}/projects/{scene.project}/data?labeling=1")
    expect(page.get_by_text("Case 2")).to_be_visible(timeout=WITHIN_MS)
    page.get_by_text("B", exact=True).or_(page.get_by_text(re.compile(r"^B"))).first.click()
    page.get_by_role("button", name=re.compile("submit", re.IGNORECASE)).first.click()
    expect(page.get_by_text("Case 4")).to_be_visible(timeout=WITHIN_MS)
    page.get_by_role("button", name=re.compile("^skip", re.IGNORECASE)).first.click()
    expect(page.get_by_text("Case 6")).to_be_visible(timeout=WITHIN_MS)
    numbers = [label_studio.admin.get(f"/api/tasks/{task}/").json() for task in scene.tasks]
    assert [(task["total_annotations"], task["cancelled_annotations"]) for task in numbers] == [(2, 0), (1, 0), (0, 1), (0, 0)]
