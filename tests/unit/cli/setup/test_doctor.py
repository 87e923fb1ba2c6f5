"""What `ls-expert doctor` says of a language model, with a real endpoint; the rest of it is tried on a real Label Studio."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from ls_expert_plugin.cli.setup.doctor import JSON, examine
from ls_expert_plugin.config import load
from tests.support.fakes import openai_server as endpoint
from tests.support.fakes.openai_server import Answer, OpenAIServer
from tests.support.json_shape import fits


@pytest.mark.parametrize(("answer", "line"), [
    (endpoint.talkative, "ok the language model some-model gives structured output by JSON Schema (response_format json_schema)"),
    (endpoint.like_llama_cpp_python(), "ok the language model some-model gives structured output by response_format json_object"),
    (endpoint.without_response_format(422), "warn the language model some-model gives structured output only as far as it is told to"),
    (endpoint.ignoring_response_format(), "warn the language model some-model gives structured output only as far as it is told to"),
    (endpoint.prose(), "fail the language model some-model gives no structured output in any form"),
], ids=["all", "json_object", "none", "ignores it", "prose"])
def test_the_doctor_says_which_form_of_structured_output_there_is(answer: Answer, line: str, openai_server: OpenAIServer, tmp_path: Path) -> None:
    """Tried, not guessed: what levels and pre-labels will be asked for in."""
    openai_server.reply_with(answer)
    out = io.StringIO()
    settings = load({
        "OPENAI_BASE_URL": openai_server.base_url, "LS_EXPERT_INTERVIEW_MODEL": "some-model", "LS_EXPERT_DATA_DIR": str(tmp_path),
        "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:1", "LS_EXPERT_ML_URL": "http://127.0.0.1:1",
    }, secrets_needed=())
    examine(settings, out)
    assert any(" ".join(one.split()).casefold().startswith(line.casefold()) for one in out.getvalue().splitlines()), out.getvalue()


def test_the_report_as_json_has_the_same_results(tmp_path: Path) -> None:
    """In the shape that is documented, with the same exit code, also where nothing answers."""
    settings = load({
        "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:1", "LS_EXPERT_ML_URL": "http://127.0.0.1:1",
    }, secrets_needed=())
    out, as_json = io.StringIO(), io.StringIO()
    assert examine(settings, out) == examine(settings, as_json, as_json=True) == 1
    report = json.loads(as_json.getvalue())
    assert fits(as_json.getvalue(), JSON) and report["fail"] >= 3
    assert out.getvalue().splitlines()[-1] == f"{report['ok']} OK, {report['warn']} WARN, {report['fail']} FAIL"
    assert [one["message"] for one in report["results"]] == [line[6:] for line in out.getvalue().splitlines() if line[:4] in ("OK  ", "WARN", "FAIL")]
    assert list(tmp_path.iterdir()) == []  # looking makes nothing
