"""Pictures and other files of tasks: experts get those that a task of theirs names, by every address that Label Studio serves files on."""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.clients.in_process import INSIDE
from tests.support.servers.label_studio import LabelStudio, Member

PICTURE = b"\x89PNG\r\n\x1a\n picture"
IMAGES = '<View><Image name="image" value="$image"/><Choices name="topic" toName="image"><Choice value="A"/><Choice value="B"/></Choices></View>'


@dataclass(frozen=True)
class Album:
    """A project that routes by task: one picture for cardiology, one for dermatology, and the table they came with."""

    project: int
    heart: str
    skin: str
    table: str
    expert: Member
    stranger: Member


def _upload(label_studio: LabelStudio, project: int, name: str, content: bytes) -> str:
    answer = label_studio.admin.post(f"/api/projects/{project}/import?commit_to_project=false", files={"file": (name, content)})
    answer.raise_for_status()
    file = label_studio.admin.get(f"/api/import/file-upload/{answer.json()['file_upload_ids'][0]}").json()["file"]
    return f"/data/{file.removeprefix('/data/')}"


def _expert(label_studio: LabelStudio, project: int | None) -> Member:
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    if project is not None:
        label_studio.push(member.id, project, specialties=["cardiology"])
    return member


@pytest.fixture(scope="module")
def album(label_studio: LabelStudio) -> Album:
    """Uploaded and imported by a manager."""
    project = label_studio.new_project("Pictures", [{"data": {"image": "none"}}], label_config=IMAGES)
    label_studio.push_rules(project, specialty_field="data.specialty")
    heart, skin = (_upload(label_studio, project, f"{name} ä.png", PICTURE) for name in ("heart", "skin"))
    rows = [{"image": heart, "specialty": "cardiology"}, {"image": skin, "specialty": "dermatology"}]
    table = _upload(label_studio, project, "all.json", json.dumps(rows).encode())
    label_studio.admin.post(f"/api/projects/{project}/import", json=rows).raise_for_status()
    return Album(project, heart, skin, table, _expert(label_studio, project), _expert(label_studio, label_studio.new_project("Another", ["one"])))


def test_a_picture_of_ones_own_task_is_shown_and_no_other_upload(label_studio: LabelStudio, album: Album) -> None:
    """Theirs comes, whole and in parts. Another specialty's, the table with all tasks, and one that is not there are all the same 404."""
    shown = album.expert.http.get(album.heart)
    assert (shown.status_code, shown.content) == (200, PICTURE)
    assert album.expert.http.get(album.heart, headers={"Range": "bytes=0-3"}).content == PICTURE[:4]
    for member, hidden in ((album.expert, album.skin), (album.expert, album.table), (album.stranger, album.heart), (album.stranger, album.skin)):
        assert label_studio.admin.get(hidden).status_code == 200
        assert member.http.get(hidden).status_code == member.http.get(f"{hidden}x").status_code == 404
    assert label_studio.client().get(album.heart).status_code in (302, 401, 403)


def test_the_picture_is_gone_with_access(label_studio: LabelStudio, album: Album) -> None:
    """Taken away, the next request for the same picture is refused."""
    member = _expert(label_studio, album.project)
    assert member.http.get(album.heart).status_code == 200
    label_studio.push(member.id, album.project, active=False)
    assert member.http.get(album.heart).status_code == 404


def _storage(label_studio: LabelStudio, table: str, project: int, **columns: str) -> None:
    """A row straight in the database: Label Studio would call on the bucket before it saved one."""
    made = label_studio.run_inside(INSIDE / "storage.py", kind=table, project=project, columns=columns)
    assert made


def _resolve(task: int, address: str, way: str = "resolve") -> str:
    return f"/tasks/{task}/{way}/?fileuri={base64.urlsafe_b64encode(address.encode()).decode()}"


