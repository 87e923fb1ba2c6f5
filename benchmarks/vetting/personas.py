"""Simulated candidates: 54 of them, six kinds in three domains, each with what is true of them.

What they say is made from written sentences and from the terms of the pack, so that a knowledgeable answer holds some of them, as such
answers tend to. An answer shows a competency or does not; how well is known from the persona, not from the text. Everything follows
from the persona's number.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Competency, Pack

Kind = Literal["expert", "adjacent", "bluffing", "off-topic", "terse", "hostile"]
KINDS: tuple[Kind, ...] = ("expert", "adjacent", "bluffing", "off-topic", "terse", "hostile")
EACH = 3  # personas of a kind in a domain

_TOLD = (
    "Last year I had a case in which {a} decided everything, and I told the people concerned in plain words what that meant for them.",
    "When I look at such a thing I begin with {a}. Two years ago I saw it go wrong because nobody had thought of {b}, and I had to put it right.",
    "My own part was small at first: I checked {a}, wrote down what spoke against it, and asked a colleague about {b} before I said anything.",
    "There is a limit to it. With {a} I go only as far as the papers do, and where {b} is open I say so and hand it on.",
)
_NEXT_DOOR = (
    "In my team we meet this from the other side. I have heard of {a}, and last year I prepared the papers for somebody who decides about it.",
    "I would ask one of our specialists. What I did myself was the part around it: dates, figures, who had said what to whom, and when.",
    "I know the rule in outline. In a project last spring I saw how it is applied, and took notes for the people who had to answer for it.",
)
_BLUFF = (
    "This is exactly my strength. In many years I have always delivered excellent results here, and everybody who worked with me can confirm it.",
    "It is important to take a holistic view, to weigh all the relevant aspects carefully and to find the best solution for everybody involved.",
    "I have handled countless matters like this one. I follow best practice at every step, and there has never been a complaint about my work.",
)
_ELSEWHERE = (
    "We repainted the boat in spring. First we sanded the hull, then came two coats of primer, and in May my brother and I launched it at last.",
    "My sourdough needs three days. I feed it in the evening, fold it every half hour and bake it in a pot, which gives a better crust than a tin.",
    "On the weekend we walked up to the lake. There was snow in the upper part, so we turned round at noon and had soup in the hut by the bridge.",
)
_SHORT = ("I check {a} first.", "Depends on {a}.", "{a}, then {b}. That settles it.", "I had that once. {a} was the point.")
_REFUSES = ("Why do you want to know that?", "I am not going to explain my work to a machine.", "That is a stupid question. Next.", "No comment.")


@dataclass(frozen=True)
class Persona:
    """One candidate. ``truth``: their level in each competency, 1 to 5."""

    name: str
    domain: str
    kind: Kind
    truth: Mapping[str, int]
    seed: str

    def says(self, competency: Competency | None, turn: int) -> str:
        """Their answer to a question about this competency."""
        chance = random.Random(f"{self.seed}:{turn}")  # noqa: S311  # a choice, no secret
        terms = chance.sample(competency.indicators, min(2, len(competency.indicators))) if competency else ["the rule", "the facts"]
        words = {"a": terms[0], "b": terms[-1]}
        level = self.truth.get(competency.id, 1) if competency else 1
        if self.kind == "expert":
            return " ".join(chance.sample(_TOLD, 2)).format(**words) if level >= 4 else chance.choice(_TOLD).format(**words)
        if self.kind == "adjacent":
            return " ".join(chance.sample(_NEXT_DOOR, 2)).format(**words)
        if self.kind == "terse":
            return chance.choice(_SHORT).format(**words)
        return chance.choice({"bluffing": _BLUFF, "off-topic": _ELSEWHERE, "hostile": _REFUSES}[self.kind])

    def stance(self) -> str:
        """What their answers are in truth: about the question, about something else, or a refusal to answer."""
        return {"off-topic": "elsewhere", "hostile": "refuses"}.get(self.kind, "answers")


def personas(packs: Mapping[str, Pack]) -> Iterator[Persona]:
    """All of them, in a fixed order."""
    for domain, pack in packs.items():
        for kind in KINDS:
            for number in range(EACH):
                name = f"{domain} {kind} {number + 1}"
                chance = random.Random(name)  # noqa: S311  # a choice, no secret
                truth = {one.id: _level(kind, chance) for one in pack.competencies}
                yield Persona(name, domain, kind, truth, name)


def _level(kind: Kind, chance: random.Random) -> int:
    return chance.choice({
        "expert": (4, 4, 5, 3), "terse": (4, 3, 4, 5), "adjacent": (2, 2, 3, 2), "bluffing": (1, 1, 1, 2), "off-topic": (1,), "hostile": (1,),
    }[kind])
