"""Open issues of Label Studio itself that the extension closes for everybody who is not a manager, by their numbers on GitHub."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import pytest

from tests.support.adversarial.crawl import ABSENT, RESULT, WAYS
from tests.support.adversarial.scene import EXPERT, NEWCOMER, Scene
from tests.support.clients.in_process import Answer, Call, make
from tests.support.servers.label_studio import SETTINGS_MODULE, LabelStudio

Told = Sequence[tuple[Call, Answer]]


def _on_annotations(annotation: int) -> list[tuple[str, str, Mapping[str, object]]]:
    body = {"json": {"result": RESULT, "lead_time": 1}}
    return [(method, f"/api/annotations/{annotation}/", body if method in ("PUT", "PATCH") else {}) for method in ("GET", "PUT", "PATCH", "DELETE")]


def _on_buckets(project: int, task: int, bucket: str) -> list[tuple[str, str, Mapping[str, object]]]:
    uri = base64.b64encode(bucket.encode()).decode()
    return [("GET", f"/{of}/{verb}/?fileuri={uri}", {}) for of in (f"tasks/{task}", f"projects/{project}") for verb in ("resolve", "presign")]


@pytest.fixture(scope="module")
def told(label_studio: LabelStudio, scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Told]:
    """By number of the issue, with the extension and, as "stock 9796", without: what an expert and somebody without any project got."""
    ids, bucket = scene.foreign.ids, scene.foreign.bucket
    asked = {"9796": (_on_annotations(ids["annotation"]), _on_annotations(ABSENT)),
             "9924": (_on_buckets(ids["project"], ids["task"], bucket), _on_buckets(ABSENT, ABSENT, bucket))}
    people = [*(f"{EXPERT}, {way}" for way in WAYS), f"{NEWCOMER}, session"]
    calls = {
        issue: [Call(who, *one, is_undone=True) for who in people for pair in zip(*both, strict=True) for one in pair]
        for issue, both in asked.items()
    }
    told: dict[str, Told] = {}
    for prefix, module in (("", SETTINGS_MODULE), ("stock ", "layer_none")):
        wanted = calls if not prefix else {issue: [call for call in some if call.who == f"{EXPERT}, session"] for issue, some in calls.items()}
        answers, _ = make(
            label_studio, tmp_path_factory.mktemp("issues"), scene.identities, [call for some in wanted.values() for call in some], canary=scene.canary,
            others=scene.others, explains=True, numbers=scene.numbers, settings_module=module,
        )
        left = iter(answers)
        told.update({f"{prefix}{issue}": [(call, next(left)) for call in some] for issue, some in wanted.items()})
    return told


def _closed(told: Told) -> bool:
    """Each attack stopped, and answered as for an object that is not there."""
    pairs = zip(told[::2], told[1::2], strict=True)
    return all(
        there.was_stopped and there.status >= 400 and (there.status, there.digest) == (absent.status, absent.digest)
        for (_, there), (_, absent) in pairs
    )


def test_label_studio_issue_9796_nobody_handles_annotations_by_number(told: Mapping[str, Told]) -> None:
    """Read, changed and deleted by anybody signed in, in stock; with the extension a foreign annotation is like none, by every way in."""
    assert all(not answer.was_stopped for _, answer in told["stock 9796"][::2]), "the attack is a real one"
    assert _closed(told["9796"]), told["9796"]


def test_label_studio_issue_9924_nobody_resolves_others_storage_objects(told: Mapping[str, Told]) -> None:
    """An address in somebody else's bucket, signed for anybody, in stock; with the extension there is no such task or project."""
    assert any(not answer.was_stopped for _, answer in told["stock 9924"][::2]), "the attack is a real one"
    assert _closed(told["9924"]), told["9924"]