def test_an_address_in_a_bucket_is_resolved_for_the_task_that_names_it(label_studio: LabelStudio) -> None:
    """Any other address of the bucket is not, nor the beginning of one, nor the same one asked for a task of somebody else."""
    named = "s3://album/heart.png"
    project = label_studio.new_project("In a bucket", [{"data": {"image": named}}, {"data": {"image": f"{named}.bak"}}], label_config=IMAGES)
    _storage(
        label_studio, "S3ImportStorage", project, bucket="album", aws_access_key_id="key", aws_secret_access_key="secret", region_name="us-east-1",
    )
    first, second = label_studio.task_ids(project)
    member, stranger = _expert(label_studio, project), _expert(label_studio, None)
    for way in ("resolve", "presign"):
        answer = member.http.get(_resolve(first, named, way), follow_redirects=False)
        assert answer.status_code == 303 and "heart.png" in answer.headers["location"]
        for task, address in ((first, "s3://album/skin.png"), (first, "s3://album/heart"), (second, named), (first, "s3://album/")):
            assert member.http.get(_resolve(task, address, way), follow_redirects=False).status_code == 404, address
        assert stranger.http.get(_resolve(first, named, way), follow_redirects=False).status_code == 404


def test_a_local_file_is_shown_for_the_task_that_names_it(label_studio: LabelStudio) -> None:
    """Its neighbours in the folder are not, nor is a way around."""
    folder = Path(label_studio.files) / uuid.uuid4().hex
    folder.mkdir()
    for name in ("heart one.png", "skin.png"):
        (folder / name).write_bytes(PICTURE)
    address = f"/data/local-files/?d={folder.name}/heart%20one.png"
    project = label_studio.new_project("Local files", [{"data": {"image": address}}], label_config=IMAGES)
    _storage(label_studio, "LocalFilesImportStorage", project, path=str(folder))
    member, stranger = _expert(label_studio, project), _expert(label_studio, None)
    shown = member.http.get(address)
    assert (shown.status_code, shown.content) == (200, PICTURE)
    for hidden in (f"{folder.name}/skin.png", f"{folder.name}/../{folder.name}/heart one.png", f"{folder.name}/heart", ""):
        assert member.http.get("/data/local-files/", params={"d": hidden}).status_code == 404, hidden
    assert stranger.http.get(address).status_code == 404


@pytest.mark.database
def test_the_index_of_files_follows_the_tasks(label_studio: LabelStudio) -> None:
    """What a task names is found at once, before the worker has looked and after; what it named before, and with the task everything, is not."""
    folder = Path(label_studio.files) / uuid.uuid4().hex
    folder.mkdir()
    for name in ("one.png", "two.png"):
        (folder / name).write_bytes(PICTURE)
    one, two = (f"/data/local-files/?d={folder.name}/{name}" for name in ("one.png", "two.png"))
    project = label_studio.new_project("Index of files", [{"data": {"image": one}}], label_config=IMAGES)
    _storage(label_studio, "LocalFilesImportStorage", project, path=str(folder))
    member, [task] = _expert(label_studio, project), label_studio.task_ids(project)

    def shown() -> list[int]:
        return [member.http.get(address).status_code for address in (one, two)]

    assert shown() == [200, 404]
    _index(label_studio)
    assert shown() == [200, 404]
    label_studio.admin.patch(f"/api/tasks/{task}/", json={"data": {"image": two}}).raise_for_status()
    assert shown() == [404, 200]
    _index(label_studio)
    assert shown() == [404, 200]
    spoilt = f"UPDATE ls_expert_task_file SET name = 0 WHERE project_id = {project}"
    assert label_studio.run_inside(INSIDE / "sql.py", statements=[spoilt]) == [1]
    assert shown() == [404, 404], "no task is read that the index does not name"
    label_studio.admin.delete(f"/api/tasks/{task}/").raise_for_status()
    assert label_studio.run_inside(INSIDE / "sql.py", statements=[spoilt]) == [0]


def _index(label_studio: LabelStudio) -> None:
    """What the worker does in each sweep."""
    while True:
        answer = label_studio.service.post("/task-files", json={"limit": 5000})
        answer.raise_for_status()
        if answer.json()["indexed"] == 0:
            return
