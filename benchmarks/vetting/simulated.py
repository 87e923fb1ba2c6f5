"""Simulated candidates hold the interview: how many answers it takes, what it covers, and whether it shows who they are.

Without a language model the judge is a noisy oracle: it knows the truth about what was asked and errs at a stated rate. The figures then
show what planning and policy contribute, and nothing about how well a model reads. With one (OPENAI_BASE_URL, LS_EXPERT_INTERVIEW_MODEL
and so on, as the service has it), the same command lets the model play the candidates and judge them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.vetting.in_role import Played, Says, written
from benchmarks.vetting.judging import ERROR, Judge, Judged, by_model, by_oracle, configured_model
from benchmarks.vetting.personas import KINDS, Persona, personas
from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.vetting.interview.planner import Ask, next_question
from ls_expert_plugin.vetting.values import Claim, Turn

NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.timezone.utc)
Planner = Callable[[Pack, Sequence[Turn], Sequence[Claim]], Ask | None]
WORK = (Claim(1, "work", {"title": "Work", "start": "2015-01"}, "claimed", "form"),)


@dataclass(frozen=True)
class Held:
    """One interview: its turns, and what the judge made of it."""

    persona: Persona
    turns: tuple[Turn, ...]
    judged: Judged

    @property
    def answers(self) -> int:
        return sum(one.speaker == "candidate" for one in self.turns)


def hold(pack: Pack, persona: Persona, plan: Planner, says: Says = written) -> tuple[Turn, ...]:
    """The interview with this persona, to its end."""
    turns: list[Turn] = []
    while (ask := plan(pack, turns, WORK)) is not None:
        at = len(turns)
        turns.append(Turn(at + 1, at, "interviewer", ask.text, ask.question_id, ask.competency, NOW))
        said = says(pack, persona, ask, at)
        turns.append(Turn(at + 2, at + 1, "candidate", said, ask.question_id, ask.competency, NOW))
    return tuple(turns)


def written_order(pack: Pack, turns: Sequence[Turn], claims: Sequence[Claim]) -> Ask | None:
    """To compare with: the first question of every competency as the pack has them, without follow-ups, to the end of the budget."""
    asked = {turn.question_id for turn in turns}
    answers = sum(turn.speaker == "candidate" for turn in turns)
    rounds = [
        [one for one in pack.questions_for(()) if one.competency == competency.id][number : number + 1]
        for number in range(3) for competency in pack.competencies if competency.mandatory
    ]
    left = [one for some in rounds for one in some if one.id not in asked]
    if not left or answers >= pack.max_candidate_turns:
        return None
    return Ask(left[0].id, left[0].competency, left[0].text, is_follow_up=False)


def covered(pack: Pack, turns: Sequence[Turn]) -> tuple[int, int]:
    """(mandatory topics with an answer, mandatory topics)."""
    questions = {one.id: one for one in pack.questions}
    answered = [questions[one.question_id] for one in turns if one.speaker == "candidate" and one.question_id in questions]
    topics = pack.mandatory_topics()
    return sum(any(topic.covered_by(one) for one in answered) for topic in topics), len(topics)


def archetype(judged: Judged) -> str:
    """Who somebody is, from what was judged. The rule is written down before it is tried: stance first, then length, then level."""
    stances = Counter(judged.stances)
    if stances["refuses"] * 2 > len(judged.stances):
        return "hostile"
    if stances["elsewhere"] * 2 > len(judged.stances):
        return "off-topic"
    levels = [one for one in judged.levels.values() if one is not None]
    mean = statistics.mean(levels) if levels else 1.0
    if statistics.median(judged.words) < 15 and mean >= 2.75:
        return "terse"
    return "expert" if mean >= 3.25 else "adjacent" if mean >= 1.75 else "bluffing"


def run(packs: Mapping[str, Pack], plan: Planner, judge: Judge, rounds: int, says: Says = written) -> list[Held]:
    """Every persona, ``rounds`` times with another chance for the judge."""
    held: list[Held] = []
    for persona in personas(packs):
        pack = packs[persona.domain]
        turns = hold(pack, persona, plan, says)
        held.extend(Held(persona, turns, judge(pack, persona, turns, f"{persona.seed}:{one}")) for one in range(rounds))
    return held


def table(title: str, packs: Mapping[str, Pack], held: Sequence[Held]) -> str:
    """What came of it, for a person to read."""
    topics = [covered(packs[one.persona.domain], one.turns) for one in held]
    whole = sum(got == wanted for got, wanted in topics)
    right: dict[str, list[bool]] = {}
    for one in held:
        right.setdefault(one.persona.name, []).append(archetype(one.judged) == one.persona.kind)
    low, high = interval(list(right.values()))
    errors = [
        abs(level - one.persona.truth[competency]) for one in held for competency, level in one.judged.levels.items() if level is not None
    ]
    answering = [one for one in held if one.persona.stance() == "answers"]
    asked_for = [{two.id for two in packs[one.persona.domain].competencies if two.mandatory} for one in answering]
    shown = sum(one.judged.levels[two] is not None for one, some in zip(answering, asked_for, strict=True) for two in some)
    lines = [
        f"{title}: {len({one.persona.name for one in held})} candidates, {len(held)} interviews",
        f"  answers: median {statistics.median(one.answers for one in held):.0f}, most {max(one.answers for one in held)}",
        f"  every mandatory topic covered in {100 * whole / len(held):.1f} % of interviews",
        f"  archetype recovered in {100 * sum(map(sum, right.values())) / len(held):.1f} % ({100 * low:.1f}–{100 * high:.1f})",
        f"  of those who answer, a level for {100 * shown / sum(map(len, asked_for)):.1f} % of the required competencies, "
        f"{shown / sum(one.answers for one in answering):.2f} an answer; mean distance from the truth {statistics.mean(errors or [0]):.2f}",
        "  answers by kind (median): " + ", ".join(
            f"{kind} {statistics.median(one.answers for one in held if one.persona.kind == kind):.0f}"
            for kind in KINDS if any(one.persona.kind == kind for one in held)
        ),
        "  true \\ found  " + "".join(f"{kind:>10}" for kind in KINDS),
    ]
    for kind in KINDS:
        found = Counter(archetype(one.judged) for one in held if one.persona.kind == kind)
        lines.append(f"  {kind:<14}" + "".join(f"{found[other]:>10}" for other in KINDS))
    return "\n".join(lines)


def interval(right: Sequence[Sequence[bool]]) -> tuple[float, float]:
    """95 of 100 resamplings of the candidates, each with all of their interviews: those of one candidate are much alike."""
    chance = random.Random(1)  # noqa: S311  # resampling
    each = [statistics.mean(some) for some in right]
    shares = sorted(statistics.mean(chance.choices(each, k=len(each))) for _ in range(1000))
    return shares[25], shares[974]


def main(arguments: Sequence[str]) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.vetting simulated", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interviews with each candidate, for the oracle's chance (default: %(default)s)")
    options = parser.parse_args(arguments)
    packs = load_packs(None)
    model = configured_model(os.environ)
    judge = by_oracle if model is None else by_model(model)
    rounds = options.rounds if model is None else 1
    says: Says = written if model is None else Played(model)
    if model is None:
        print(
            f"The judge is an oracle that knows the truth and errs: {ERROR}.\n"
            "So the figures show what planning and policy contribute, not how well a language model reads.\n"
        )
    else:
        print(
            f"{model.name} plays the candidates and judges them, with three readings an interview.\n"
            "It knows its own way of writing, so people may be harder to read than these figures say.\n"
        )
    short = {domain: pack.model_copy(update={"max_candidate_turns": 6}) for domain, pack in packs.items()}
    tables: tuple[tuple[str, Mapping[str, Pack], Planner], ...] = (
        ("As planned", packs, next_question),
        ("In written order, without follow-ups", packs, written_order),
        ("As planned, with six answers at most", short, next_question),
        ("In written order, with six answers at most", short, written_order),
    )
    for title, of_these, plan in tables:
        print(table(title, of_these, run(of_these, plan, judge, rounds, says)) + "\n", flush=True)
    if isinstance(says, Played) and says.failed:
        print(f"The model failed in {says.failed} answers; the written sentences stood in for it.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
