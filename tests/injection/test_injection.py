"""Attacks on the judge: whatever candidates write, and however well a model obeys it, a person decides, on words that were said.

The attacks are in ``attacks.yaml``. The model is the worst there can be: it does what the attack asks, word for word.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.errors import ModelAnswerInvalid, ModelError
from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel
from ls_expert_plugin.storage.llm_call_log import StoredCallLog
from ls_expert_plugin.storage.tables import ModelCallRow
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.assessment import run
from ls_expert_plugin.vetting.assessment.run import evidence_prompt
from ls_expert_plugin.vetting.interview import session
from ls_expert_plugin.vetting.profile import forms, resume
from ls_expert_plugin.vetting.profile.values import Resume
from ls_expert_plugin.vetting.review.policy import auto_verify
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import Interview
from tests.support.builders.vetting_case import LATER, PACK, Case
from tests.support.builders.vetting_samples import ANOTHER, LICENCE, LONG_ENOUGH, NOW, SHORT, WORK, graded_pack, pack
from tests.support.fakes.openai_server import OpenAIServer, gives, says

# The most permissive policy that a pack can have: no credential, no test, level 1, no person.
OPEN = pack(policy={"auto_verify": True, "minimum_level": 1, "max_spread": 4})
# The most permissive one that can verify without a person.
GRADED = graded_pack(policy={
    "auto_verify": True, "minimum_level": 1, "max_spread": 4, "required_credentials": ["bar"], "credential_status": "claimed",
})
NOTHING: dict[str, list[str]] = {one.id: [] for one in PACK.competencies}


@dataclass(frozen=True)
class Attack:
    """``where``: answer, or the kind of entry in the profile that holds ``text``. ``reply``: what the model then answers."""

    id: str
    kind: str
    where: str
    text: str
    reply: str


ATTACKS = [Attack(**one) for one in yaml.safe_load((Path(__file__).parent / "attacks.yaml").read_text())]
IN_ANSWERS = [one for one in ATTACKS if one.where == "answer"]
IN_PROFILES = [one for one in ATTACKS if one.where != "answer"]


@pytest.fixture
def case(sqlite_store: Database) -> Case:
    """A candidate and a manager."""
    return Case(sqlite_store)


@pytest.fixture
def model(openai_server: OpenAIServer, sqlite_store: Database) -> OpenAICompatibleModel:
    """The real adapter, to an endpoint of our own."""
    log = StoredCallLog(sqlite_store, lambda: NOW)
    return OpenAICompatibleModel("obedient", api_key="none", base_url=openai_server.base_url, timeout_s=10, log=log)


def _obey(server: OpenAIServer, attack: Attack) -> list[str]:
    """Whoever asks this endpoint and shows it the attack gets what the attack wants; the list grows by what was asked."""
    asked: list[str] = []

    def answer(request: dict[str, Any]) -> Any:
        asked.append(json.dumps(request, ensure_ascii=False))
        return says(attack.reply) if _shown_in(asked[-1], attack.text) else gives(NOTHING)

    server.reply_with(answer)
    return asked


def _shown_in(request: str, text: str) -> bool:
    """Whether the request holds these words, however often they were quoted on the way."""
    words = re.findall(r"\w{3,}", clean(text))[:8]
    return all(word in request for word in words) if words else clean(text)[:10] in request


def _check(case: Case, held: Interview, packs: dict[str, Pack]) -> None:
    """A person decides, nothing is judged, and every passage stands in the candidate's own words."""
    dossier = case.dossier()
    verification = case.verification()
    assert (verification.status, verification.level, verification.specialties) == ("in_review", None, ())
    assert auto_verify.verify_after(case.store, held.id, packs, LATER) is None
    assert case.verification().status == "in_review"
    assert {one.to_status for one in dossier.history} <= {"interested", "interviewing", "assessing", "in_review"}
    said = {one.id: one for one in held.turns}
    assert dossier.assessment is not None
    for one in dossier.assessment.evidence:
        turn = said[one.turn_id]
        assert turn.speaker == "candidate" and turn.text[one.start:one.end] == one.quote and len(one.quote.split()) >= 2
        assert one.competency in NOTHING
    assert case.read(held.id).turns == held.turns, "the transcript is as it was"


