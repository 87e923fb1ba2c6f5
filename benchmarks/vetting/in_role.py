"""Who speaks for a simulated candidate: their written sentences, or a language model that plays them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from benchmarks.vetting.personas import Kind, Persona
from ls_expert_plugin.errors import ModelError
from ls_expert_plugin.llm.port import LanguageModel, Message, Prompt
from ls_expert_plugin.vetting.interview.planner import Ask

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

Says = Callable[["Pack", Persona, Ask, int], str]  # the int: the position of the question
BEHAVIOUR: Mapping[Kind, str] = {
    "expert": "You do this work and know it well. Tell of concrete steps, findings and reasons, in 60 to 120 words.",
    "adjacent": "You work beside the people who do this. You know words and outlines and the part that was yours; say so. 50 to 90 words.",
    "bluffing": "You have not done this. Sound sure and experienced, and give no concrete step, reason or rule. 50 to 90 words.",
    "off-topic": "Whatever is asked, talk at length about something of your own life that has nothing to do with it. 50 to 90 words.",
    "terse": "You know this well and hate to write. At most twelve words, to the point.",
    "hostile": "You are angry that you are asked at all and do not answer. At most twelve words.",
}
_SYSTEM = (
    "You play a candidate in a test of an interview. The user message is a JSON object: the field, how you behave, what you are able to do "
    "in this, and the question. Write the candidate's answer and nothing else. Show what you are able to do, no more and no less."
)


def written(pack: Pack, persona: Persona, ask: Ask, at: int) -> str:
    """The persona's own sentences."""
    return persona.says(next((one for one in pack.competencies if one.id == ask.competency), None), at)


class Played:
    """A model in the role. Where it fails, the written sentences are used; ``failed`` counts that."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.failed = 0

    def __call__(self, pack: Pack, persona: Persona, ask: Ask, at: int) -> str:
        about = next((one for one in pack.competencies if one.id == ask.competency), None)
        data = {
            "field": pack.title, "behaviour": BEHAVIOUR[persona.kind],
            "able_to": about.anchor(persona.truth[about.id]) if about and about.levels else "", "question": ask.text,
        }
        try:
            return self._model.chat(Prompt("benchmark.in_role", "1", (Message("system", _SYSTEM), Message("user", json.dumps(data))), 400))
        except ModelError:
            self.failed += 1
            return written(pack, persona, ask, at)
