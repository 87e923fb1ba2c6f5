"""A Label Studio set up to be attacked: an expert's own project, somebody else's full of canaries, and people without access."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from ls_expert_plugin.agreement.blind import BlindArm
from ls_expert_plugin.protocol.handshake import derive_key
from tests.support.adversarial.crawl import ABSENT, RESULT, Pattern, Target, filters
from tests.support.clients.in_process import INSIDE, Others, ways_in
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio, Member

EXPERT, NEWCOMER, ENDED, REVOKED = "expert", "newcomer", "ended", "revoked"
ROOT = "superuser"
BLIND = BlindArm(10, derive_key(SHARED_SECRET, "blind-arm"))  # the default share
# Kinds that must be there to be crawled, whatever else a Label Studio has.
WANTED = {
    "webhook", "mlbackend", "view", "fileupload", "prediction", "label", "labellink", "export", "projectimport", "projectreimport", "annotation",
    "annotationdraft", "tasklock", "taskstate", "modelrun",
    *(f"{kind}{way}storage" for kind in ("s3", "azureblob", "gcs", "redis", "localfiles") for way in ("import", "export")),
}


@dataclass(frozen=True)
class Scene:
    """People who are, and are no longer, members of projects, and a foreign one in which every field holds the canary.

    ``people`` are the experts; ``identities`` know a superuser, too, by "person, way in". ``colleague``: the annotation and the
    draft of somebody else in the expert's own project; the canary is in them too. ``unassigned``: a task of that project that is not assigned to the
    expert, with what is on it and canaries in all of it.
    """

    people: Mapping[str, Member]
    own: Target
    foreign: Target
    colleague: Mapping[str, int]
    unassigned: Target
    canary: str
    patterns: Sequence[Pattern]
    identities: Mapping[str, Mapping[str, Any]]
    others: Others
    numbers: Sequence[int]

    @property
    def hint(self) -> str:
        """What stands at the beginning of every canary: to look for, without saying the whole of it."""
        return self.canary[:-4]


def build(label_studio: LabelStudio) -> Scene:
    """Two projects with one of everything, and the people. In the expert's own one, a colleague has worked too."""
    canary = f"canary{uuid.uuid4().hex[:12]}"
    people = {name: label_studio.sign_up(f"{name}-{uuid.uuid4().hex[:8]}@test.example") for name in (EXPERT, NEWCOMER, ENDED, REVOKED)}
    other, root = label_studio.sign_up(f"{canary}@test.example"), label_studio.sign_up(f"root-{uuid.uuid4().hex[:8]}@test.example")
    own = _furnish(label_studio, label_studio.new_project("The expert's own", ["one", "two"], maximum_annotations=2), people[EXPERT], "plain")
    foreign = _furnish(label_studio, label_studio.new_project(canary, [f"{canary} text", f"{canary} second"], show_instruction=True), other, canary)
    colleague = _colleagues_work(label_studio, own["task"], canary)
    unassigned = _unassigned_task(label_studio, own, people[EXPERT], canary)
    _end_memberships(label_studio, people, foreign)
    filled = label_studio.run_inside(
        INSIDE / "canaries.py", canary=canary, project_id=foreign["project"], task_id=foreign["task"], user_id=other.id, root_id=root.id
    )
    print("not filled with canaries:", json.dumps(filled["skipped"], indent=1))
    missing = WANTED - set(filled["made"])
    assert not missing, missing
    # What was made through the API is kept where there are two of a kind: it is whole.
    ids = {**{kind: pk for kind, pk in filled["made"].items() if isinstance(pk, int)}, **foreign}
    upload = label_studio.admin.get(f"/api/import/file-upload/{foreign['fileupload']}").json()["file"].removeprefix("/data/")
    assert label_studio.admin.get(f"/data/{upload}").text == f"{canary} content"
    bucket = f"s3://{canary}-S3ImportStorage-bucket/key"
    identities = {f"{name}, {way}": shown for name, member in {**people, ROOT: root}.items() for way, shown in ways_in(member).items()}
    return Scene(
        people, Target({**dict.fromkeys(ids, ABSENT), **own}, f"upload/{own['project']}/none.txt", "avatars/none.png", bucket),
        Target(ids, upload, filled["avatar"], bucket), colleague, unassigned, canary, [Pattern(**pattern) for pattern in filled["patterns"]], identities,
        Others([*(member.id for member in people.values()), root.id], [own["project"]]),
        sorted({*range(ABSENT, ABSENT + 4), *ids.values(), *unassigned.ids.values()}),
    )