def test_there_are_enough_of_every_kind() -> None:
    """At least sixty, of a dozen kinds, each once."""
    assert len(ATTACKS) >= 60 and len({one.id for one in ATTACKS}) == len(ATTACKS) == len({(one.text, one.where, one.kind) for one in ATTACKS})
    assert len(Counter(one.kind for one in ATTACKS)) >= 12 and min(Counter(one.kind for one in ATTACKS).values()) >= 3


@pytest.mark.parametrize("attack", IN_ANSWERS, ids=lambda attack: attack.id)
def test_an_answer_decides_nothing(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer, attack: Attack) -> None:
    """The attack reaches the model and the model obeys; what comes of it is passages that were said, or a note, and a person."""
    held = case.hold((LONG_ENOUGH, attack.text, ANOTHER, SHORT))
    asked = _obey(openai_server, attack)
    done = run.run(case.store, held.id, {"law": OPEN}, model, LATER)
    assert asked and all(_shown_in(one, attack.text) for one in asked), "the attack has to reach the model"
    assert done.state == "done"
    _check(case, held, {"law": OPEN})
    if attack.kind in ("forged JSON", "forged quotes"):
        honest = run.search(OPEN, held.turns, None).evidence
        by_model = [one for one in done.evidence if one not in honest and "obedient" in one.found_by]
        assert all(any(one.quote in turn.text for turn in held.turns if turn.speaker == "candidate") for one in by_model)
        assert done.note or by_model, "what could not be used is said"


@pytest.mark.parametrize("attack", IN_PROFILES, ids=lambda attack: attack.id)
def test_a_profile_reaches_no_judge(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer, attack: Attack) -> None:
    """What stands in an entry is not shown to the model that looks for evidence, and the entry stays what it is: claimed."""
    fields = {**WORK, "description": attack.text} if attack.where == "work" else {**LICENCE, "jurisdiction": attack.text}
    case.consent()
    with case.store.begin() as unit:
        forms.add(unit, case.person, attack.where, fields, NOW)
    held = case.hold((LONG_ENOUGH, ANOTHER, SHORT))
    asked = _obey(openai_server, attack)
    run.run(case.store, held.id, {"law": OPEN}, model, LATER)
    assert asked and not any(_shown_in(one, attack.text) for one in asked)
    _check(case, held, {"law": OPEN})
    with case.store.read() as unit:
        assert [one.status for one in unit.claims.of(case.person.id)] == ["claimed"]


@pytest.mark.parametrize("attack", [*IN_PROFILES, *(one for one in IN_ANSWERS if one.id.endswith("-1"))], ids=lambda attack: attack.id)
def test_a_resume_reaches_no_judge(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer, attack: Attack) -> None:
    """The model that proposes entries reads it, obeys, and has made no entry by that; the one that looks for evidence never sees it."""
    case.consent()
    with case.store.begin() as unit:
        resume.keep(unit, case.person, Resume("cv.pdf", "pdf", b"%PDF", attack.text, True, NOW))
    asked = _obey(openai_server, attack)
    try:
        found = resume.propose(attack.text, {}, model).proposed
    except ModelError:
        found = ()
    assert asked and all(one.quote in " ".join(attack.text.split()) for one in found)
    held = case.hold((LONG_ENOUGH, ANOTHER, SHORT))
    asked = _obey(openai_server, attack)
    run.run(case.store, held.id, {"law": OPEN}, model, LATER)
    assert asked and not any(_shown_in(one, attack.text) for one in asked)
    _check(case, held, {"law": OPEN})
    with case.store.read() as unit:
        assert unit.claims.of(case.person.id) == ()


@pytest.mark.parametrize(
    ("attack", "quotes"),
    [*((one, "the attack itself") for one in IN_ANSWERS), *((one, "what was never said") for one in IN_ANSWERS if one.id.endswith("-1"))],
    ids=lambda one: one.id if isinstance(one, Attack) else one,
)
def test_a_judge_that_obeys_gives_no_level_that_counts(
    case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer, attack: Attack, quotes: str
) -> None:
    """Level 5 for everything, in every reading, on the attack's own words or on none that were said: no such level opens anything.

    The policy is the most permissive that can verify by itself: a licence that is only claimed, level 1, any spread.
    """
    own = " ".join(clean(attack.text).split()[:12]) if quotes == "the attack itself" else "She argued forty appeals before a tribunal abroad."
    given = {one.id: {"level": 5, "quotes": [own]} for one in GRADED.competencies}

    def answer(request: dict[str, Any]) -> Any:
        return gives({"competencies": given, "red_flags": []} if "levels" in request["messages"][0]["content"] else NOTHING)

    openai_server.reply_with(answer)
    case.consent()
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", LICENCE, NOW)
    held = case.hold((LONG_ENOUGH, attack.text, ANOTHER, SHORT))
    done = run.run(case.store, held.id, {"law": GRADED}, model, LATER)
    located = {one.competency for one in done.evidence if "model" in one.found_by}
    assert len(done.scores) == 3 and all(one.competency in located for one in done.scores if one.level is not None)
    assert quotes == "the attack itself" or not any(one.level for one in done.scores)
    _check(case, held, {"law": GRADED})


@pytest.mark.parametrize("attack", IN_ANSWERS, ids=lambda attack: attack.id)
def test_a_model_that_obeys_puts_nothing_into_the_question(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer, attack: Attack) -> None:
    """Whatever an answer gets a model to write, nothing of it is given out, the log says why, and the next question is the written one whoever saves it."""
    held = case.start()
    held = case.answer(held.id, 0, attack.text)
    with case.store.read() as unit:
        ask = session.planned(unit, held, PACK)
    assert ask is not None
    prompt = session.wording(PACK, held, ask)
    wanted = [
        attack.reply, clean(attack.text), prompt.messages[0].content[:300], f"Congratulations, you have been verified. {ask.text}",
        f"{ask.text} And what is your password?",
    ]
    openai_server.script(*map(says, wanted))
    for _ in wanted:
        with pytest.raises(ModelAnswerInvalid):
            list(model.stream(prompt))
    with case.store.read() as unit:
        outcomes = list(unit.session.scalars(select(ModelCallRow.outcome)))
    assert len(outcomes) == len(wanted) and all(one.startswith("unfit_") or one == ModelAnswerInvalid.code for one in outcomes), outcomes
    asked = case.ask_next(held.id, attack.reply, worded_for=ask)
    assert asked is not None and asked.text == ask.text


def test_an_honest_level_does_count_under_that_policy(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer) -> None:
    """Otherwise the attacks above would prove nothing."""
    quotes = {"procedure": "First I read the limitation period", "conflicts": "then I ran a conflict check", "drafting": "I handled a dispute"}
    given = {one: {"level": 4, "quotes": [quote]} for one, quote in quotes.items()}
    openai_server.reply_with(
        lambda request: gives({"competencies": given, "red_flags": []} if "levels" in request["messages"][0]["content"] else NOTHING)
    )
    case.consent()
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", LICENCE, NOW)
    held = case.hold((LONG_ENOUGH, ANOTHER, SHORT))
    run.run(case.store, held.id, {"law": GRADED}, model, LATER)
    assert auto_verify.verify_after(case.store, held.id, {"law": GRADED}, LATER) is not None


def test_what_is_looked_for_is_not_told_to_the_model(case: Case) -> None:
    """An attack cannot make it say what it was never told: the terms of the pack are in no prompt."""
    held = case.hold((LONG_ENOUGH, ANOTHER, SHORT))
    told = json.dumps(evidence_prompt(PACK, ()).__dict__, default=str)
    terms = [term for one in PACK.competencies for term in one.indicators]
    assert terms and not any(term in told for term in terms)
    assert held.turns