def _furnish(label_studio: LabelStudio, project: int, member: Member, word: str) -> dict[str, int]:
    """One annotation, draft, prediction, upload and tab; the ids by kind."""
    label_studio.push(member.id, project)
    # One whose pre-label is shown, where there is: a hidden one is like none.
    admin, tasks = label_studio.admin, label_studio.task_ids(project)
    task = next((one for one in tasks if not BLIND.holds(project, one)), tasks[0])

    def made(answer: httpx.Response) -> Any:
        answer.raise_for_status()
        return answer.json()

    text = [*RESULT, {"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [f"{word} result"]}}]
    ids = {
        "project": project, "task": task, "user": member.id, "organization": 1,
        "annotation": made(member.http.post(f"/api/tasks/{task}/annotations/", json={"result": text}))["id"],
        "annotationdraft": made(member.http.post(f"/api/tasks/{task}/drafts", json={"result": text}))["id"],
        "prediction": made(admin.post("/api/predictions/", json={"task": task, "result": text, "model_version": f"{word} version"}))["id"],
        "view": made(admin.post("/api/dm/views/", json={"project": project, "data": {"title": f"{word} tab", **filters("data.text", word)}}))["id"],
    }
    upload = made(admin.post(f"/api/projects/{project}/import?commit_to_project=false", files={"file": ("known-name.txt", f"{word} content")}))
    return {**ids, "fileupload": upload["file_upload_ids"][0]}


def _colleagues_work(label_studio: LabelStudio, task: int, canary: str) -> dict[str, int]:
    text = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [f"{canary} of a colleague"]}}]
    annotation = label_studio.admin.post(f"/api/tasks/{task}/annotations/", json={"result": text, "ground_truth": True})
    draft = label_studio.admin.post(f"/api/tasks/{task}/drafts", json={"result": text})
    return {"annotation": annotation.json()["id"], "annotationdraft": draft.json()["id"]}


def _unassigned_task(label_studio: LabelStudio, own: Mapping[str, int], expert: Member, canary: str) -> Target:
    """The project shows its tasks to whom they are assigned: the expert has those of before, and a new one, full of canaries, nobody has."""
    project, admin, mine = own["project"], label_studio.admin, label_studio.task_ids(own["project"])
    made = admin.post(f"/api/projects/{project}/import?commit_to_project=false", files={"file": (f"{canary}-own.txt", f"{canary} content")}).json()
    upload = admin.get(f"/api/import/file-upload/{made['file_upload_ids'][0]}").json()["file"].removeprefix("/data/")
    bucket = f"s3://{canary}-own-bucket/key"
    task = {"data": {"text": f"{canary} /data/{upload} {bucket}"}, "meta": {"canary": f"{canary}-meta"}}
    admin.post(f"/api/projects/{project}/import", json=[task]).raise_for_status()
    [theirs] = sorted(set(label_studio.task_ids(project)) - set(mine))
    text = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [f"{canary} on a task of nobody"]}}]
    ids = {
        "annotation": admin.post(f"/api/tasks/{theirs}/annotations/", json={"result": text}).json()["id"],
        "annotationdraft": admin.post(f"/api/tasks/{theirs}/drafts", json={"result": text}).json()["id"],
        "prediction": admin.post("/api/predictions/", json={"task": theirs, "result": text, "model_version": f"{canary} version"}).json()["id"],
    }
    label_studio.push_rules(project, assignment="assigned")
    label_studio.assign(expert.id, project, *mine)
    return Target({**own, "task": theirs, **ids}, upload, "avatars/none.png", bucket)


def _end_memberships(label_studio: LabelStudio, people: Mapping[str, Member], foreign: Mapping[str, int]) -> None:
    """Two people who have worked in the foreign project: one until a date that has passed, one until it was taken back."""
    passed = (dt.datetime.now(dt.timezone.utc) - dt.timedelta(seconds=1)).isoformat()
    for name in (ENDED, REVOKED):
        label_studio.push(people[name].id, foreign["project"])
        people[name].http.post(f"/api/tasks/{foreign['task']}/annotations/", json={"result": RESULT}).raise_for_status()
    label_studio.push(people[ENDED].id, foreign["project"], until=passed)
    label_studio.push(people[REVOKED].id, foreign["project"], active=False)
